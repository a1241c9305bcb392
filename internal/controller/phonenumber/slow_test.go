package phonenumber

import (
	"slices"
	"testing"
	"time"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider/fake"
)

// TestSameSecond lets two objects of one second, each of which began before it
// could see the other, end with one owner and one set of resources.
func TestSameSecond(t *testing.T) {
	w := newWorld(t)
	other := rival("same-second", 0)
	other.UID = "00000000-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
	began := false
	w.meddle = func(_ int, e effect, work func() error) error {
		if !began && e.what == "observe Number" {
			began = true
			if err := w.api.Create(t.Context(), other); err != nil {
				t.Fatal(err)
			}
			if _, err := w.visitAs(other); err != nil {
				t.Fatal(err)
			}
		}
		return work()
	}
	w.visited()
	w.meddle = nil
	w.visited()
	if number := w.number(); condition(number, v1alpha1.ConditionReady).Reason != v1alpha1.ReasonConflict || len(number.Status.ExternalResources) > 0 {
		t.Errorf("the one that saw the other withdraws, but has %+v", number.Status)
	}
	w.holds("for the two of them", oneOfEach)
}

// TestSlowVisit counts the grace from the create, not from when the visit began.
func TestSlowVisit(t *testing.T) {
	w := newWorld(t)
	w.platform.Lag = grace - 5*time.Second
	w.platform.Fail(fake.Fault{Operation: fake.Create, Kind: "Inbound", Nth: 1, Applied: true, Err: refusal(external.NetworkError)})
	slow := true
	w.meddle = func(_ int, e effect, work func() error) error {
		if slow && e.what == "create Inbound" {
			slow = false
			w.clock.SetTime(w.clock.Now().Add(grace + 10*time.Second))
		}
		return work()
	}
	for range 6 {
		result := w.visited()
		w.clock.SetTime(w.clock.Now().Add(result.RequeueAfter))
	}
	w.holds("after a visit that took longer than the grace", oneOfEach)
}

// TestAlwaysLookedAtAgain asks for another look also when a wait is over before
// the visit is.
func TestAlwaysLookedAtAgain(t *testing.T) {
	w := established(t)
	w.carrier.vanish(t, "Trunk")
	w.meddle = func(nth int, _ effect, work func() error) error {
		if nth == 3 {
			w.clock.SetTime(w.clock.Now().Add(grace + 5*time.Second))
		}
		return work()
	}
	if result := w.visited(); result.RequeueAfter <= 0 {
		t.Errorf("looked at again after %s, want some time", result.RequeueAfter)
	}
}

// TestRefusedCreateDoesNotFlap shows one reason for as long as a create is
// refused, and emits one event.
func TestRefusedCreateDoesNotFlap(t *testing.T) {
	w := newWorld(t)
	w.carrier.Fail(fake.Fault{Operation: fake.Create, Kind: "Trunk", Err: &external.Error{Class: external.QuotaExceeded, Message: "the account has 100 trunks"}})
	w.visited()
	for range 12 {
		if got := condition(w.number(), v1alpha1.ConditionReady).Reason; got != v1alpha1.ReasonQuotaExceeded {
			t.Fatalf("Ready says %s, want %s for as long as it is so", got, v1alpha1.ReasonQuotaExceeded)
		}
		result := w.visited()
		w.clock.SetTime(w.clock.Now().Add(result.RequeueAfter))
	}
	if reasons := w.events.reasons(); !slices.Equal(reasons, []string{"Warning " + v1alpha1.ReasonQuotaExceeded}) {
		t.Errorf("events %v, want one", reasons)
	}
}
