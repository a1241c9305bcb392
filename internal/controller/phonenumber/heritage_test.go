package phonenumber

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider/fake"
)

// reborn has the UID of an object that was created again under the same name.
const reborn = "22222222-bbbb-4bbb-8bbb-bbbbbbbbbbbb"

func asReborn(number *v1alpha1.PhoneNumber) { number.UID = reborn }

// createAgain creates the number again once it is gone; the providers have no
// trouble any more.
func (w *world) createAgain(changes ...change) {
	w.t.Helper()
	if w.number() != nil {
		w.t.Fatal("the number is still there")
	}
	w.carrier.Heal()
	w.platform.Heal()
	if err := w.api.Create(w.t.Context(), newNumber(append([]change{asReborn}, changes...)...)); err != nil {
		w.t.Fatal(err)
	}
	w.forget()
	w.events.lines = nil
}

// forcedNumber is one that was forced with all of its carrier's resources left.
func forcedNumber(t *testing.T) *world {
	t.Helper()
	w := corruptedNumber(t)
	w.edit(force)
	w.visited()
	return w
}

// ids lists what exists, by kind.
func (w *world) ids() map[string]string {
	all := map[string]string{}
	for _, resource := range append(w.carrier.All(""), w.platform.All("")...) {
		all[resource.Kind] += resource.ID
	}
	return all
}

// wantMarked sees that everything with a name bears that of the live object.
func (w *world) wantMarked(what string) {
	w.t.Helper()
	for _, resource := range append(w.carrier.All(""), w.platform.All("")...) {
		if strings.HasPrefix(resource.Name, "cp-") && !strings.Contains(resource.Name, string(w.number().UID)) {
			w.t.Errorf("%s: the %s is named %s, want the UID %s in it", what, resource.Kind, resource.Name, w.number().UID)
		}
	}
	for _, entry := range w.number().Status.ExternalResources {
		if entry.Name != "" && !strings.Contains(entry.Name, string(w.number().UID)) {
			w.t.Errorf("%s: the ledger says that the %s is named %s", what, entry.Kind, entry.Name)
		}
	}
}

// TestTakeOver creates a number again that was forced: what is left becomes its
// own, and the record is closed.
func TestTakeOver(t *testing.T) {
	w := forcedNumber(t)
	before := w.carrier.All("Trunk")[0].ID
	w.createAgain()
	w.visited()
	w.holds("taken over", oneOfEach)
	w.wantMarked("taken over")
	if got := w.carrier.All("Trunk")[0].ID; got != before {
		t.Errorf("the trunk is %s, want %s", got, before)
	}
	if made := w.creates(); !slices.Equal(made, []string{"create Inbound", "create Rule", "create Outbound"}) {
		t.Errorf("%q, want only what was gone to be made", made)
	}
	if record := w.orphan(); record.Status.State != v1alpha1.OrphanClosed || len(record.Status.Resources) > 0 {
		t.Errorf("the record is %+v, want it closed", record.Status)
	}
	if !slices.ContainsFunc(w.events.lines, func(line string) bool {
		return strings.Contains(line, "TookOver: ") && strings.Contains(line, "Trunk "+before)
	}) {
		t.Errorf("events %q, want one that says what was taken over", w.events.lines)
	}
	w.delete()
	w.settle("deleted")
	w.holds("deleted", onlyTheNumber)
}

// TestTakeOverDies lets the process die at every effect of a take-over, then sets
// the number up, or takes it down at once.
func TestTakeOverDies(t *testing.T) {
	start := func(t *testing.T) *world {
		w := forcedNumber(t)
		w.createAgain()
		return w
	}
	for _, finish := range []bool{true, false} {
		everyDeath(t, start, func(w *world, death string) {
			w.restart(time.Second)
			if finish {
				w.settle(death)
				w.holds(death, oneOfEach)
				w.wantMarked(death)
			}
			w.delete()
			w.settle(death + ", then deleted")
			w.wantNothingForgotten(death)
		})
	}
}

// wantNothingForgotten sees that what is left at the providers is on record.
func (w *world) wantNothingForgotten(what string) {
	w.t.Helper()
	record := w.orphan()
	for _, resource := range append(w.carrier.All(""), w.platform.All("")...) {
		if resource.Kind != "Number" && !slices.ContainsFunc(record.Status.Resources, func(entry v1alpha1.ExternalResource) bool { return entry.ID == resource.ID }) {
			w.t.Errorf("%s: the %s %s is left and not on record\n%q", what, resource.Kind, resource.ID, w.happened())
		}
	}
}

// TestTakeOverByTwoLeaders lets a second leader visit while the first one is paused
// at each effect of a take-over.
func TestTakeOverByTwoLeaders(t *testing.T) {
	everyPause(t, func(t *testing.T) *world {
		w := forcedNumber(t)
		w.createAgain()
		return w
	}, func(w *world, what string) { w.settle(what) }, oneOfEach)
}

// lostAnswer is a number that was forced while it was not known whether its trunk
// had been made.
func lostAnswer(t *testing.T, lag time.Duration) *world {
	t.Helper()
	w := newWorld(t)
	w.carrier.Lag = lag
	w.carrier.Fail(fake.Fault{Operation: fake.Create, Kind: "Trunk", Nth: 1, Applied: true, Err: refusal(external.NetworkError)})
	w.visited()
	w.carrier.Heal()
	w.delete()
	carrierSays(fake.Observe, "", external.AuthenticationFailed)(w)
	w.visited()
	w.edit(force)
	w.visited()
	w.createAgain()
	return w
}

