package orphan

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/marker"
	"github.com/callplane/callplane/internal/provider/fake"
)

// TestSweep finds what an object that is gone has left at both providers, and says
// so once.
func TestSweep(t *testing.T) {
	w := newWorld(t)
	w.leave(dead)
	w.sweep()
	w.wantRecorded(dead, v1alpha1.OrphanOpen, everything...)
	want := v1alpha1.OrphanRecordSpec{
		Owner:  v1alpha1.OrphanOwner{Kind: v1alpha1.KindPhoneNumber, UID: dead},
		Reason: v1alpha1.ReasonSwept, Since: metav1.NewTime(instant),
	}
	if diff := cmp.Diff(want, w.record(dead).Spec); diff != "" {
		t.Errorf("whose, why and since when, -want +got:\n%s", diff)
	}
	w.wantTold("Warning Swept on "+dead, "Warning Swept on twilio", "Warning Swept on "+dead, "Warning Swept on livekit")
	version := w.record(dead).ResourceVersion
	w.sweep()
	w.wantTold()
	if now := w.record(dead).ResourceVersion; now != version {
		t.Error("a second sweep that finds nothing new wrote the record")
	}
	if changed := w.mutations(); len(changed) > 0 {
		t.Errorf("a sweep has changed something: %q", changed)
	}
}

// TestLeftInPeace reports nothing of what has an owner, or is none of our business,
// and does not ask the API server about it.
func TestLeftInPeace(t *testing.T) {
	rename := func(name string) func(*world) {
		return func(w *world) {
			w.carrier.Add(fake.Resource{Account: accountSID, Kind: "Trunk", ID: "TK", Name: name})
		}
	}
	cases := map[string]struct {
		reason string
		given  func(*world)
	}{
		"its owner has it":     {"it is in the ledger", rename(named(alive, "trunk"))},
		"another took it over": {"it bears its old name for a while", rename(named(dead, "trunk"))},
		"another installation": {"it looks after it itself", rename(marker.Owner{Installation: "zzz999", UID: dead}.For("trunk"))},
		"people":               {"they made it", rename("support line")},
		"another account": {"the list is not of it", func(w *world) {
			w.carrier.Add(fake.Resource{Account: "AC9", Kind: "Trunk", ID: "TK", Name: named(dead, "trunk")})
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, newNumber(trunk("TK")))
			c.given(w)
			w.onList = func() { t.Error("the numbers were listed live") }
			w.sweep()
			w.wantNoRecords()
			if t.Failed() {
				t.Log(c.reason)
			}
		})
	}
}

// TestMeanwhile has something happen between the provider's list and that of the
// API server.
func TestMeanwhile(t *testing.T) {
	cases := map[string]struct {
		reason string
		before func(*world)
		then   func(*world)
	}{
		"made": {
			reason: "its number was there before it, though a cache does not show it yet",
			before: func(w *world) { w.cached = newWorld(w.t).api },
			then:   func(w *world) { w.must(w.api.Create(w.t.Context(), newNumber(trunk("TK")))) },
		},
		"torn down": {
			reason: "its number is gone because it is",
			then:   func(w *world) { w.carrier.vanish("Trunk") },
		},
		"taken over": {
			reason: "an object of the same name has it in its ledger by now",
			then:   func(w *world) { w.must(w.api.Create(w.t.Context(), newNumber(trunk("TK")))) },
		},
		"intended": {
			reason: "its id is about to be written",
			then: func(w *world) {
				intent := trunk("")
				intent.State = v1alpha1.StatePending
				w.must(w.api.Create(w.t.Context(), newNumber(intent)))
			},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			owner := alive
			if name == "taken over" {
				owner = dead
			}
			w.carrier.Add(fake.Resource{Account: accountSID, Kind: "Trunk", ID: "TK", Name: named(owner, "trunk")})
			if c.before != nil {
				c.before(w)
			}
			happened := false
			w.onList = func() {
				if !happened {
					happened = true
					c.then(w)
				}
			}
			w.sweep()
			w.wantNoRecords()
			if !happened {
				t.Error("the numbers were not listed live")
			}
			if t.Failed() {
				t.Log(c.reason)
			}
		})
	}
}

// TestOneTooMany puts a second resource of a living object on a record of its own.
func TestOneTooMany(t *testing.T) {
	w := newWorld(t, newNumber(trunk("TK")))
	w.carrier.Add(fake.Resource{Account: accountSID, Kind: "Trunk", ID: "TK", Name: named(alive, "trunk")})
	w.carrier.Add(fake.Resource{Account: accountSID, Kind: "Trunk", ID: "TK2", Name: named(alive, "trunk")})
	w.sweep()
	w.wantRecorded(alive+"-duplicates", v1alpha1.OrphanOpen, "trunk TK2")
	if owner := w.record(alive + "-duplicates").Spec.Owner; owner.Namespace != namespace || owner.Name != "line" || owner.Number != "+15550100" {
		t.Errorf("the record is of %+v, want the number named", owner)
	}
	w.wantTold("Warning Swept on "+alive+"-duplicates", "Warning Swept on twilio")
}

