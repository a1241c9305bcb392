package batch

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
)

// TestThousand deletes 1,000 numbers: each once, and the status is written once when
// it is known what is deleted, once when the first are begun, and once per visit that
// sees the next ones gone. Visits are at least a second apart.
func TestThousand(t *testing.T) {
	const concurrency = 25
	numbers, named := lines(v1alpha1.MaxPhoneNumbers)
	w := newWorld(t, specOf(concurrency, named...), numbers...)
	wantResults(t, w.settle(), named)
	if got, want := w.count("status"), 2+len(named)/concurrency; got != want {
		t.Errorf("the status was written %d times, want %d", got, want)
	}
	if got := w.count("delete"); got != len(named) || len(w.writes) != got+w.count("status") {
		t.Errorf("%d deletes in %d writes, want one of each number, and nothing else", got, len(w.writes))
	}
}

// TestNothingNew makes visits in which no number has come further: nothing is written.
func TestNothingNew(t *testing.T) {
	numbers, named := lines(3)
	w := newWorld(t, specOf(2, named...), numbers...)
	w.visited()
	w.writes = nil
	for range 10 {
		w.visited()
	}
	if len(w.writes) > 0 {
		t.Errorf("the writes are %q, want none", w.writes)
	}
}

func labelled(value string) func(*v1alpha1.PhoneNumber) {
	return func(number *v1alpha1.PhoneNumber) { number.Labels = map[string]string{"team": value} }
}

func picking(value string) v1alpha1.PhoneNumberDeletionSpec {
	return v1alpha1.PhoneNumberDeletionSpec{Concurrency: new(int32(1)), Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"team": value}}}
}

// TestSelector deletes what was picked when it began, and nothing that is labelled
// later.
func TestSelector(t *testing.T) {
	w := newWorld(t, picking("support"), line(1, labelled("support")), line(0, labelled("support")), line(2, labelled("sales")))
	w.visited()
	w.edit("line-2", labelled("support"))
	w.edit("line-1", labelled("sales"))
	wantResults(t, w.settle(), []string{numberOf(0), numberOf(1)})
	if w.number("line-2").DeletionTimestamp != nil {
		t.Error("line-2 was deleted, and was not picked")
	}
}

// TestSelectorPicksNone completes: there is nothing to do.
func TestSelectorPicksNone(t *testing.T) {
	w := newWorld(t, picking("support"), line(0))
	w.visited()
	wantResults(t, w.deletion().Status, nil)
	if got := w.deletion().Status.Conditions[0].Message; got != "No number matches the selector." {
		t.Errorf("the message is %q", got)
	}
}

// TestImpossible deletes nothing at all, says why, and stays so.
func TestImpossible(t *testing.T) {
	var many []*v1alpha1.PhoneNumber
	for i := range v1alpha1.MaxPhoneNumbers + 1 {
		many = append(many, line(i, labelled("support")))
	}
	unreadable := picking("support")
	unreadable.Selector.MatchExpressions = []metav1.LabelSelectorRequirement{{Key: "team", Operator: "Like"}}
	cases := map[string]struct {
		spec            v1alpha1.PhoneNumberDeletionSpec
		numbers         []*v1alpha1.PhoneNumber
		reason, message string
	}{
		"too many": {
			spec: picking("support"), numbers: many, reason: v1alpha1.ReasonTooManyMatches,
			message: "The selector picks 1001 numbers, and one PhoneNumberDeletion deletes 1000 at most: none is deleted. Pick fewer with each of several.",
		},
		"unreadable": {
			spec: unreadable, numbers: []*v1alpha1.PhoneNumber{line(0, labelled("support"))}, reason: v1alpha1.ReasonInvalidSelector,
			message: `The selector cannot be read: "Like" is not a valid label selector operator`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			tc.spec.TTLSecondsAfterFinished = new(int32(3600))
			w := newWorld(t, tc.spec, tc.numbers...)
			w.visited()
			w.must(w.api.Delete(t.Context(), line(0)))
			w.tearDown()
			if wait := w.visited(); wait == 0 {
				t.Error("it does not go once its time is over")
			}
			got := map[string]string{}
			for _, condition := range w.deletion().Status.Conditions {
				got[condition.Type] = fmt.Sprintf("%s %s %s", condition.Status, condition.Reason, condition.Message)
			}
			failed := fmt.Sprintf("True %s %s", tc.reason, tc.message)
			want := map[string]string{"Complete": fmt.Sprintf("False %s %s", tc.reason, tc.message), "Failed": failed, "Stalled": failed}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("conditions, -want +got:\n%s", diff)
			}
			if len(w.writes) != 1 {
				t.Errorf("the writes are %q, want the status alone", w.writes)
			}
		})
	}
}
