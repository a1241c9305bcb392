package phonenumber

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/provider/fake"
)

func acquiring(way v1alpha1.Acquisition) change {
	return func(n *v1alpha1.PhoneNumber) { n.Spec.Acquisition = way }
}

// market is a world whose number is not in the account, but on sale, also after it was
// bought and given back: a second purchase would succeed.
func market(t *testing.T, changes ...change) *world {
	t.Helper()
	w := newWorld(t, append([]change{acquiring(v1alpha1.AcquisitionPurchase)}, changes...)...)
	w.carrier.vanish(t, "Number")
	w.carrier.OnSale = []string{e164, e164}
	return w
}

// bought counts the purchases.
func (w *world) bought() int { return 2 - len(w.carrier.OnSale) }

func (w *world) boughtOnce(what string) {
	w.t.Helper()
	if w.bought() != 1 {
		w.t.Errorf("%s: bought %d times, want once\n%q", what, w.bought(), w.happened())
	}
}

func (w *world) entry(slot external.Slot) ledger.Entry {
	w.t.Helper()
	entry, _ := ledger.Find(w.number().Status.ExternalResources, slot)
	return entry
}

func TestPurchase(t *testing.T) {
	cases := map[string]struct {
		reason string
		policy v1alpha1.DeletionPolicy
		left   map[string]int
	}{
		"Teardown": {reason: "what was bought stays in the account", policy: v1alpha1.DeletionPolicyTeardown, left: onlyTheNumber},
		"Release":  {reason: "what was bought is given back", policy: v1alpha1.DeletionPolicyRelease, left: map[string]int{}},
		"Retain":   {reason: "all stays", policy: v1alpha1.DeletionPolicyRetain, left: oneOfEach},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := market(t, obeying(c.policy))
			w.visited()
			w.boughtOnce("set up")
			w.holds("set up", oneOfEach)
			if got := w.entry(external.SlotNumber); got.Origin != v1alpha1.OriginCreated || got.Name != e164 || got.ID == "" {
				t.Errorf("the ledger has %+v, want it to say what was bought", got)
			}
			w.delete()
			w.settle("deleted")
			w.holds(c.reason, c.left)
			w.boughtOnce("deleted")
		})
	}
}

// TestPurchaseOfWhatIsThere uses a number that is in the account already.
func TestPurchaseOfWhatIsThere(t *testing.T) {
	w := newWorld(t, acquiring(v1alpha1.AcquisitionPurchase))
	w.carrier.OnSale = []string{e164, e164}
	w.visited()
	if got := w.entry(external.SlotNumber).Origin; got != v1alpha1.OriginAdopted || w.bought() > 0 {
		t.Errorf("the origin is %s after %d purchases, want the number to be used as it is", got, w.bought())
	}
}

// TestNotForSale says so, buys nothing, and goes on once the number is there.
func TestNotForSale(t *testing.T) {
	w := market(t)
	w.carrier.OnSale = []string{"+15550101"}
	for range 3 {
		result := w.visited()
		w.clock.SetTime(w.clock.Now().Add(result.RequeueAfter))
	}
	ready := condition(w.number(), v1alpha1.ConditionReady)
	if ready.Reason != v1alpha1.ClassInvalidConfiguration || !strings.Contains(ready.Message, "not for sale") {
		t.Errorf("Ready is %s: %s, want it to say that the number is not for sale", ready.Reason, ready.Message)
	}
	w.holds("not for sale", map[string]int{})
	w.carrier.Add(fake.Resource{Account: accountSID, Kind: "Number", ID: "PN", Name: e164})
	w.settle("brought into the account")
	w.holds("brought into the account", oneOfEach)
}

// TestNeverBoughtAgain loses a number that was bought, in every way in which that is
// known: no second one is bought.
func TestNeverBoughtAgain(t *testing.T) {
	cases := map[string]struct {
		reason string
		lose   func(*world)
	}{
		"ledger": {reason: "the ledger says that it was there", lose: func(*world) {}},
		"record": {reason: "an OrphanRecord of the name says so", lose: func(w *world) {
			w.edit(obeying(v1alpha1.DeletionPolicyRetain))
			w.delete()
			w.settle("retained")
			replaced := newNumber(acquiring(v1alpha1.AcquisitionPurchase), func(n *v1alpha1.PhoneNumber) { n.UID = otherUID })
			if err := w.api.Create(w.t.Context(), replaced); err != nil {
				w.t.Fatal(err)
			}
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := market(t)
			w.visited()
			c.lose(w)
			w.carrier.vanish(t, "Attachment")
			w.carrier.vanish(t, "Number")
			for range 4 {
				result := w.visited()
				w.clock.SetTime(w.clock.Now().Add(result.RequeueAfter))
			}
			if ready := condition(w.number(), v1alpha1.ConditionReady); ready.Reason != v1alpha1.ReasonNumberLost || !strings.Contains(ready.Message, "not bought a second time") {
				t.Errorf("Ready is %s: %s, want the loss to be shown: %s", ready.Reason, ready.Message, c.reason)
			}
			w.boughtOnce(c.reason)
		})
	}
}

