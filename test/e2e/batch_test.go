package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/twiliosim"
	"github.com/callplane/callplane/test/world"
)

// TestBatch deletes numbers of which some cannot be deleted, with a manager that is
// killed on the way: every number gets its own result, and is deleted once.
func TestBatch(t *testing.T) {
	w, manager := calmWorld(t)
	numbers := manyNumbers(t, w, 7)
	account, secret, elsewhere := secondAccount(t, w)
	for _, number := range append(numbers, elsewhere) {
		awaitActive(t, w, number.GetName())
	}
	annotate(t, w, numbers[0].GetName(), v1alpha1.AnnotationDeletionProtection, "true")
	create(t, w, &v1alpha1.VoiceAgent{ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: "sales"}, Spec: v1alpha1.VoiceAgentSpec{AgentName: "sales-agent"}})
	patch(t, w, numbers[1], `{"spec":{"agentRef":{"name":"sales"}}}`)
	patch(t, w, secret, `{"stringData":{"authToken":"`+wrongToken+`"}}`)

	began := time.Now()
	spec := v1alpha1.PhoneNumberDeletionSpec{Concurrency: new(int32(2)), AgentRef: &v1alpha1.AgentReference{Name: world.AgentName}, PhoneNumbers: []string{"+14155559999", elsewhere.Spec.Number}}
	for _, number := range numbers {
		spec.PhoneNumbers = append(spec.PhoneNumbers, numberOf(number))
	}
	batch := batchOf(t, w, spec)
	awaitBatch(t, w, batch, "two to be deleted", func(s v1alpha1.PhoneNumberDeletionStatus) bool { return len(s.Deleted) >= 2 })
	manager.Kill()
	startManager(t, w)
	status := awaitComplete(t, w, batch)
	restarted := time.Now()

	wantErrors(t, status, map[string]string{
		"+14155559999": "No PhoneNumber of this namespace has this number.", elsewhere.Spec.Number: "Failed to cleanup external resources. Twilio refused the credentials",
		numberOf(numbers[0]): numbers[0].GetName() + " is protected from deletion; to delete it, first remove the annotation: kubectl annotate phonenumber",
		numberOf(numbers[1]): "The PhoneNumber " + numbers[1].GetName() + " belongs to the agent sales, not to support.",
	})
	var deleted []string
	for _, number := range numbers[2:] {
		awaitGone(t, w, number)
		deleted = append(deleted, numberOf(number))
	}
	if diff := cmp.Diff(deleted, slices.Sorted(slices.Values(status.Deleted))); diff != "" {
		t.Errorf("deleted (-want +got):\n%s", diff)
	}
	wantBatchWrites(t, w, began, restarted, 5+1)
	// What failed goes by itself once the cause is gone, and its result stays.
	patch(t, w, secret, `{"stringData":{"authToken":"`+account.AuthToken+`"}}`)
	awaitGone(t, w, elsewhere)
	if after := readBatch(t, w, batch); after.ResourceVersion != batch.ResourceVersion {
		t.Errorf("a finished batch was written again: %s", render(after.Status))
	}
}

// TestBatchDeleted deletes a batch while it runs: what was begun goes on, and the
// rest is left alone.
func TestBatchDeleted(t *testing.T) {
	w, _ := calmWorld(t)
	numbers := manyNumbers(t, w, 3)
	for _, number := range numbers {
		awaitActive(t, w, number.GetName())
	}
	w.Twilio.Inject(twiliosim.Fault{Match: twiliosim.Match{Operation: "trunk.delete"}, Action: twiliosim.Delay(2 * time.Second), Count: twiliosim.Forever})
	batch := batchOf(t, w, v1alpha1.PhoneNumberDeletionSpec{Concurrency: new(int32(1)), PhoneNumbers: []string{numberOf(numbers[2]), numberOf(numbers[0]), numberOf(numbers[1])}})
	awaitBatch(t, w, batch, "one to be begun", func(s v1alpha1.PhoneNumberDeletionStatus) bool {
		return s.Counts != nil && *s.Counts.Deleting == 1
	})
	remove(t, w, batch)
	awaitGone(t, w, numbers[2])
	time.Sleep(1500 * time.Millisecond) // Nothing is to come: there is no condition to await.
	for _, number := range numbers[:2] {
		if left := get(t, w, number.GetName()); left.DeletionTimestamp != nil {
			t.Errorf("%s was deleted after its batch", left.Name)
		}
	}
}

// TestBatchBySelector releases what has a label, whatever its own policy, rehearsed
// first. The batch deletes itself.
func TestBatchBySelector(t *testing.T) {
	w, _ := calmWorld(t)
	numbers := manyNumbers(t, w, 3)
	for i, number := range numbers {
		awaitActive(t, w, number.GetName())
		if i < 2 {
			patch(t, w, number, `{"metadata":{"labels":{"team":"gone"}}}`)
		}
	}
	spec := v1alpha1.PhoneNumberDeletionSpec{
		Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"team": "gone"}}, DeletionPolicy: v1alpha1.DeletionPolicyRelease, DryRun: new(true),
	}
	rehearsal := awaitComplete(t, w, batchOf(t, w, spec))
	if len(rehearsal.Deleted) != 2 || len(rehearsal.Errors) > 0 || get(t, w, numbers[0].GetName()).Spec.DeletionPolicy != v1alpha1.DeletionPolicyTeardown {
		t.Errorf("the rehearsal says %s", render(rehearsal))
	}
	spec.DryRun, spec.TTLSecondsAfterFinished = nil, new(int32(2))
	batch := batchOf(t, w, spec)
	awaitComplete(t, w, batch)
	awaitGone(t, w, batch)
	get(t, w, numbers[2].GetName())
	// The account has the number of the world and that of the third object left.
	if left := w.Twilio.Numbers(w.Account.SID); len(left) != 2 {
		t.Errorf("the account still has %+v", left)
	}
}

