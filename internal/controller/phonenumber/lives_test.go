package phonenumber

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider/fake"
)

// fromBackup is how an object comes back that has lost its status.
func fromBackup(number *v1alpha1.PhoneNumber) {
	number.Finalizers = []string{v1alpha1.FinalizerTeardown}
}

// TestAnotherNumberOfTheName creates an object of the same name with another number,
// as people do who must change it, and has its first visit fail: what the first one
// left is that number's, also where nothing but a name tells of it.
func TestAnotherNumberOfTheName(t *testing.T) {
	const other = "+15550111"
	cases := map[string]struct {
		reason string
		given  func(*world)
	}{
		"on record": {reason: "it was retained for its own number", given: func(w *world) { w.delete(); w.visited() }},
		"not on record": {reason: "its own number is on the trunk", given: func(w *world) {
			w.loseObject()
			w.carrier.All("Trunk")[0].UsedBy = e164
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := established(t, obeying(v1alpha1.DeletionPolicyRetain))
			before := w.ids()
			c.given(w)
			w.createAgain(func(n *v1alpha1.PhoneNumber) { n.Spec.Number = other })
			w.visited()
			w.carrier.Add(fake.Resource{Account: accountSID, Kind: "Number", ID: "PN2", Name: other})
			w.settle(name)
			for _, entry := range w.number().Status.ExternalResources {
				if entry.ID == before[entry.Kind] {
					t.Errorf("%s: the %s was taken over", c.reason, entry.Kind)
				}
			}
		})
	}
}

// TestAllOrNothing takes nothing over while it is not known what all lives have
// left: with a part of it in the ledger nobody would look for the rest.
func TestAllOrNothing(t *testing.T) {
	w := established(t)
	older := w.Reconciler.visit(newNumber()).Named("55555555-eeee-4eee-8eee-eeeeeeeeeeee")
	w.platform.All("Outbound")[0].Name = older.For(external.SlotOutboundTrunk)
	w.loseObject()
	w.createAgain(fromBackup)
	w.clock.SetTime(w.clock.Now().Add(2 * grace))
	looks := 0
	w.meddle = func(_ int, e effect, work func() error) error {
		if e.what != "observe Outbound" {
			return work()
		}
		looks++
		if looks == 2 {
			return refusal(external.NetworkError)
		}
		return work()
	}
	w.visited()
	if looks < 2 || len(w.number().Status.ExternalResources) > 0 {
		t.Fatalf("after %d looks the ledger is %v, want it empty", looks, w.number().Status.ExternalResources)
	}
	w.rewind()
	w.settle("both lives")
	w.holds("both lives", oneOfEach)
}

// TestSettledWhateverComesNext closes the record with the take-over, so that what is
// deleted afterwards is on no record.
func TestSettledWhateverComesNext(t *testing.T) {
	w := forcedNumber(t)
	w.createAgain()
	w.meddle = func(_ int, e effect, work func() error) error {
		if e.what == "observe Number" {
			return refusal(external.NumberInUse)
		}
		return work()
	}
	w.visited()
	w.rewind()
	w.delete()
	w.settle("deleted")
	w.wantNothingForgotten("deleted")
	if record := w.orphan(); record.Status.State != v1alpha1.OrphanClosed {
		t.Errorf("the record lists %v, which is gone", record.Status.Resources)
	}
}

// TestClosedStaysClosed has a leader that was paused before it wrote the record go on
// when the number was created again and has taken over what it lists.
func TestClosedStaysClosed(t *testing.T) {
	for name, start := range map[string]func(*testing.T) *world{
		"forced": func(t *testing.T) *world {
			w := corruptedNumber(t)
			w.edit(force)
			return w
		},
		"retained": func(t *testing.T) *world {
			w := established(t, obeying(v1alpha1.DeletionPolicyRetain))
			w.delete()
			return w
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := start(t)
			w.pauseAt(1, func() {
				leader := w.Reconciler
				w.Reconciler = w.newReconciler()
				w.settle("another leader")
				w.createAgain()
				w.settle("taken over")
				w.Reconciler = leader
			})
			_, _ = w.visit()
			if record := w.orphan(); record.Status.State != v1alpha1.OrphanClosed {
				t.Errorf("the record lists again what a live object has: %v", record.Status.Resources)
			}
		})
	}
}

