package status

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
)

func TestProgress(t *testing.T) {
	in := func(state string) v1alpha1.RemainingNumber {
		return v1alpha1.RemainingNumber{PhoneNumber: "+15550100", Name: "line", UID: "uid", State: state}
	}
	failure := v1alpha1.DeletionError{PhoneNumber: "+15550101", Error: "It is protected."}
	cases := map[string]struct {
		why     string
		dryRun  bool
		status  v1alpha1.PhoneNumberDeletionStatus
		reason  string
		message string
		counts  []int32
	}{
		"Begun": {
			why:    "It says how far it is.",
			status: v1alpha1.PhoneNumberDeletionStatus{Remaining: []v1alpha1.RemainingNumber{in("Deleting"), in("Pending"), in("Pending")}, Deleted: []string{"+15550102"}, Errors: []v1alpha1.DeletionError{failure}},
			reason: v1alpha1.ReasonInProgress, message: "Deleted 1 of 5 numbers; failed: 1, being deleted: 1, pending: 2.", counts: []int32{5, 2, 1, 1, 1},
		},
		"Held": {
			why:    "A person is to know what is waited for.",
			status: v1alpha1.PhoneNumberDeletionStatus{Remaining: []v1alpha1.RemainingNumber{in("Held")}},
			reason: v1alpha1.ReasonInProgress, message: "Deleted 0 of 1 numbers; failed: 0, being deleted: 1, pending: 0. Held: 1, among them line; its condition Deleting says by what.", counts: []int32{1, 0, 1, 0, 0},
		},
		"AllDeleted": {
			why: "All is as wanted.", status: v1alpha1.PhoneNumberDeletionStatus{Deleted: []string{"+15550102", "+15550103"}},
			reason: v1alpha1.ReasonAllDeleted, message: "Deleted 2 of 2 numbers.", counts: []int32{2, 0, 0, 2, 0},
		},
		"WithErrors": {
			why: "Every number has a result.", status: v1alpha1.PhoneNumberDeletionStatus{Deleted: []string{"+15550102"}, Errors: []v1alpha1.DeletionError{failure}},
			reason: v1alpha1.ReasonCompletedWithErrors, message: "Deleted 1 of 2 numbers; status.errors says what is wrong with the others.", counts: []int32{2, 0, 0, 1, 1},
		},
		"DryRun": {
			why: "Nothing was deleted.", dryRun: true, status: v1alpha1.PhoneNumberDeletionStatus{Deleted: []string{"+15550102"}, Errors: []v1alpha1.DeletionError{failure}},
			reason: v1alpha1.ReasonCompletedWithErrors, message: "Would delete 1 of 2 numbers; status.errors says what is wrong with the others.", counts: []int32{2, 0, 0, 1, 1},
		},
		"Nothing": {
			why:    "There is nothing to do, which is no error.",
			reason: v1alpha1.ReasonAllDeleted, message: "No number matches the selector.", counts: []int32{0, 0, 0, 0, 0},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			deletion := &v1alpha1.PhoneNumberDeletion{ObjectMeta: metav1.ObjectMeta{Generation: 1}, Status: tc.status}
			deletion.Spec.DryRun = &tc.dryRun
			Progress(deletion, instant)
			complete := metav1.Condition{Type: v1alpha1.ConditionComplete, Status: metav1.ConditionTrue, Reason: tc.reason, Message: tc.message, ObservedGeneration: 1, LastTransitionTime: instant}
			want, completedAt := []metav1.Condition{complete}, &instant
			if tc.reason == v1alpha1.ReasonInProgress {
				want[0].Status, completedAt = metav1.ConditionFalse, nil
				complete.Type = v1alpha1.ConditionReconciling
				want = append(want, complete)
			}
			if diff := cmp.Diff(want, deletion.Status.Conditions); diff != "" {
				t.Errorf("%s conditions, -want +got:\n%s", tc.why, diff)
			}
			c := deletion.Status.Counts
			if diff := cmp.Diff(tc.counts, []int32{*c.Total, *c.Pending, *c.Deleting, *c.Deleted, *c.Failed}); diff != "" {
				t.Errorf("%s total, pending, deleting, deleted, failed, -want +got:\n%s", tc.why, diff)
			}
			if got, want := deletion.Status.Problem != "", tc.reason == v1alpha1.ReasonCompletedWithErrors; got != want {
				t.Errorf("%s problem %q, want one: %t", tc.why, deletion.Status.Problem, want)
			}
			if diff := cmp.Diff(completedAt, deletion.Status.CompletedAt); diff != "" || deletion.Status.ObservedGeneration != 1 {
				t.Errorf("%s observedGeneration %d, completedAt, -want +got:\n%s", tc.why, deletion.Status.ObservedGeneration, diff)
			}
		})
	}
}

