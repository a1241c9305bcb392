package batch

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/apistore"
)

// trying is a batch that meets everything that may come of a number.
func trying(t *testing.T) *world {
	t.Helper()
	spec := specOf(2, numberOf(0), numberOf(1), numberOf(2), numberOf(3), numberOf(4), numberOf(5))
	spec.DeletionPolicy = v1alpha1.DeletionPolicyRelease
	released := func(n *v1alpha1.PhoneNumber) { n.Spec.DeletionPolicy = v1alpha1.DeletionPolicyRelease }
	w := newWorld(t, spec, line(0), line(1, released), line(2), line(4, released), line(5))
	w.denied["line-2"] = protection("line-2", "line-2 is protected")
	return w
}

// TestDiesAtEveryWrite lets the process die before, and after, each of its writes,
// while the numbers that it has deleted go on: the end is always the same, and each
// number is deleted once.
func TestDiesAtEveryWrite(t *testing.T) {
	whole := trying(t)
	want := whole.settle()
	if whole.attempts < 14 {
		t.Fatalf("there are %d writes only: %q", whole.attempts, whole.writes)
	}
	for nth := range whole.attempts {
		for _, applied := range []bool{false, true} {
			for _, lag := range []int{0, apistore.MaxLag} {
				death := fmt.Sprintf("died at write %d (carried out: %v), then began with a cache %d writes behind", nth+1, applied, lag)
				w := trying(t)
				w.dies, w.applied = nth+1, applied
				if !w.untilDeath() {
					t.Fatalf("%s: it has ended without", death)
				}
				w.Client = w.store.Client(lag)
				w.visited()
				w.Client = w.store.Client(0)
				wantSame(t, death, want, w.settle())
				w.wantDeletedOnce(death)
			}
		}
	}
}

func (w *world) wantDeletedOnce(death string) {
	w.t.Helper()
	for i, want := range []int{1, 1, 0, 0, 1, 1} {
		if got := w.count(fmt.Sprintf("delete line-%d", i)); got != want {
			w.t.Errorf("%s: line-%d was deleted %d times, want %d: %q", death, i, got, want, w.writes)
		}
	}
	if policy := w.number("line-2").Spec.DeletionPolicy; policy != v1alpha1.DeletionPolicyTeardown {
		w.t.Errorf("%s: the policy of a protected number is %s", death, policy)
	}
}

// untilDeath makes visits until the process has died.
func (w *world) untilDeath() bool {
	w.t.Helper()
	for range 20 {
		_, err := w.visit()
		if errors.Is(err, errDied) {
			return true
		}
		w.must(err)
		w.tearDown()
	}
	return false
}

// wantSame compares results, in whatever order they came.
func wantSame(t *testing.T, death string, want, got v1alpha1.PhoneNumberDeletionStatus) {
	t.Helper()
	if a, b := results(want), results(got); !slices.Equal(a, b) {
		t.Errorf("%s: the results are\n%q, want\n%q", death, b, a)
	}
}

func results(status v1alpha1.PhoneNumberDeletionStatus) []string {
	all := slices.Clone(status.Deleted)
	for _, failure := range status.Errors {
		all = append(all, failure.PhoneNumber+": "+failure.Error)
	}
	slices.Sort(all)
	return all
}
