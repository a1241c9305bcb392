package phonenumber

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider/fake"
)

// orphan is the record of what was left behind; nil if there is none.
func (w *world) orphan() *v1alpha1.OrphanRecord {
	w.t.Helper()
	var record v1alpha1.OrphanRecord
	err := w.api.Get(w.t.Context(), client.ObjectKey{Namespace: managerNamespace, Name: string(newNumber().UID)}, &record)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return &record
}

func TestRetain(t *testing.T) {
	w := established(t, obeying(v1alpha1.DeletionPolicyRetain))
	entries := w.number().Status.ExternalResources
	w.delete()
	before := counted(t, "Retain")
	w.visited()
	if diff := cmp.Diff([]string{"create OrphanRecord", "status OrphanRecord", "update PhoneNumber"}, w.happened()); diff != "" {
		t.Errorf("the record is there before the object goes, and nobody is called, -want +got:\n%s", diff)
	}
	w.holds("retained", oneOfEach)
	record := w.orphan()
	want := v1alpha1.OrphanRecordSpec{
		Owner:  v1alpha1.OrphanOwner{Kind: "PhoneNumber", Namespace: namespace, Name: "line", UID: string(newNumber().UID), Number: e164},
		Reason: v1alpha1.ReasonRetained, Since: metav1.NewTime(instant.Truncate(time.Second).Local()),
	}
	if diff := cmp.Diff(want, record.Spec); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff(v1alpha1.OrphanRecordStatus{State: v1alpha1.OrphanOpen, Resources: entries}, record.Status); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Normal Deleted: " + kind.Notes.Retained}, w.events.lines); diff != "" {
		t.Errorf("events, -want +got:\n%s", diff)
	}
	if got := counted(t, "Retain"); got != before+1 {
		t.Errorf("%v deletions were counted, want one more than %v", got, before)
	}
}

func TestNothingToRetain(t *testing.T) {
	w := established(t, obeying(v1alpha1.DeletionPolicyRetain))
	w.amend(func(n *v1alpha1.PhoneNumber) { n.Status.ExternalResources = n.Status.ExternalResources[:1] })
	w.delete()
	w.visited()
	if diff := cmp.Diff([]string{"update PhoneNumber"}, w.happened()); diff != "" || w.number() != nil {
		t.Errorf("nothing was made, so nothing is recorded, -want +got:\n%s", diff)
	}
}

// TestRecordFails keeps the object for as long as nothing is recorded.
func TestRecordFails(t *testing.T) {
	for _, what := range []string{"create OrphanRecord", "status OrphanRecord"} {
		t.Run(what, func(t *testing.T) {
			w := established(t, obeying(v1alpha1.DeletionPolicyRetain))
			w.delete()
			for range 2 {
				w.failAt(what, 0, errAway)
				if _, err := w.visit(); err == nil || w.number() == nil {
					t.Fatalf("error %v, want the object to stay", err)
				}
			}
			w.rewind()
			w.visited()
			if record := w.orphan(); w.number() != nil || len(record.Status.Resources) != 10 {
				t.Errorf("the record is %+v, want it whole and the object gone", record)
			}
		})
	}
}

// TestRetainIsRefusedToGo conflicts at the finalizer: the record is written again.
func TestRetainIsRefusedToGo(t *testing.T) {
	w := established(t, obeying(v1alpha1.DeletionPolicyRetain))
	w.delete()
	w.failAt("update PhoneNumber", 1, errConflict)
	if _, err := w.visit(); err == nil {
		t.Fatal("want a conflict")
	}
	w.visited()
	if w.number() != nil || w.orphan() == nil {
		t.Error("want the record, and the object gone")
	}
}

// TestPolicyOfTheDeletion copies the policy at the first visit and whenever the
// spec then differs.
func TestPolicyOfTheDeletion(t *testing.T) {
	w := deletedNumber(t)
	w.carrier.Fail(fake.Fault{Operation: fake.Delete, Kind: "Trunk", Err: refusal(external.PermissionDenied)})
	w.visited()
	first := w.number().Status.Teardown
	w.clock.SetTime(w.clock.Now().Add(time.Hour))
	w.edit(obeying(v1alpha1.DeletionPolicyRelease))
	w.visited()
	second := w.number().Status.Teardown
	if first.Policy != v1alpha1.DeletionPolicyTeardown || second.Policy != v1alpha1.DeletionPolicyRelease || !second.StartedAt.Equal(first.StartedAt) {
		t.Errorf("the teardown is %+v, then %+v, want another policy and the same begin", first, second)
	}
	w.carrier.Heal()
	w.visited()
	w.holds("released", map[string]int{})
}

// TestRelease gives the number back last, and only then.
func TestRelease(t *testing.T) {
	w := established(t, obeying(v1alpha1.DeletionPolicyRelease))
	w.delete()
	w.carrier.Fail(fake.Fault{Operation: fake.Delete, Kind: "Number", Nth: 1, Err: refusal(external.ProviderUnavailable)})
	w.visited()
	number := w.number()
	if got := number.Status.ExternalResources; len(got) != 1 || got[0].Kind != "Number" || got[0].ErrorClass != v1alpha1.ClassProviderUnavailable {
		t.Fatalf("left are %+v, want the number that could not be given back", got)
	}
	w.holds("not released yet", onlyTheNumber)
	w.visited()
	w.holds("released", map[string]int{})
	if calls := w.chosen(func(e effect) bool { return e.what == "delete Number" }); w.number() != nil || len(calls) != 2 {
		t.Errorf("%q, want it to be given back at the second attempt", calls)
	}
}

// TestReleaseOfNothingElse gives back a number of which nothing else was made.
func TestReleaseOfNothingElse(t *testing.T) {
	w := established(t, obeying(v1alpha1.DeletionPolicyRelease))
	w.carrier.vanish(t, "Trunk")
	w.amend(func(n *v1alpha1.PhoneNumber) { n.Status.ExternalResources = n.Status.ExternalResources[:1] })
	w.delete()
	w.settle("released")
	if len(w.carrier.All("Number")) > 0 {
		t.Error("the number is still in the account")
	}
}

// TestNotReleased keeps the number while anything else is left.
func TestNotReleased(t *testing.T) {
	w := established(t, obeying(v1alpha1.DeletionPolicyRelease))
	w.delete()
	w.platform.Fail(fake.Fault{Operation: fake.Delete, Kind: "Inbound", Err: refusal(external.PermissionDenied)})
	w.visited()
	w.holds("while something is left", map[string]int{"Number": 1, "Inbound": 1})
}

// counted is how many deletions ended under a policy.
func counted(t *testing.T, policy string) float64 {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(deletions)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			if metric.GetLabel()[0].GetValue() == policy {
				return metric.GetCounter().GetValue()
			}
		}
	}
	return 0
}
