package batch

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
)

func specOf(concurrency int32, numbers ...string) v1alpha1.PhoneNumberDeletionSpec {
	return v1alpha1.PhoneNumberDeletionSpec{PhoneNumbers: numbers, Concurrency: &concurrency}
}

func wantResults(t *testing.T, status v1alpha1.PhoneNumberDeletionStatus, deleted []string, failures ...v1alpha1.DeletionError) {
	t.Helper()
	if diff := cmp.Diff(deleted, status.Deleted, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("deleted, -want +got:\n%s", diff)
	}
	if diff := cmp.Diff(failures, status.Errors, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("errors, -want +got:\n%s", diff)
	}
	reason := v1alpha1.ReasonAllDeleted
	if len(failures) > 0 {
		reason = v1alpha1.ReasonCompletedWithErrors
	}
	complete := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionComplete)
	if complete == nil || complete.Status != metav1.ConditionTrue || complete.Reason != reason || len(status.Conditions) != 1 {
		t.Errorf("the conditions are %+v, want Complete alone, because of %s", status.Conditions, reason)
	}
}

// TestDeletes deletes in the order of the list, not more at once than it may.
func TestDeletes(t *testing.T) {
	numbers, _ := lines(3)
	w := newWorld(t, specOf(2, numberOf(2), numberOf(0), numberOf(1)), numbers...)
	if wait := w.visited(); wait != lookAgain {
		t.Errorf("looked at again after %s, want %s: events tell", wait, lookAgain)
	}
	want := []v1alpha1.RemainingNumber{
		{PhoneNumber: numberOf(2), Name: "line-2", UID: string(w.number("line-2").UID), State: v1alpha1.DeletionDeleting},
		{PhoneNumber: numberOf(0), Name: "line-0", UID: string(w.number("line-0").UID), State: v1alpha1.DeletionDeleting},
		{PhoneNumber: numberOf(1), Name: "line-1", UID: string(w.number("line-1").UID), State: v1alpha1.DeletionPending},
	}
	if diff := cmp.Diff(want, w.deletion().Status.Remaining); diff != "" {
		t.Errorf("remaining, -want +got:\n%s", diff)
	}
	w.tearDown()
	wantResults(t, w.settle(), []string{numberOf(2), numberOf(0), numberOf(1)})
	if diff := cmp.Diff([]string{"status batch", "delete line-2", "delete line-0", "status batch", "delete line-1", "status batch", "status batch"}, w.writes); diff != "" {
		t.Errorf("writes, -want +got:\n%s", diff)
	}
	if event := <-w.events.Events; !strings.Contains(event, "Normal AllDeleted Deleted 3 of 3 numbers.") {
		t.Errorf("the event is %q", event)
	}
	w.writes = nil
	if wait := w.visited(); wait != 0 || len(w.writes) > 0 {
		t.Errorf("what has ended is looked at again after %s, and written: %q", wait, w.writes)
	}
}

// TestResults has something wrong with one number: it has an error of its own, and
// the other is deleted all the same.
func TestResults(t *testing.T) {
	const corrupted = "Failed to cleanup external resources. Twilio refused the credentials."
	ofAgent := func(name string) func(*v1alpha1.PhoneNumber) {
		return func(n *v1alpha1.PhoneNumber) { n.Spec.AgentRef = &v1alpha1.AgentReference{Name: name} }
	}
	cases := map[string]struct {
		reason string
		spec   func(*v1alpha1.PhoneNumberDeletionSpec)
		// before happens before the first visit, begun once it was begun.
		before, begun func(*world)
		want          string
	}{
		"not found": {
			reason: "it was never there", before: func(w *world) { w.edit("line-0", func(n *v1alpha1.PhoneNumber) { n.Spec.Number = numberOf(9) }) },
			want: "No PhoneNumber of this namespace has this number.",
		},
		"of another agent": {
			reason: "it was not meant",
			spec:   func(s *v1alpha1.PhoneNumberDeletionSpec) { s.AgentRef = &v1alpha1.AgentReference{Name: "support"} },
			before: func(w *world) { w.edit("line-0", ofAgent("sales")); w.edit("line-1", ofAgent("support")) },
			want:   "The PhoneNumber line-0 belongs to the agent sales, not to support.",
		},
		"protected": {
			reason: "the sentence says how to take the protection off, and no more",
			before: func(w *world) { w.denied["line-0"] = protection("line-0", "line-0 is protected from deletion") },
			want:   "line-0 is protected from deletion",
		},
		"refused by somebody else": {
			reason: "other people have rules too",
			before: func(w *world) {
				w.denied["line-0"] = &apierrors.StatusError{ErrStatus: metav1.Status{Code: 409, Message: `admission webhook "example.com" denied the request: not on Fridays`}}
			},
			want: "not on Fridays",
		},
		"corrupted": {
			reason: "its own condition says why", want: corrupted,
			begun: func(w *world) {
				w.condition("line-0", v1alpha1.ConditionCorrupted, v1alpha1.ClassAuthenticationFailed, corrupted)
			},
		},
		"deleting under another policy": {
			reason: "its policy is frozen",
			spec: func(s *v1alpha1.PhoneNumberDeletionSpec) {
				s.DeletionPolicy = v1alpha1.DeletionPolicyRelease
			},
			before: func(w *world) {
				w.must(w.api.Delete(t.Context(), line(0)))
				w.condition("line-0", v1alpha1.ConditionDeleting, v1alpha1.ReasonRetrying, "")
			},
			want: "The PhoneNumber line-0 is already being deleted under the policy Teardown, not Release.",
		},
		"not at Twilio": {
			reason: "nobody would take it back",
			spec: func(s *v1alpha1.PhoneNumberDeletionSpec) {
				s.DeletionPolicy = v1alpha1.DeletionPolicyRelease
			},
			before: func(w *world) {
				w.must(w.api.Create(t.Context(), &v1alpha1.SIPTrunk{
					ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "own-carrier"},
					Spec:       v1alpha1.SIPTrunkSpec{Address: &v1alpha1.CarrierAddress{Host: "sip.example.com"}},
				}))
				w.edit("line-0", func(n *v1alpha1.PhoneNumber) {
					n.Spec.CarrierRef = v1alpha1.CarrierReference{Kind: v1alpha1.KindSIPTrunk, Name: "own-carrier"}
				})
			},
			want: "The PhoneNumber line-0 is on a trunk at a carrier of your own, which takes no number back: delete it under another policy.",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			spec := specOf(1, numberOf(0), numberOf(1))
			if tc.spec != nil {
				tc.spec(&spec)
			}
			w := newWorld(t, spec, line(0), line(1))
			if tc.before != nil {
				tc.before(w)
			}
			if tc.begun != nil {
				w.visited()
				tc.begun(w)
			}
			wantResults(t, w.settle(), []string{numberOf(1)}, v1alpha1.DeletionError{PhoneNumber: numberOf(0), Error: tc.want})
			if w.number("line-0") == nil {
				t.Error("line-0 is gone")
			}
			if event := <-w.events.Events; !strings.Contains(event, "Warning CompletedWithErrors") {
				t.Errorf("the event is %q", event)
			}
			if t.Failed() {
				t.Log(tc.reason)
			}
		})
	}
}

