package phonenumber

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider/fake"
)

// theirs is a trunk of people.
const theirs = "TK-theirs"

// held is a world whose number is on a trunk of people, and to be taken from there.
func held(t *testing.T, changes ...change) *world {
	t.Helper()
	w := newWorld(t, append([]change{acquiring(v1alpha1.AcquisitionTakeOver)}, changes...)...)
	w.carrier.Add(fake.Resource{Account: accountSID, Kind: "Trunk", ID: theirs, Name: "reception"})
	w.byHandOn(theirs)
	return w
}

// withTheirs is what there is besides the trunk of people.
func withTheirs(more map[string]int) map[string]int {
	all := maps.Clone(more)
	all["Trunk"]++
	all["Attachment"] = 1
	return all
}

// byHandOn lets somebody put the number on a trunk, or take it off all.
func (w *world) byHandOn(trunk string) {
	w.t.Helper()
	for _, tie := range w.carrier.All("Attachment") {
		w.carrier.remove(w.t, tie)
	}
	if trunk != "" {
		w.carrier.Add(fake.Resource{Account: accountSID, Kind: "Attachment", ID: "PN", ParentID: trunk})
	}
}

// on is the trunk that the number is on.
func (w *world) on() string {
	var trunks []string
	for _, tie := range w.carrier.All("Attachment") {
		trunks = append(trunks, tie.ParentID)
	}
	return strings.Join(trunks, " and ")
}

func (w *world) isBack(what string) {
	w.t.Helper()
	if got := w.on(); got != theirs {
		w.t.Errorf("%s: the number is on %q, want it back on %s\n%q", what, got, theirs, w.happened())
	}
	w.holds(what, withTheirs(onlyTheNumber))
}

func (w *world) isOurs(what string) {
	w.t.Helper()
	entry := w.entry(external.SlotAttachment)
	if got := w.on(); got != w.entry(external.SlotTrunk).ID || entry.Origin != v1alpha1.OriginTakenOver || entry.Previous != theirs {
		w.t.Errorf("%s: the number is on %q, and the ledger has %+v, want it taken from %s\n%q", what, got, entry, theirs, w.happened())
	}
	w.holds(what, withTheirs(oneOfEach))
}

func TestNumberIsTaken(t *testing.T) {
	cases := map[v1alpha1.DeletionPolicy]struct {
		reason string
		on     string
		left   map[string]int
	}{
		v1alpha1.DeletionPolicyTeardown: {reason: "the number goes back", on: theirs, left: withTheirs(onlyTheNumber)},
		v1alpha1.DeletionPolicyRelease:  {reason: "the number is given back to the carrier, and serves nobody before", left: map[string]int{"Trunk": 1}},
		v1alpha1.DeletionPolicyRetain:   {reason: "all stays as it is", on: "Trunk-1", left: withTheirs(oneOfEach)},
	}
	for policy, c := range cases {
		t.Run(string(policy), func(t *testing.T) {
			w := held(t, obeying(policy))
			w.visited()
			w.isOurs("set up")
			w.delete()
			w.settle("deleted")
			w.holds(c.reason, c.left)
			if got := w.on(); got != c.on {
				t.Errorf("the number is on %q, want %q: %s", got, c.on, c.reason)
			}
		})
	}
}

// TestTakeOverOfWhatIsFree uses a free number as it is, and leaves it free.
func TestTakeOverOfWhatIsFree(t *testing.T) {
	w := held(t)
	w.byHandOn("")
	w.visited()
	if got := w.entry(external.SlotAttachment); got.Origin != v1alpha1.OriginCreated || got.Previous != "" {
		t.Errorf("the ledger has %+v, want nothing to be given back", got)
	}
	w.delete()
	w.settle("deleted")
	if got := w.on(); got != "" {
		t.Errorf("the number is on %s, and was free before", got)
	}
}

// TestExistingTakesNothing leaves a number where it is until it is to be taken.
func TestExistingTakesNothing(t *testing.T) {
	w := held(t, acquiring(v1alpha1.AcquisitionExisting))
	w.visited()
	if got := condition(w.number(), v1alpha1.ConditionReady).Reason; got != v1alpha1.ReasonNumberInUse || w.on() != theirs {
		t.Errorf("Ready says %s, and the number is on %s", got, w.on())
	}
	w.edit(acquiring(v1alpha1.AcquisitionTakeOver))
	w.settle("changed to TakeOver")
	w.isOurs("changed to TakeOver")
}

// TestTakeOverDies lets the process die at every effect of a setup; another one
// finishes it, or takes all down. The number is back in the end.
func TestTakingDies(t *testing.T) {
	start := func(t *testing.T) *world { return held(t) }
	everyDeath(t, start, func(w *world, death string) {
		w.restart(time.Second)
		w.settle(death)
		w.isOurs(death)
		w.delete()
		w.settle(death + ", then deleted")
		w.isBack(death + ", then deleted")
	})
	everyDeath(t, start, func(w *world, death string) {
		w.restart(time.Second)
		w.delete()
		w.settle(death)
		w.isBack(death)
	})
}

