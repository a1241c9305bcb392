package engine_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/internal/provider/fake"
)

// lag is how long lists may lag: less than the grace, as the grace demands.
const lag = grace - 5*time.Second

// everyDeath runs an attempt in which the process dies before, then after, each
// of its calls, with lists that lag or not; then goes on with what is written.
func everyDeath(t *testing.T, start func(*testing.T) *desk, attempt func(*desk), then func(d *desk, death string)) {
	t.Helper()
	whole := start(t)
	attempt(whole)
	for _, lag := range []time.Duration{0, lag} {
		for _, applied := range []bool{false, true} {
			for nth := range whole.cloud.Log() {
				d := start(t)
				d.cloud.Lag = lag
				d.dieAt(nth+1, applied)
				attempt(d)
				death := fmt.Sprintf("died at call %d (applied %v, lists lag %s)", nth+1, applied, lag)
				if !d.dead {
					t.Errorf("%s: the process lives, want every call to be made again in every run", death)
				}
				then(d, death)
			}
		}
	}
}

// TestNothingIsLostOrMadeTwice lets the process die at every call that it takes
// to set a number up, lets another one finish that, and takes the number down.
func TestNothingIsLostOrMadeTwice(t *testing.T) {
	everyDeath(t, newDesk, func(d *desk) { _ = d.provision(t.Context()) }, func(d *desk, death string) {
		d.finishes(t, death)
		d.vanishes(t, death)
	})
}

// TestTornDownHalfway deletes a number whose setup died, without ever finishing
// it: an intent is enough to find what was made, once lists can be believed.
func TestTornDownHalfway(t *testing.T) {
	everyDeath(t, newDesk, func(d *desk) { _ = d.provision(t.Context()) }, func(d *desk, death string) {
		d.restart(0)
		d.teardown(t.Context())
		d.vanishes(t, death)
	})
}

// TestTeardownDies lets the process die at every call that it takes to take a
// number down: what is gone is not missed.
func TestTeardownDies(t *testing.T) {
	everyDeath(t, established, func(d *desk) { d.teardown(t.Context()) }, func(d *desk, death string) {
		d.vanishes(t, death)
	})
}

// finishes restarts the process until the number is set up.
func (d *desk) finishes(t *testing.T, death string) {
	t.Helper()
	for range 6 {
		d.restart(grace)
		if err := d.provision(t.Context()); err != nil {
			t.Fatalf("%s: %v", death, err)
		}
	}
	if diff := cmp.Diff(oneOfEach, d.count()); diff != "" {
		t.Errorf("%s, and what was made is not there once, -want +got:\n%s", death, diff)
	}
}

// vanishes restarts the process until the number is taken down.
func (d *desk) vanishes(t *testing.T, death string) {
	t.Helper()
	for range 3 {
		d.restart(grace)
		for _, outcome := range d.teardown(t.Context()) {
			if outcome.Err != nil {
				t.Errorf("%s: %s: %v", death, outcome.Entry.Slot, outcome.Err)
			}
		}
	}
	if got := left(d.cloud); len(got) > 0 || len(d.written) > 0 {
		t.Errorf("%s: left %v, ledger %q, want nothing", death, got, slots(d.written))
	}
}

// TestGraceIsNeeded shows that the crash tests can fail: without the grace, a
// list that lags lets something be made twice.
func TestGraceIsNeeded(t *testing.T) {
	duplicates := 0
	for nth := range wanted() {
		d := newDesk(t)
		d.cloud.Lag, d.grace = lag, 0
		d.dieAt(nth+1, true)
		_ = d.provision(t.Context())
		d.restart(time.Second)
		if err := d.provision(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, count := range d.count() {
			duplicates += count - 1
		}
	}
	if duplicates == 0 {
		t.Error("nothing was made twice without the grace, so the tests that rely on it prove nothing")
	}
}

// oneOfEach is how many of each kind a number has that is set up.
var oneOfEach = map[string]int{
	"Number": 1, "Trunk": 1, "URL": 1, "List": 1, "Credential": 1, "ListLink": 1,
	"Attachment": 1, "Inbound": 1, "Rule": 1, "Outbound": 1,
}

func (d *desk) count() map[string]int {
	counts := map[string]int{}
	for _, resource := range d.cloud.All("") {
		counts[resource.Kind]++
	}
	return counts
}

// TestSettledNumbersAreLeftInPeace sees that nothing is changed without a cause.
func TestSettledNumbersAreLeftInPeace(t *testing.T) {
	d := established(t)
	before := slices.Clone(d.written)
	if err := d.provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := mutations(d.cloud); len(got) > 0 {
		t.Errorf("a second visit made the calls %v, want none that changes something", got)
	}
	if diff := cmp.Diff(before, d.written); diff != "" {
		t.Errorf("a second visit changed the ledger, -before +after:\n%s", diff)
	}
	if got := len(d.cloud.Log(fake.Observe)); got != len(wanted()) {
		t.Errorf("a second visit looked %d times, want once at each resource", got)
	}
}