// TestPurchaseDies lets the process die at every effect, lists lag, and another one
// finish, or all be deleted under each policy: there is one purchase at most.
func TestPurchaseDies(t *testing.T) {
	start := func(t *testing.T) *world { return market(t) }
	everyDeath(t, start, func(w *world, death string) {
		w.restart(time.Second)
		w.settle(death)
		w.holds(death, oneOfEach)
		w.boughtOnce(death)
		w.delete()
		w.settle(death + ", then deleted")
		w.holds(death+", then deleted", onlyTheNumber)
	})
	releasing := func(t *testing.T) *world { return market(t, obeying(v1alpha1.DeletionPolicyRelease)) }
	everyDeath(t, releasing, func(w *world, death string) {
		w.restart(time.Second)
		w.delete()
		w.settle(death)
		w.holds(death, map[string]int{})
		if w.bought() > 1 {
			w.t.Errorf("%s: bought %d times", death, w.bought())
		}
	})
}

// TestAnswerToPurchaseIsLost looks for the number first, whatever the error was.
func TestAnswerToPurchaseIsLost(t *testing.T) {
	for _, class := range []external.Class{external.NetworkError, external.ProviderUnavailable, external.Unknown} {
		for _, applied := range []bool{false, true} {
			w := market(t)
			w.carrier.Lag = grace - 5*time.Second
			w.carrier.Fail(fake.Fault{Operation: fake.Create, Kind: "Number", Nth: 1, Applied: applied, Err: &external.Error{Class: class, Message: "no answer"}})
			w.visited()
			w.settle(string(class))
			w.holds(string(class), oneOfEach)
			w.boughtOnce(string(class))
		}
	}
}

// TestTwoLeadersPurchase holds a leader up before every effect while another one
// finishes, or takes all down.
func TestTwoLeadersPurchase(t *testing.T) {
	start := func(t *testing.T) *world { return market(t) }
	once := func(w *world, what string) {
		w.settle(what)
		w.boughtOnce(what)
	}
	everyPause(t, start, once, oneOfEach)
	everyPause(t, start, func(w *world, _ string) { _, _ = w.visit() }, oneOfEach)
	releasing := func(t *testing.T) *world { return market(t, obeying(v1alpha1.DeletionPolicyRelease)) }
	everyPause(t, releasing, func(w *world, what string) {
		w.delete()
		w.settle(what)
	}, map[string]int{})
}

// TestStaleViewBuysNothing reconciles every version of an object that is gone.
func TestStaleViewBuysNothing(t *testing.T) {
	w := market(t, obeying(v1alpha1.DeletionPolicyRelease))
	w.versions = append(w.versions, w.number())
	w.visited()
	w.delete()
	w.settle("deleted")
	w.clock.SetTime(w.clock.Now().Add(2 * grace))
	for _, version := range w.versions {
		_, _ = w.visitAs(version)
	}
	w.holds("long after", map[string]int{})
	w.boughtOnce("long after")
}

// TestTwoObjectsPurchase lets one of two objects buy the number; the other calls nobody.
func TestTwoObjectsPurchase(t *testing.T) {
	w := market(t)
	other := rival("younger", -time.Hour)
	acquiring(v1alpha1.AcquisitionPurchase)(other)
	if err := w.api.Create(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	w.visited()
	w.forget()
	if _, err := w.visitAs(other); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string(nil), w.calls()); diff != "" {
		t.Errorf("the loser calls nobody, -want +got:\n%s", diff)
	}
	w.boughtOnce("two objects")
}

// TestExistingBuysNothing leaves what is on sale where it is.
func TestExistingBuysNothing(t *testing.T) {
	w := market(t, acquiring(v1alpha1.AcquisitionExisting))
	w.visited()
	if got := condition(w.number(), v1alpha1.ConditionReady).Reason; got != v1alpha1.ReasonReferenceNotFound || w.bought() > 0 {
		t.Errorf("Ready says %s after %d purchases, want a number that is not there", got, w.bought())
	}
	w.edit(acquiring(v1alpha1.AcquisitionPurchase))
	w.settle("changed to Purchase")
	w.boughtOnce("changed to Purchase")
}
