package phonenumber

import (
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/api/v1alpha1"
)

// annotations are those of a number that mean something, with the values that a
// fuzzer has made up.
func annotations(force, retry, paused, protected string) change {
	return func(n *v1alpha1.PhoneNumber) {
		n.Annotations = map[string]string{
			v1alpha1.AnnotationForceDelete: force, v1alpha1.AnnotationRetryRequestedAt: retry,
			v1alpha1.AnnotationPaused: paused, v1alpha1.AnnotationDeletionProtection: protected,
		}
	}
}

// FuzzAnnotations gives a number arbitrary annotations at any point of its life. Only
// the exact words mean anything, none of them loses what was made, and once they are
// gone the number can be deleted.
func FuzzAnnotations(f *testing.F) {
	for _, word := range []string{"true", "", "True", "true\n", "yes", "\x00", strings.Repeat("9", 1<<16), "2026-07-31T12:00:00Z"} {
		for life := range uint8(4) {
			f.Add(life, word, word, "", "")
			f.Add(life, "", word, word, word)
		}
	}
	f.Fuzz(func(t *testing.T, life uint8, force, retry, paused, protected string) {
		lives := []func(*testing.T) *world{
			func(t *testing.T) *world { return newWorld(t) },
			func(t *testing.T) *world { return established(t) },
			func(t *testing.T) *world { w := established(t); w.delete(); return w },
			corruptedNumber,
		}
		w := lives[int(life)%len(lives)](t)
		before := len(w.mutations())
		wasCorrupted := w.number() != nil && w.corrupted().Status == "True"
		w.edit(annotations(force, retry, paused, protected))
		for range 2 {
			w.visited()
		}
		forced := force == "true" && wasCorrupted
		if (paused == "true" || forced) && len(w.mutations()) != before {
			t.Errorf("the providers were changed: %q", w.mutations()[before:])
		}
		if number := w.number(); number != nil {
			wantFitting(t, number)
		} else if !forced {
			w.holds("let go of", onlyTheNumber)
		}
		if forced {
			w.wantOnRecord("forced")
			return
		}
		w.end()
		w.holds("after the deletion", onlyTheNumber)
	})
}

// wantFitting sees that the API server can take the status.
func wantFitting(t *testing.T, number *v1alpha1.PhoneNumber) {
	t.Helper()
	if handled := number.Status.LastHandledRetryAt; len(handled) > 64 || handled != "" && handled != number.Annotations[v1alpha1.AnnotationRetryRequestedAt] {
		t.Errorf("the retry that was handled is %q, asked for was %q", handled, number.Annotations[v1alpha1.AnnotationRetryRequestedAt])
	}
	for _, condition := range number.Status.Conditions {
		if len(condition.Message) > 1000 || strings.ContainsFunc(condition.Message, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("%s says %q", condition.Type, condition.Message)
		}
	}
}

// end takes the annotations off and deletes the number, with all providers well.
func (w *world) end() {
	w.t.Helper()
	number := w.number()
	if number == nil {
		return
	}
	w.edit(func(n *v1alpha1.PhoneNumber) { n.Annotations = nil })
	w.restart(2 * grace)
	w.carrier.Heal()
	w.platform.Heal()
	if number.DeletionTimestamp.IsZero() {
		w.delete()
	}
	w.settle("without annotations")
	if left := w.number(); left != nil {
		w.t.Errorf("it is still there: %s", cmp.Diff(v1alpha1.PhoneNumberStatus{}, left.Status))
	}
}