// TestIntentIsTakenOver finds what was about to be made when the number was forced,
// however long the lists take to show it, and closes its record.
func TestIntentIsTakenOver(t *testing.T) {
	for _, lag := range []time.Duration{0, grace - 5*time.Second} {
		what := fmt.Sprintf("lists lag %s", lag)
		w := lostAnswer(t, lag)
		w.settle(what)
		w.holds(what, oneOfEach)
		if record := w.orphan(); record.Status.State != v1alpha1.OrphanClosed {
			t.Errorf("%s: the record still lists %v", what, record.Status.Resources)
		}
		w.delete()
		w.settle(what)
		w.holds(what+", deleted", onlyTheNumber)
	}
}

// TestNotTakenOver leaves alone what is not known to be of an earlier object of the
// same name and number.
func TestNotTakenOver(t *testing.T) {
	cases := map[string]struct {
		reason string
		given  func(*world)
		as     change
	}{
		"another number": {reason: "what belongs to that number is not this one's", as: func(n *v1alpha1.PhoneNumber) { n.Spec.Number = "+15550111" }, given: func(w *world) {
			w.carrier.Add(fake.Resource{Account: accountSID, Kind: "Number", ID: "PN2", Name: "+15550111"})
		}},
		"another installation": {reason: "its names say that somebody else made it", given: func(w *world) { w.Installation = "xyz567" }},
		"renamed":              {reason: "who renamed it has a use for it", given: func(w *world) { w.carrier.All("Trunk")[0].Name = "mine"; w.carrier.All("List")[0].Name = "mine too" }},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := forcedNumber(t)
			trunk := w.carrier.All("Trunk")[0]
			c.given(w)
			as := c.as
			if as == nil {
				as = asReborn
			}
			w.createAgain(as)
			_, _ = w.visit()
			for _, entry := range w.number().Status.ExternalResources {
				if entry.ID == trunk.ID {
					t.Errorf("%s: the trunk was taken over", c.reason)
				}
			}
			if w.orphan().Status.State != v1alpha1.OrphanOpen {
				t.Errorf("%s: the record was closed", c.reason)
			}
		})
	}
}

// TestTakenOverInPart drops from the record what somebody has cleaned up by hand.
func TestTakenOverInPart(t *testing.T) {
	w := forcedNumber(t)
	w.carrier.vanish(t, "Trunk")
	w.createAgain()
	w.settle("taken over in part")
	w.holds("taken over in part", oneOfEach)
	if record := w.orphan(); record.Status.State != v1alpha1.OrphanClosed {
		t.Errorf("the record still lists %v", record.Status.Resources)
	}
}

// TestTakeOverOfMore takes over what the number does not ask for any more: it must
// be taken down one day all the same.
func TestTakeOverOfMore(t *testing.T) {
	w := forcedNumber(t)
	w.createAgain(func(n *v1alpha1.PhoneNumber) { n.Spec.Outbound = nil })
	w.settle("taken over")
	if record := w.orphan(); record.Status.State != v1alpha1.OrphanClosed {
		t.Errorf("the record still lists %v", record.Status.Resources)
	}
	w.delete()
	w.settle("deleted")
	w.holds("deleted", onlyTheNumber)
}

// TestTakenOverTwice takes over from a number that had taken over itself.
func TestTakenOverTwice(t *testing.T) {
	w := established(t)
	before := w.ids()
	for _, uid := range []types.UID{reborn, "44444444-dddd-4ddd-8ddd-dddddddddddd"} {
		w.loseObject()
		w.createAgain(func(n *v1alpha1.PhoneNumber) { n.UID = uid })
		w.settle("taken over")
		w.wantMarked("taken over")
	}
	if diff := cmp.Diff(before, w.ids()); diff != "" {
		t.Errorf("-before +after:\n%s", diff)
	}
}

// TestRetainedIsTakenOver closes the circle of a number that was retained.
func TestRetainedIsTakenOver(t *testing.T) {
	w := established(t, obeying(v1alpha1.DeletionPolicyRetain))
	before := w.ids()
	w.delete()
	w.visited()
	w.createAgain()
	w.settle("created again")
	if diff := cmp.Diff(before, w.ids()); diff != "" {
		t.Errorf("-before +after:\n%s", diff)
	}
	w.wantMarked("created again")
	if state := w.orphan().Status.State; state != v1alpha1.OrphanClosed {
		t.Errorf("the record is %s", state)
	}
}

// TestOwnerLives does not take what a live object made, whatever its name says.
func TestOwnerLives(t *testing.T) {
	w := established(t)
	living := newNumber(func(n *v1alpha1.PhoneNumber) {
		n.Name, n.UID = "other", "33333333-cccc-4ccc-8ccc-cccccccccccc"
		n.CreationTimestamp = metav1.NewTime(n.CreationTimestamp.Add(time.Hour))
	})
	if err := w.api.Create(t.Context(), living); err != nil {
		t.Fatal(err)
	}
	w.loseObject()
	trunk := w.carrier.All("Trunk")[0]
	trunk.Name = w.Reconciler.visit(newNumber()).Named(string(living.UID)).For(external.SlotTrunk)
	w.createAgain()
	w.visited()
	for _, entry := range w.number().Status.ExternalResources {
		if entry.ID == trunk.ID {
			t.Error("the trunk of a live object was taken over")
		}
	}
}

// TestNumberLostToAnEarlierObject says of a number that an earlier object had, and that is no longer
// in the account, that it is lost: it is not bought again by itself.
func TestNumberLostToAnEarlierObject(t *testing.T) {
	w := forcedNumber(t)
	w.carrier.vanish(t, "Trunk")
	w.carrier.vanish(t, "Number")
	w.createAgain()
	w.visited()
	if got := condition(w.number(), v1alpha1.ConditionReady).Reason; got != v1alpha1.ReasonNumberLost {
		t.Errorf("Ready says %s, want NumberLost", got)
	}
}
