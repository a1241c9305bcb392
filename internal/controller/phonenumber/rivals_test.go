package phonenumber

import (
	"fmt"
	"testing"
	"time"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/provider/fake"
)

// everyPause holds a leader up before each effect of one visit while something
// else happens; then it goes on, and all settles.
func everyPause(t *testing.T, start func(*testing.T) *world, meanwhile func(w *world, what string), want map[string]int) {
	t.Helper()
	whole := start(t)
	whole.visited()
	for nth := range whole.effects {
		what := fmt.Sprintf("a leader that paused before effect %d, %s", nth+1, whole.effects[nth].what)
		w := start(t)
		w.pauseAt(nth+1, func() {
			leader := w.Reconciler
			w.Reconciler = w.newReconciler()
			meanwhile(w, what)
			w.Reconciler = leader
		})
		_, _ = w.visit()
		w.restart(time.Second)
		w.settle(what)
		w.holds(what, want)
		if t.Failed() {
			return
		}
	}
}

// TestTwoLeadersSetUp lets a second leader visit while the first one is paused.
func TestTwoLeadersSetUp(t *testing.T) {
	everyPause(t, func(t *testing.T) *world { return newWorld(t) }, func(w *world, _ string) {
		_, _ = w.visit()
	}, oneOfEach)
}

// TestTwoLeadersFinish lets a second leader finish while the first one is paused
// for long.
func TestTwoLeadersFinish(t *testing.T) {
	everyPause(t, func(t *testing.T) *world { return newWorld(t) }, func(w *world, what string) {
		w.settle(what)
	}, oneOfEach)
}

// TestDeletedMeanwhile deletes the number, and lets a second leader take it down
// wholly, while the first one is paused halfway through the setup.
func TestDeletedMeanwhile(t *testing.T) {
	everyPause(t, func(t *testing.T) *world { return newWorld(t) }, func(w *world, what string) {
		w.delete()
		w.settle(what)
		w.holds(what+", before it went on", onlyTheNumber)
	}, onlyTheNumber)
}

// TestTwoLeadersTearDown lets a second leader take a number down while the first
// one does.
func TestTwoLeadersTearDown(t *testing.T) {
	everyPause(t, deletedNumber, func(w *world, what string) {
		w.settle(what)
	}, onlyTheNumber)
}

// rival is another object that wants the same number.
func rival(name string, older time.Duration) *v1alpha1.PhoneNumber {
	return newNumber(func(n *v1alpha1.PhoneNumber) {
		n.Name, n.UID = name, otherUID
		n.CreationTimestamp.Time = n.CreationTimestamp.Add(-older)
	})
}

// TestTwoObjectsOneNumber lets the older of two objects have the number; the
// other one calls nobody and proceeds once the first one is gone.
func TestTwoObjectsOneNumber(t *testing.T) {
	w := newWorld(t)
	if err := w.api.Create(t.Context(), rival("older", time.Hour)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		w.visited()
	}
	number := w.number()
	ready := condition(number, v1alpha1.ConditionReady)
	if want := "+15550100 belongs to the PhoneNumber support/older; this one takes it over when that one is gone"; ready.Reason != v1alpha1.ReasonConflict || ready.Message != want {
		t.Errorf("Ready is %s: %s, want %s", ready.Reason, ready.Message, want)
	}
	if len(w.calls()) > 0 || len(number.Finalizers) > 0 || len(w.carrier.Log(fake.Observe)) > 0 {
		t.Errorf("%q, want the loser to call nobody", w.calls())
	}
	if err := w.api.Delete(t.Context(), rival("older", 0)); err != nil {
		t.Fatal(err)
	}
	w.visited()
	w.holds("once the older one is gone", oneOfEach)
}

// TestNewcomerDoesNotTakeOver leaves a number with whom it has been set up for,
// even where another object is older, and deleting the loser changes nothing.
func TestNewcomerDoesNotTakeOver(t *testing.T) {
	w := established(t)
	loser := rival("older", time.Hour)
	if err := w.api.Create(t.Context(), loser); err != nil {
		t.Fatal(err)
	}
	if _, err := w.visitAs(loser); err != nil {
		t.Fatal(err)
	}
	w.visited()
	if got := condition(w.number(), v1alpha1.ConditionReady).Reason; got != v1alpha1.ReasonActive {
		t.Errorf("Ready says %s, want the number to stay where it is", got)
	}
	w.forget()
	if err := w.api.Delete(t.Context(), loser); err != nil {
		t.Fatal(err)
	}
	w.holds("after the loser is gone", oneOfEach)
}
