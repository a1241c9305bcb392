package phonenumber

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// everyDeath lets the process die before, then after, each effect of one visit,
// while lists lag or not, and goes on with what is left.
func everyDeath(t *testing.T, start func(*testing.T) *world, then func(w *world, death string)) {
	t.Helper()
	whole := start(t)
	whole.visited()
	for _, lag := range []time.Duration{0, grace - 5*time.Second} {
		for nth := range whole.effects {
			for _, applied := range []bool{false, true} {
				w := start(t)
				w.carrier.Lag, w.platform.Lag = lag, lag
				w.dieAt(nth+1, applied)
				_, err := w.visit()
				death := fmt.Sprintf("died at effect %d, %s (applied %v, lists lag %s)", nth+1, whole.effects[nth].what, applied, lag)
				if err == nil || !w.dead {
					t.Errorf("%s: the visit went on, want every effect in every run", death)
				}
				then(w, death)
			}
		}
	}
}

func deletedNumber(t *testing.T) *world {
	t.Helper()
	w := established(t)
	w.delete()
	return w
}

// TestSetupDies lets the process die at every effect of a setup, another one
// finish it, and the number be taken down.
func TestSetupDies(t *testing.T) {
	everyDeath(t, func(t *testing.T) *world { return newWorld(t) }, func(w *world, death string) {
		w.restart(time.Second)
		w.settle(death)
		w.holds(death, oneOfEach)
		w.delete()
		w.settle(death + ", then deleted")
		w.holds(death+", then deleted", onlyTheNumber)
	})
}

// TestTornDownHalfway deletes a number whose setup died, without finishing it.
func TestTornDownHalfway(t *testing.T) {
	everyDeath(t, func(t *testing.T) *world { return newWorld(t) }, func(w *world, death string) {
		w.restart(time.Second)
		w.delete()
		w.settle(death)
		w.holds(death, onlyTheNumber)
	})
}

// TestTeardownDies lets the process die at every effect of a teardown. No
// delete is sent more often than once per life.
func TestTeardownDies(t *testing.T) {
	everyDeath(t, deletedNumber, func(w *world, death string) {
		w.restart(time.Second)
		w.settle(death)
		w.holds(death, onlyTheNumber)
		sent := map[string]int{}
		for _, call := range w.mutations() {
			sent[call]++
			if sent[call] > 2 {
				t.Errorf("%s: %s was sent %d times, want once per life", death, call, sent[call])
			}
		}
	})
}

// TestTwoDeaths lets two processes die in a row, at random effects.
func TestTwoDeaths(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("the seed is %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range 150 {
		w := newWorld(t)
		// The API has no fractions of seconds: one second of the grace is lost.
		w.carrier.Lag = time.Duration(random.Int64N(int64(grace - time.Second)))
		w.platform.Lag = time.Duration(random.Int64N(int64(grace - time.Second)))
		var deaths string
		for range 2 {
			nth, applied := random.IntN(30)+1, random.IntN(2) == 0
			deaths += fmt.Sprintf(" at effect %d (applied %v)", nth, applied)
			w.dieAt(nth, applied)
			_, _ = w.visit()
			w.restart(time.Duration(random.Int64N(int64(2 * grace))))
		}
		deaths = "died" + deaths
		if random.IntN(2) == 0 {
			w.settle(deaths)
			w.holds(deaths, oneOfEach)
		}
		w.delete()
		for range 2 {
			w.dieAt(random.IntN(30)+1, random.IntN(2) == 0)
			_, _ = w.visit()
			w.restart(time.Second)
		}
		w.settle(deaths + ", then deleted")
		w.holds(deaths+", then deleted", onlyTheNumber)
		if t.Failed() {
			return
		}
	}
}