// TestGivingBackDies lets the process die at every effect of a teardown.
func TestGivingBackDies(t *testing.T) {
	deleted := func(t *testing.T) *world {
		w := held(t)
		w.visited()
		w.forget()
		w.delete()
		return w
	}
	everyDeath(t, deleted, func(w *world, death string) {
		w.restart(time.Second)
		w.settle(death)
		w.isBack(death)
	})
}

// TestTwoLeadersTakeOver holds a leader up before every effect while another one
// finishes, takes all down, or begins with that and cannot end it.
func TestTwoLeadersTakeANumber(t *testing.T) {
	start := func(t *testing.T) *world { return held(t) }
	everyPause(t, start, func(w *world, what string) { w.settle(what) }, withTheirs(oneOfEach))
	everyPause(t, start, func(w *world, what string) {
		w.delete()
		w.settle(what)
		w.isBack(what)
	}, withTheirs(onlyTheNumber))
	begun := func(w *world, what string) {
		w.delete()
		w.carrier.Fail(fake.Fault{Operation: fake.Delete, Kind: "Trunk", Nth: 1, Err: &external.Error{Class: external.Throttled, Message: "slow down"}})
		_, _ = w.visit()
		w.carrier.Heal()
	}
	everyPause(t, start, begun, withTheirs(onlyTheNumber))
}

// TestStaleViewTakesNothing reconciles every version of an object that is gone.
func TestStaleViewTakesNothing(t *testing.T) {
	w := held(t)
	w.versions = append(w.versions, w.number())
	w.visited()
	w.delete()
	w.settle("deleted")
	for _, trunk := range []string{theirs, ""} {
		w.byHandOn(trunk)
		for _, version := range w.versions {
			_, _ = w.visitAs(version)
		}
		if got := w.on(); got != trunk {
			t.Errorf("a view from before moved the number from %q to %q\n%q", trunk, got, w.happened())
		}
	}
}

// TestPreviousUseIsGone takes the number off our trunk, and says why it is on none.
func TestPreviousUseIsGone(t *testing.T) {
	w := held(t)
	w.visited()
	for _, trunk := range w.carrier.All("Trunk") {
		if trunk.ID == theirs {
			w.carrier.remove(t, trunk)
		}
	}
	w.delete()
	w.events.lines = nil
	w.settle("deleted")
	w.holds("deleted", onlyTheNumber)
	if !slices.ContainsFunc(w.events.lines, func(line string) bool {
		return strings.HasPrefix(line, "Warning LeftAlone: ") && strings.Contains(line, theirs)
	}) {
		t.Errorf("the events are %q, want one that names %s", w.events.lines, theirs)
	}
}

// TestMovedByHand takes the number again, and remembers where it was last.
func TestMovedByHand(t *testing.T) {
	cases := map[string]struct{ reason, to, back string }{
		"Back":    {reason: "it was taken from there before", to: theirs, back: theirs},
		"Another": {reason: "that is where it is missed", to: "TK-sales", back: "TK-sales"},
		"Off":     {reason: "nobody else has used it since", to: "", back: theirs},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := held(t)
			w.carrier.Add(fake.Resource{Account: accountSID, Kind: "Trunk", ID: "TK-sales", Name: "sales"})
			w.visited()
			w.byHandOn(c.to)
			for range 2 {
				w.clock.SetTime(w.clock.Now().Add(w.visited().RequeueAfter))
			}
			if got := w.entry(external.SlotAttachment).Previous; got != c.back || w.on() != w.entry(external.SlotTrunk).ID {
				t.Errorf("the number is on %s, and is said to come from %s, want %s: %s", w.on(), got, c.back, c.reason)
			}
			w.delete()
			w.settle("deleted")
			if got := w.on(); got != c.back {
				t.Errorf("the number is on %q, want %q: %s", got, c.back, c.reason)
			}
		})
	}
}

// TestPreviousUseOutlivesOurTrunk remembers where the number was when our trunk is made
// anew, whenever that dies. The number seems to be on it for longer than it is there.
func TestPreviousUseOutlivesOurTrunk(t *testing.T) {
	everyDeath(t, func(t *testing.T) *world {
		w := held(t)
		w.visited()
		ours := w.carrier.All("Trunk")[1]
		w.byHandOn("")
		w.carrier.remove(t, ours)
		w.byHandOn(ours.ID)
		w.clock.SetTime(w.clock.Now().Add(w.visited().RequeueAfter))
		w.byHandOn("")
		w.forget()
		return w
	}, func(w *world, death string) {
		w.restart(time.Second)
		w.settle(death)
		w.isOurs(death)
		w.delete()
		w.settle(death + ", then deleted")
		w.isBack(death + ", then deleted")
	})
}

// TestPreviousUseIsInherited remembers where the number was before an earlier object.
func TestPreviousUseIsInherited(t *testing.T) {
	w := held(t, obeying(v1alpha1.DeletionPolicyRetain))
	w.visited()
	w.delete()
	w.settle("retained")
	w.createAgain()
	w.settle("created again")
	w.isOurs("created again")
	w.delete()
	w.settle("deleted")
	w.isBack("deleted")
}