// TestTwoRecords does not mix what two earlier objects have left: a number is on the
// trunk of one of them.
func TestTwoRecords(t *testing.T) {
	w := forcedNumber(t)
	w.carrier.vanish(t, "Attachment")
	second := newNumber(func(n *v1alpha1.PhoneNumber) { n.UID = "99999999-aaaa-4aaa-8aaa-aaaaaaaaaaaa" })
	trunk := w.Reconciler.visit(second).Marker(external.SlotTrunk)
	w.carrier.Add(fake.Resource{Account: accountSID, Kind: "Trunk", ID: "TB", Name: trunk})
	w.carrier.Add(fake.Resource{Account: accountSID, Kind: "Attachment", ID: "PN", ParentID: "TB"})
	entry := v1alpha1.ExternalResource{
		Provider: "twilio", Account: accountSID, Connection: v1alpha1.Connection{Kind: v1alpha1.KindTwilioAccount, Name: "twilio"},
		Origin: v1alpha1.OriginCreated, State: v1alpha1.StateReady,
	}
	entry.Slot, entry.Kind, entry.ID, entry.Name = "trunk", "Trunk", "TB", trunk
	second.Status.ExternalResources = append(second.Status.ExternalResources, entry)
	entry.Slot, entry.Kind, entry.ID, entry.Name, entry.ParentID = "attach", "Attachment", "PN", "", "TB"
	second.Status.ExternalResources = append(second.Status.ExternalResources, entry)
	if err := w.Orphans.Record(t.Context(), second, v1alpha1.ReasonForceDeleted, w.Reconciler.visit(second).Now); err != nil {
		t.Fatal(err)
	}
	w.createAgain()
	w.visited()
	ids := map[string]string{}
	for _, entry := range w.number().Status.ExternalResources {
		ids[entry.Slot] = entry.ID
		if entry.Slot == "attach" && entry.ParentID != ids["trunk"] {
			t.Errorf("the number is recorded on %s, and the trunk is %s", entry.ParentID, ids["trunk"])
		}
	}
}

// TestBoughtAgain closes the record of a number that was given up and got back, which
// gave it another id.
func TestBoughtAgain(t *testing.T) {
	w := forcedNumber(t)
	w.carrier.vanish(t, "Attachment")
	w.carrier.vanish(t, "Number")
	w.carrier.Add(fake.Resource{Account: accountSID, Kind: "Number", ID: "PN9", Name: e164})
	w.createAgain()
	w.settle("bought again")
	if record := w.orphan(); record.Status.State != v1alpha1.OrphanClosed {
		t.Errorf("the record still lists %v", record.Status.Resources)
	}
}

// TestRecordOfItself takes over what is on record of this very object, when it comes
// back from a time before it was forced.
func TestRecordOfItself(t *testing.T) {
	w := forcedNumber(t)
	before := w.carrier.All("Trunk")[0].ID
	w.createAgain(fromBackup, func(n *v1alpha1.PhoneNumber) { n.UID = newNumber().UID })
	w.settle("restored")
	w.holds("restored", oneOfEach)
	if got := w.carrier.All("Trunk")[0].ID; got != before {
		t.Errorf("the trunk is %s, want %s", got, before)
	}
	w.clock.SetTime(w.clock.Now().Add(time.Minute))
	if record := w.orphan(); record.Status.State != v1alpha1.OrphanClosed {
		t.Errorf("the record still lists %v", record.Status.Resources)
	}
}

// TestTakesOverWhatWasSwept closes the record of a sweep, which knows no more of its
// object than a UID.
func TestTakesOverWhatWasSwept(t *testing.T) {
	w := established(t)
	before := w.ids()
	entries := w.number().Status.ExternalResources[1:]
	w.loseObject()
	owner := v1alpha1.OrphanOwner{Kind: v1alpha1.KindPhoneNumber, UID: string(newNumber().UID)}
	if _, err := w.Orphans.Found(t.Context(), owner.UID, owner, entries, w.Reconciler.visit(newNumber()).Now); err != nil {
		t.Fatal(err)
	}
	w.createAgain()
	w.settle("created again")
	w.holds("created again", oneOfEach)
	if diff := cmp.Diff(before, w.ids()); diff != "" {
		t.Errorf("ids, -before +after:\n%s", diff)
	}
	if record := w.orphan(); record.Status.State != v1alpha1.OrphanClosed {
		t.Errorf("the record still lists %v", record.Status.Resources)
	}
}