// TestHealedLater keeps the result of a number that is healed while the batch runs.
func TestHealedLater(t *testing.T) {
	w := newWorld(t, specOf(1, numberOf(0), numberOf(1)), line(0), line(1))
	w.visited()
	w.condition("line-0", v1alpha1.ConditionCorrupted, v1alpha1.ClassAuthenticationFailed, "Failed to cleanup external resources.")
	w.visited()
	w.edit("line-0", func(n *v1alpha1.PhoneNumber) { n.Finalizers = nil })
	wantResults(t, w.settle(), []string{numberOf(1)}, v1alpha1.DeletionError{PhoneNumber: numberOf(0), Error: "Failed to cleanup external resources."})
}

// TestHeld goes on without a number that waits for somebody, and waits for it in the
// end.
func TestHeld(t *testing.T) {
	w := newWorld(t, specOf(1, numberOf(0), numberOf(1)), line(0), line(1))
	w.visited()
	w.condition("line-0", v1alpha1.ConditionDeleting, v1alpha1.ReasonPaused, "")
	w.visited()
	w.tearDown()
	w.visited()
	status := w.deletion().Status
	if len(status.Deleted) != 1 || len(status.Remaining) != 1 || status.Remaining[0].State != v1alpha1.DeletionHeld || status.CompletedAt != nil {
		t.Errorf("got %+v, want one deleted and one held", status)
	}
	w.edit("line-0", func(n *v1alpha1.PhoneNumber) { n.Finalizers = nil })
	wantResults(t, w.settle(), []string{numberOf(1), numberOf(0)})
}

// TestOnlyWhatWasMeant leaves alone an object that has come meanwhile, under the name
// or with the number of one that was meant.
func TestOnlyWhatWasMeant(t *testing.T) {
	w := newWorld(t, specOf(1, numberOf(0), numberOf(1), numberOf(2)), line(0), line(1))
	w.visited()
	for _, name := range []string{"line-0", "line-1"} {
		w.edit(name, func(n *v1alpha1.PhoneNumber) { n.Finalizers = nil })
	}
	w.must(client.IgnoreNotFound(w.api.Delete(t.Context(), line(1))))
	for i := range 3 {
		w.must(w.api.Create(t.Context(), line(i)))
	}
	w.must(w.api.Create(t.Context(), line(3, func(n *v1alpha1.PhoneNumber) { n.Spec.Number = numberOf(0) })))
	status := w.settle()
	wantResults(t, status, []string{numberOf(0), numberOf(1)}, v1alpha1.DeletionError{PhoneNumber: numberOf(2), Error: "No PhoneNumber of this namespace has this number."})
	for i := range 4 {
		if number := w.number(fmt.Sprintf("line-%d", i)); number == nil || number.DeletionTimestamp != nil {
			t.Errorf("line-%d was deleted", i)
		}
	}
	if deleted := w.count("delete"); deleted != 1 {
		t.Errorf("%d deletes: %q", deleted, w.writes)
	}
}