// TestProgressToTheEnd leaves no Reconciling behind, and the time of the end as it
// was.
func TestProgressToTheEnd(t *testing.T) {
	deletion := &v1alpha1.PhoneNumberDeletion{}
	deletion.Status.Remaining = []v1alpha1.RemainingNumber{{Name: "line", State: v1alpha1.DeletionDeleting}}
	Progress(deletion, instant)
	deletion.Status.Remaining, deletion.Status.Deleted = nil, []string{"+15550100"}
	Progress(deletion, instant)
	end := deletion.Status.DeepCopy()
	Progress(deletion, metav1.NewTime(instant.Add(time.Hour)))
	if diff := cmp.Diff(*end, deletion.Status); diff != "" || len(end.Conditions) != 1 {
		t.Errorf("it has %d conditions, want one; and what has ended has changed, -want +got:\n%s", len(end.Conditions), diff)
	}
}

func TestImpossible(t *testing.T) {
	deletion := &v1alpha1.PhoneNumberDeletion{ObjectMeta: metav1.ObjectMeta{Generation: 1}}
	Impossible(deletion, instant, v1alpha1.ReasonTooManyMatches, "The selector picks 1001 numbers.")
	for kind, status := range map[string]metav1.ConditionStatus{"Complete": "False", "Failed": "True", "Stalled": "True"} {
		want := metav1.Condition{Type: kind, Status: status, Reason: v1alpha1.ReasonTooManyMatches, Message: "The selector picks 1001 numbers.", ObservedGeneration: 1, LastTransitionTime: instant}
		for _, got := range deletion.Status.Conditions {
			if got.Type == kind && got != want {
				t.Errorf("-want +got:\n%s", cmp.Diff(want, got))
			}
		}
	}
	if s := deletion.Status; len(s.Conditions) != 3 || s.CompletedAt == nil || s.ObservedGeneration != 1 || s.Problem != v1alpha1.ReasonTooManyMatches {
		t.Errorf("got %+v, want three conditions, an end, the generation, and the reason as problem", s)
	}
}

// TestDeletionStaysSmall measures the worst that a deletion of 1,000 numbers can come
// to, with texts that take two bytes for one, or six: etcd takes objects of 1.5 MB.
func TestDeletionStaysSmall(t *testing.T) {
	const limit = 900_000
	failing, beginning := &v1alpha1.PhoneNumberDeletion{}, &v1alpha1.PhoneNumberDeletion{}
	for i := range v1alpha1.MaxPhoneNumbers {
		number := fmt.Sprintf("+%015d", i)
		failing.Spec.PhoneNumbers = append(failing.Spec.PhoneNumbers, number)
		failing.Status.Errors = append(failing.Status.Errors, v1alpha1.DeletionError{PhoneNumber: number, Error: strings.Repeat([]string{`"`, "<"}[i%2], maxMessage)})
		beginning.Spec.PhoneNumbers = append(beginning.Spec.PhoneNumbers, number)
		beginning.Status.Remaining = append(beginning.Status.Remaining, v1alpha1.RemainingNumber{
			PhoneNumber: number, Name: strings.Repeat("n", 63), UID: strings.Repeat("u", 36), State: v1alpha1.DeletionDeleting,
		})
	}
	for name, deletion := range map[string]*v1alpha1.PhoneNumberDeletion{"all fail": failing, "all remain": beginning} {
		Progress(deletion, instant)
		// Each number is once more in the managed fields of the spec, which is a set.
		size := len(encode(t, deletion)) + v1alpha1.MaxPhoneNumbers*len(`"v:\"+000000000000000\"":{},`)
		t.Logf("%s: %d bytes", name, size)
		if size > limit {
			t.Errorf("%s: %d bytes, want %d at most", name, size, limit)
		}
	}
}

func encode(t *testing.T, value any) []byte {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