// secondAccount has an account, and a number in it.
func secondAccount(t *testing.T, w *world.World) (twiliosim.Account, *corev1.Secret, *v1alpha1.PhoneNumber) {
	t.Helper()
	account := w.Twilio.AddAccount(twiliosim.AccountOptions{})
	const number = "+14155550188"
	w.Twilio.AddNumber(account.SID, number, twiliosim.NumberOptions{})
	secret, object := w.TwilioSecret(), w.TwilioAccount()
	secret.Name, secret.StringData = "second", map[string]string{"authToken": account.AuthToken}
	object.Name, object.Spec.AccountSID, object.Spec.CredentialsSecretRef.Name = "second", account.SID, "second"
	elsewhere := w.PhoneNumber("elsewhere", func(n *v1alpha1.PhoneNumber) { n.Spec.Number, n.Spec.CarrierRef.Name = number, "second" })
	create(t, w, secret, object, elsewhere)
	return account, secret, elsewhere
}

func numberOf(object client.Object) string { return object.(*v1alpha1.PhoneNumber).Spec.Number }

func patch(t *testing.T, w *world.World, object client.Object, text string) {
	t.Helper()
	if err := w.Client.Patch(t.Context(), object, merge(text)); err != nil {
		t.Fatal(err)
	}
}

func batchOf(t *testing.T, w *world.World, spec v1alpha1.PhoneNumberDeletionSpec) *v1alpha1.PhoneNumberDeletion {
	t.Helper()
	batch := &v1alpha1.PhoneNumberDeletion{ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, GenerateName: "batch-"}, Spec: spec}
	create(t, w, batch)
	return batch
}

func readBatch(t *testing.T, w *world.World, batch *v1alpha1.PhoneNumberDeletion) *v1alpha1.PhoneNumberDeletion {
	t.Helper()
	live := &v1alpha1.PhoneNumberDeletion{}
	if err := w.Client.Get(t.Context(), client.ObjectKeyFromObject(batch), live); err != nil {
		t.Fatal(err)
	}
	return live
}

func awaitBatch(t *testing.T, w *world.World, batch *v1alpha1.PhoneNumberDeletion, what string, done func(v1alpha1.PhoneNumberDeletionStatus) bool) {
	t.Helper()
	eventually(t, what, func(context.Context) string {
		*batch = *readBatch(t, w, batch)
		if !done(batch.Status) {
			return render(batch.Status)
		}
		return ""
	})
}

// awaitComplete waits until every number has a result.
func awaitComplete(t *testing.T, w *world.World, batch *v1alpha1.PhoneNumberDeletion) v1alpha1.PhoneNumberDeletionStatus {
	t.Helper()
	awaitBatch(t, w, batch, "every number to have a result", func(s v1alpha1.PhoneNumberDeletionStatus) bool {
		return meta.IsStatusConditionTrue(s.Conditions, v1alpha1.ConditionComplete)
	})
	if len(batch.Status.Conditions) != 1 || batch.Status.ObservedGeneration != batch.Generation {
		t.Errorf("kstatus does not read it as Current: %s", render(batch.Status))
	}
	return batch.Status
}

func wantErrors(t *testing.T, status v1alpha1.PhoneNumberDeletionStatus, want map[string]string) {
	t.Helper()
	for _, failure := range status.Errors {
		if !strings.HasPrefix(failure.Error, want[failure.PhoneNumber]) || want[failure.PhoneNumber] == "" {
			t.Errorf("the error of %s is %q, want %q", failure.PhoneNumber, failure.Error, want[failure.PhoneNumber])
		}
		delete(want, failure.PhoneNumber)
	}
	if len(want) > 0 {
		t.Errorf("these have no error: %v", want)
	}
}

// wantBatchWrites sees that each number was deleted once, and that the status was
// written at most twice in the beginning and then once a second.
func wantBatchWrites(t *testing.T, w *world.World, began, ended time.Time, deletes int) {
	t.Helper()
	events, err := w.Plane.AuditSince(began)
	if err != nil {
		t.Fatal(err)
	}
	deleted, written := map[string]int{}, 0
	for _, event := range events {
		if !write(event) || event.Namespace != w.Namespace || event.Code != 200 {
			continue
		}
		if event.Verb == "delete" && event.Resource == "phonenumbers" {
			deleted[event.Name]++
		}
		if event.Resource == "phonenumberdeletions" {
			written++
		}
	}
	if most := 3 + int(ended.Sub(began).Seconds()); written > most {
		t.Errorf("the status was written %d times in %s, want %d at most", written, ended.Sub(began), most)
	}
	t.Logf("%d writes of the status in %s", written, ended.Sub(began))
	for name, count := range deleted {
		if count != 1 {
			t.Errorf("%s was deleted %d times", name, count)
		}
	}
	if len(deleted) != deletes {
		t.Errorf("deleted were %s, want %d numbers", fmt.Sprint(deleted), deletes)
	}
}