// TestNothingOnError neither reports nor closes anything when a list, or a look,
// fails.
func TestNothingOnError(t *testing.T) {
	for _, kind := range []string{"Trunk", "List"} {
		for _, operation := range []fake.Operation{fake.List, fake.Observe} {
			t.Run(string(operation)+" "+kind, func(t *testing.T) {
				w := newWorld(t)
				w.recorded(v1alpha1.ReasonForceDeleted, trunk("gone"))
				w.leave(dead)
				w.carrier.Fail(fake.Fault{Operation: operation, Kind: kind, Err: &external.Error{Class: external.ProviderUnavailable, Message: "away"}})
				sweepOf(w, newAccount(namespace, "twilio"))
				w.wantRecorded(alive, v1alpha1.OrphanOpen, "trunk gone")
				if operation == fake.List && w.record(dead) != nil {
					t.Error("something was reported from a list that is not whole")
				}
				w.carrier.Heal()
				sweepOf(w, newAccount(namespace, "twilio"))
				w.wantRecorded(alive, v1alpha1.OrphanClosed)
				w.wantRecorded(dead, v1alpha1.OrphanOpen, everything[:4]...)
			})
		}
	}
}

// TestClosed closes a record once all that was made is seen to be gone, whyever it
// was left; the number that was there before stays, and is not waited for.
func TestClosed(t *testing.T) {
	number := ledger.Entry{Slot: "number", Provider: "twilio", Kind: "Number", Account: accountSID, ID: "PN", Origin: v1alpha1.OriginAdopted}
	inbound := ledger.Entry{Slot: "inbound", Provider: "livekit", Kind: "Inbound", Account: host, ID: "ST", Origin: v1alpha1.OriginCreated}
	for _, reason := range []string{v1alpha1.ReasonForceDeleted, v1alpha1.ReasonRetained, v1alpha1.ReasonSwept} {
		t.Run(reason, func(t *testing.T) {
			w := newWorld(t)
			w.platform.Add(fake.Resource{Account: host, Kind: "Inbound", ID: "ST", Name: named(alive, "inbound")})
			w.recorded(reason, number, trunk("TK"), inbound)
			w.sweep()
			w.wantRecorded(alive, v1alpha1.OrphanOpen, "inbound ST")
			w.wantTold()
			w.platform.vanish("Inbound")
			w.sweep()
			w.wantRecorded(alive, v1alpha1.OrphanClosed)
			w.wantTold("Normal OrphansGone on " + alive)
		})
	}
}

// TestOwnedAgain closes the record of what was taken over by an object whose manager
// died before it could do so; a cache alone is not believed.
func TestOwnedAgain(t *testing.T) {
	w := newWorld(t)
	w.carrier.Add(fake.Resource{Account: accountSID, Kind: "Trunk", ID: "TK", Name: named(dead, "trunk")})
	w.sweep()
	w.told()
	copied := w.record(dead)
	copied.ResourceVersion = ""
	w.cached = newWorld(t, newNumber(trunk("TK")), copied).api
	w.sweep()
	w.wantRecorded(dead, v1alpha1.OrphanOpen, "trunk TK")
	w.cached = w.api
	w.must(w.api.Create(t.Context(), newNumber(trunk("TK"))))
	w.sweep()
	w.wantRecorded(dead, v1alpha1.OrphanClosed)
	w.wantTold("Normal OrphansGone on " + dead)
}

// TestGrace believes that what was about to be made was not only after the grace.
func TestGrace(t *testing.T) {
	w := newWorld(t)
	intent := trunk("")
	intent.State, intent.Name, intent.Since = v1alpha1.StatePending, named(alive, "trunk"), new(metav1.NewTime(instant))
	w.recorded(v1alpha1.ReasonForceDeleted, intent)
	w.sweep()
	w.wantRecorded(alive, v1alpha1.OrphanOpen, "trunk ")
	w.clock.SetTime(instant.Add(grace + time.Second))
	w.sweep()
	w.wantRecorded(alive, v1alpha1.OrphanClosed)
}

// TestOncePerAccount sweeps an account for one of the objects that stand for it, and
// not while none of them is verified.
func TestOncePerAccount(t *testing.T) {
	first, broken := newAccount("a", "first"), newAccount("0", "broken")
	broken.Status.Conditions = nil
	w := newWorld(t, first, newSecret("a", "first"), broken)
	sweepOf(w, newAccount(namespace, "twilio"))
	sweepOf(w, newAccount("0", "broken"))
	if calls := w.carrier.Log(); len(calls) > 0 {
		t.Errorf("%v: another object stands for the account", calls)
	}
	sweepOf(w, newAccount("a", "first"))
	if calls := w.carrier.Log(fake.List); len(calls) != 4 {
		t.Errorf("%v: want one list of each kind that can bear a name, or is counted", calls)
	}
}

// TestNotes names what was found and where it is on record, within an event's length.
func TestNotes(t *testing.T) {
	w := newWorld(t)
	w.leave(dead)
	w.sweep()
	for _, words := range []string{accountSID, "twilio Trunk TK, twilio List CL", dead, managerNamespace} {
		if !slices.ContainsFunc(w.events, func(event string) bool { return strings.Contains(event, words) && len(event) < 1024 }) {
			t.Errorf("no event says %q: %q", words, w.events)
		}
	}
}

// recorded is on record of an object that is gone.
func (w *world) recorded(reason string, entries ...ledger.Entry) {
	w.t.Helper()
	if err := w.orphans().Record(w.t.Context(), newNumber(entries...), reason, metav1.NewTime(instant)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// vanish lets everything of a kind be gone.
func (e end) vanish(kind string) {
	for _, resource := range e.All(kind) {
		work, _ := e.Session(resource.Account).Driver(kind)
		if err := work.Delete(context.Background(), external.Call{ID: resource.ID}); err != nil {
			panic(err)
		}
	}
	e.Forget()
}
