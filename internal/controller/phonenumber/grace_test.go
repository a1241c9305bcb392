package phonenumber

import (
	"testing"
	"time"

	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider/fake"
)

// slow is a visit in which the carrier takes 40 s (retries, our own budget; a
// visit may take 2 min) before the rule is created; the answer to that create is
// lost, and lists lag by 20 s, 10 s less than the grace.
func slow(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.clock.SetTime(instant.Truncate(time.Second))
	w.platform.Lag = 20 * time.Second
	w.platform.Fail(fake.Fault{Operation: fake.Create, Kind: "Rule", Nth: 1, Applied: true, Err: &external.Error{Class: external.NetworkError, Message: "no answer"}})
	w.meddle = func(_ int, e effect, work func() error) error {
		if e.what == "create URL" {
			w.clock.SetTime(w.clock.Now().Add(40 * time.Second))
		}
		return work()
	}
	w.visited()
	w.rewind()
	w.platform.Heal()
	w.clock.SetTime(w.clock.Now().Add(time.Second))
	return w
}

// TestSlowVisitMakesOne finds in a list that lags what a slow visit made last.
func TestSlowVisitMakesOne(t *testing.T) {
	w := slow(t)
	w.settle("after a slow visit")
	w.holds("after a slow visit", oneOfEach)
}

// TestSlowVisitLosesNone is the same for a number that is deleted right after.
func TestSlowVisitLosesNone(t *testing.T) {
	w := slow(t)
	w.delete()
	w.settle("after a slow visit")
	w.holds("after a slow visit", onlyTheNumber)
}

// TestGraceIsWhole loses no part of the grace to times that hold whole seconds.
func TestGraceIsWhole(t *testing.T) {
	w := newWorld(t)
	w.clock.SetTime(instant.Truncate(time.Second).Add(900 * time.Millisecond))
	w.platform.Lag = grace - 100*time.Millisecond
	w.platform.Fail(fake.Fault{Operation: fake.Create, Kind: "Rule", Nth: 1, Applied: true, Err: &external.Error{Class: external.NetworkError, Message: "no answer"}})
	w.visited()
	w.platform.Heal()
	w.clock.SetTime(w.clock.Now().Add(grace - 500*time.Millisecond))
	w.settle("after a lost answer")
	w.holds("after a lost answer", oneOfEach)
}