// TestOverride writes the policy just before the number is deleted, and only if it
// can be.
func TestOverride(t *testing.T) {
	spec := specOf(3, numberOf(0), numberOf(1), numberOf(2))
	spec.DeletionPolicy = v1alpha1.DeletionPolicyRelease
	w := newWorld(t, spec, line(0), line(1), line(2, func(n *v1alpha1.PhoneNumber) { n.Spec.DeletionPolicy = v1alpha1.DeletionPolicyRelease }))
	w.denied["line-1"] = protection("line-1", "line-1 is protected")
	w.visited()
	if diff := cmp.Diff([]string{"status batch", "rehearse line-0", "update line-0", "delete line-0", "delete line-2", "status batch"}, w.writes); diff != "" {
		t.Errorf("writes, -want +got:\n%s", diff)
	}
	for name, want := range map[string]v1alpha1.DeletionPolicy{"line-0": v1alpha1.DeletionPolicyRelease, "line-1": v1alpha1.DeletionPolicyTeardown} {
		if got := w.number(name).Spec.DeletionPolicy; got != want {
			t.Errorf("the policy of %s is %s, want %s", name, got, want)
		}
	}
	wantResults(t, w.settle(), []string{numberOf(0), numberOf(2)}, v1alpha1.DeletionError{PhoneNumber: numberOf(1), Error: "line-1 is protected"})
}

// TestDryRun says what would come of each number and changes none.
func TestDryRun(t *testing.T) {
	spec := specOf(2, numberOf(0), numberOf(1), numberOf(2), numberOf(3))
	spec.DryRun, spec.DeletionPolicy = new(true), v1alpha1.DeletionPolicyTeardown
	w := newWorld(t, spec, line(0), line(1), line(2, func(n *v1alpha1.PhoneNumber) { n.Spec.DeletionPolicy = v1alpha1.DeletionPolicyRetain }))
	w.denied["line-1"] = protection("line-1", "line-1 is protected")
	w.must(w.api.Delete(t.Context(), line(0)))
	before := []string{w.number("line-0").ResourceVersion, w.number("line-1").ResourceVersion, w.number("line-2").ResourceVersion}
	if wait := w.visited(); wait != pace {
		t.Errorf("the next visit is after %s, want %s: more can be tried", wait, pace)
	}
	w.visited()
	wantResults(t, w.deletion().Status, []string{numberOf(0), numberOf(2)},
		v1alpha1.DeletionError{PhoneNumber: numberOf(3), Error: "No PhoneNumber of this namespace has this number."},
		v1alpha1.DeletionError{PhoneNumber: numberOf(1), Error: "line-1 is protected"})
	after := []string{w.number("line-0").ResourceVersion, w.number("line-1").ResourceVersion, w.number("line-2").ResourceVersion}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("numbers were changed, -before +after:\n%s", diff)
	}
}

// TestDeletedBatch leaves alone what was not begun once the batch is deleted; what
// was begun goes on by itself.
func TestDeletedBatch(t *testing.T) {
	for name, finalizers := range map[string][]string{"gone": nil, "kept by others": {"example.com/other"}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, specOf(1, numberOf(0), numberOf(1)), line(0), line(1))
			deletion := w.deletion()
			deletion.Finalizers = finalizers
			w.must(w.api.Update(t.Context(), deletion))
			w.visited()
			w.must(w.api.Delete(t.Context(), w.deletion()))
			w.tearDown()
			w.writes = nil
			if wait := w.visited(); wait != 0 || len(w.writes) > 0 {
				t.Errorf("it goes on: %q, and again after %s", w.writes, wait)
			}
			if w.number("line-0") != nil || w.number("line-1").DeletionTimestamp != nil {
				t.Error("want the first number gone and the second untouched")
			}
		})
	}
}

// TestDeletedDuringAVisit begins no other number, and is no error.
func TestDeletedDuringAVisit(t *testing.T) {
	numbers, named := lines(3)
	w := newWorld(t, specOf(3, named...), numbers...)
	w.deleted = func(string) { w.must(w.api.Delete(t.Context(), w.deletion())) }
	w.visited()
	if diff := cmp.Diff([]string{"status batch", "delete line-0"}, w.writes); diff != "" {
		t.Errorf("writes, -want +got:\n%s", diff)
	}
}

// TestTTL deletes what has ended once its time is over, and not before.
func TestTTL(t *testing.T) {
	w := newWorld(t, v1alpha1.PhoneNumberDeletionSpec{PhoneNumbers: []string{numberOf(0)}, TTLSecondsAfterFinished: new(int32(60))})
	if wait := w.visited(); wait != time.Minute {
		t.Errorf("looked at again after %s, want a minute", wait)
	}
	w.clock.SetTime(instant.Add(59 * time.Second))
	if wait := w.visited(); wait != time.Second {
		t.Errorf("looked at again after %s, want a second", wait)
	}
	w.visited()
	if !slices.Equal(w.writes, []string{"status batch", "delete batch"}) {
		t.Errorf("the writes are %q", w.writes)
	}
	w.visited()
}
