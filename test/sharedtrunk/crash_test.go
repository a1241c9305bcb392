package sharedtrunk

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// everyDeath lets the process die before, then after, each effect until all is settled,
// and goes on with what is left.
func everyDeath(t *testing.T, start func(*testing.T) *world, then func(w *world, death string)) {
	t.Helper()
	whole := start(t)
	whole.run("undisturbed", settled)
	for nth := range whole.effects {
		for _, applied := range []bool{false, true} {
			w := start(t)
			w.dieAt, w.applied = nth+1, applied
			death := fmt.Sprintf("died at effect %d, %s (applied %v)", nth+1, whole.effects[nth], applied)
			w.run(death, settled)
			if !w.dead {
				t.Errorf("%s: the process lives, want every effect in every run", death)
			}
			w.restart()
			then(w, death)
			if t.Failed() {
				return
			}
		}
	}
}

// shared is a trunk with two numbers, of which one only makes calls.
func shared(t *testing.T) *world {
	t.Helper()
	return newWorld(t, newTrunk("main"), newNumber("first", e164), newNumber("second", second, withoutInbound))
}

var oneTrunkForBoth = map[string]int{"trunks": 1, "urls": 1, "lists": 1, "inbound": 1, "rules": 1, "outbound": 1}

// established is a world in which everything is set up.
func established(t *testing.T, w *world) *world {
	t.Helper()
	w.run("set up", settled)
	w.restart()
	return w
}

func (w *world) wantLists(what string, want map[string]string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.lists()); diff != "" {
		w.t.Errorf("%s: numbers that calls are made from, -want +got:\n%s", what, diff)
	}
}

func (w *world) wantPlaces(what string, want map[string]string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.places()); diff != "" {
		w.t.Errorf("%s: where numbers are, -want +got:\n%s", what, diff)
	}
}

// vanishes deletes everything, and wants nothing to be left.
func (w *world) vanishes(what string) {
	w.t.Helper()
	w.carried = false
	w.removeAll()
	w.run(what+", then deleted", settled)
	w.holds(what+", then deleted", map[string]int{})
}

// TestSetupDies sets up a trunk and its numbers across a death: there is one of each,
// and then nothing.
func TestSetupDies(t *testing.T) {
	everyDeath(t, shared, func(w *world, death string) {
		w.run(death, settled)
		w.holds(death, oneTrunkForBoth)
		w.wantLists(death, map[string]string{"main": e164 + " " + second})
		w.wantPlaces(death, map[string]string{e164: "main", second: "main"})
		w.vanishes(death)
	})
}

// TestTornDownHalfway deletes everything when the setup has died.
func TestTornDownHalfway(t *testing.T) {
	everyDeath(t, shared, func(w *world, death string) { w.vanishes(death) })
}

// TestTeardownDies dies while trunk and numbers are deleted together.
func TestTeardownDies(t *testing.T) {
	start := func(t *testing.T) *world {
		w := established(t, shared(t))
		w.removeAll()
		return w
	}
	everyDeath(t, start, func(w *world, death string) {
		w.run(death, settled)
		w.holds(death, map[string]int{})
	})
}

// TestRelistingDies takes one of two numbers away: calls are made from the other, and
// from nobody once the second one is gone.
func TestRelistingDies(t *testing.T) {
	start := func(t *testing.T) *world {
		w := established(t, shared(t))
		w.remove(w.number("first"))
		return w
	}
	everyDeath(t, start, func(w *world, death string) {
		w.run(death, settled)
		w.wantLists(death, map[string]string{"main": second})
		w.remove(w.number("second"))
		w.run(death, settled)
		w.visitAll()
		w.holds(death, map[string]int{"trunks": 1, "urls": 1, "lists": 1})
	})
}

// TestMoveDies moves a number to another trunk across a death, after which people may
// want it elsewhere.
func TestMoveDies(t *testing.T) {
	start := func(t *testing.T) *world {
		w := shared(t)
		w.create(newTrunk("spare"))
		w.create(newTrunk("third"))
		w = established(t, w)
		w.carried = true
		w.edit("first", on("spare"))
		return w
	}
	for _, place := range []string{"spare", "main", "third"} {
		t.Run("then to "+place, func(t *testing.T) {
			everyDeath(t, start, func(w *world, death string) {
				w.edit("first", on(place))
				w.run(death, settled)
				w.visitAll()
				want := map[string]string{"main": second, place: e164}
				if place == "main" {
					want["main"] = e164 + " " + second
				}
				w.wantLists(death, want)
				w.wantPlaces(death, map[string]string{e164: place, second: "main"})
				w.vanishes(death)
			})
		})
	}
	t.Run("then deleted", func(t *testing.T) {
		everyDeath(t, start, func(w *world, death string) { w.vanishes(death) })
	})
}

// TestCarrierOfOnesOwn sets up a trunk with an address across a death. Its first number
// only makes calls, so nothing is made for it but its place on the list.
func TestCarrierOfOnesOwn(t *testing.T) {
	start := func(t *testing.T) *world {
		return newWorld(t, newTrunk("main", atAddress), newNumber("first", e164, withoutInbound), newNumber("second", second))
	}
	everyDeath(t, start, func(w *world, death string) {
		w.run(death, settled)
		w.holds(death, map[string]int{"inbound": 1, "rules": 1, "outbound": 1})
		w.wantLists(death, map[string]string{"main": e164 + " " + second})
		w.wantPlaces(death, map[string]string{})
		w.vanishes(death)
	})
}
