package batch

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/api/v1alpha1"
)

func TestAdvance(t *testing.T) {
	gone, deleting, held := Decision{Gone: true}, Decision{State: v1alpha1.DeletionDeleting}, Decision{State: v1alpha1.DeletionHeld}
	cases := map[string]struct {
		reason      string
		concurrency int
		// remaining are states, what comes of each, and what is left, in order.
		remaining []string
		outcomes  map[string]Decision
		fails     string
		want      []string
		treated   []string
		deleted   []string
		errors    []string
		more      bool
	}{
		"the first ones": {
			reason: "no more are begun than may be", concurrency: 2,
			remaining: []string{"a Pending", "b Pending", "c Pending"}, outcomes: map[string]Decision{"a": deleting, "b": deleting},
			treated: []string{"a", "b"}, want: []string{"a Deleting", "b Deleting", "c Pending"},
		},
		"one is gone": {
			reason: "the next takes its place at once", concurrency: 2,
			remaining: []string{"a Deleting", "b Deleting", "c Pending"}, outcomes: map[string]Decision{"a": deleting, "b": gone, "c": deleting},
			treated: []string{"a", "b", "c"}, want: []string{"a Deleting", "c Deleting"}, deleted: []string{"b"},
		},
		"one is held": {
			reason: "who waits for people keeps nobody else", concurrency: 1,
			remaining: []string{"a Deleting", "b Pending", "c Pending"}, outcomes: map[string]Decision{"a": held, "b": deleting},
			treated: []string{"a", "b"}, want: []string{"a Held", "b Deleting", "c Pending"},
		},
		"too many at once": {
			reason: "those that are no longer held do not begin others", concurrency: 1,
			remaining: []string{"a Held", "b Deleting", "c Pending"}, outcomes: map[string]Decision{"a": deleting, "b": deleting},
			treated: []string{"a", "b"}, want: []string{"a Deleting", "b Deleting", "c Pending"},
		},
		"results without a wait": {
			reason: "a visit has an end, and the next comes soon", concurrency: 2,
			remaining: []string{"a Pending", "b Pending", "c Pending"}, outcomes: map[string]Decision{"a": {Error: "protected"}, "b": {Error: "protected"}},
			treated: []string{"a", "b"}, want: []string{"c Pending"}, errors: []string{"a", "b"}, more: true,
		},
		"written meanwhile": {
			reason: "it is looked at anew, before those behind it", concurrency: 1,
			remaining: []string{"a Pending", "b Pending"}, outcomes: map[string]Decision{"a": {State: v1alpha1.DeletionPending}},
			treated: []string{"a"}, want: []string{"a Pending", "b Pending"}, more: true,
		},
		"one that cannot be told": {
			reason: "it is tried again after all others", concurrency: 1,
			remaining: []string{"a Pending", "b Pending"}, fails: "a",
			treated: []string{"a"}, want: []string{"b Pending", "a Pending"}, more: true,
		},
		"one that is being deleted and cannot be told": {
			reason: "it still counts", concurrency: 1,
			remaining: []string{"a Deleting", "b Pending"}, fails: "a",
			treated: []string{"a"}, want: []string{"b Pending", "a Deleting"},
		},
		"the last": {reason: "then nothing remains", concurrency: 1, remaining: []string{"a Deleting"}, outcomes: map[string]Decision{"a": gone}, treated: []string{"a"}, deleted: []string{"a"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			status := v1alpha1.PhoneNumberDeletionStatus{}
			for _, text := range tc.remaining {
				number := v1alpha1.RemainingNumber{}
				if _, err := fmt.Sscan(text, &number.Name, &number.State); err != nil {
					t.Fatal(err)
				}
				number.PhoneNumber = number.Name
				status.Remaining = append(status.Remaining, number)
			}
			var treated []string
			err := Advance(&status, tc.concurrency, func(number v1alpha1.RemainingNumber) (Decision, error) {
				treated = append(treated, number.Name)
				if number.Name == tc.fails {
					return Decision{}, errors.New("the API server is away")
				}
				return tc.outcomes[number.Name], nil
			})
			if (err != nil) != (tc.fails != "") {
				t.Errorf("%s: the error is %v", tc.reason, err)
			}
			var left, failed []string
			for _, number := range status.Remaining {
				left = append(left, number.Name+" "+number.State)
			}
			for _, failure := range status.Errors {
				failed = append(failed, failure.PhoneNumber)
			}
			if diff := cmp.Diff([][]string{tc.treated, tc.want, tc.deleted, tc.errors}, [][]string{treated, left, status.Deleted, failed}); diff != "" {
				t.Errorf("%s; treated, remaining, deleted, errors, -want +got:\n%s", tc.reason, diff)
			}
			if more := More(status, tc.concurrency); more != tc.more {
				t.Errorf("%s: more can be begun at once: %v, want %v", tc.reason, more, tc.more)
			}
		})
	}
}
