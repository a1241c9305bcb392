package phonenumber

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/marker"
	"github.com/callplane/callplane/internal/provider/fake"
)

// importable is what people have made at both providers, by slot.
var importable = map[string]string{"trunk": "TK", "creds": "CL", "inbound": "ST", "rule": "SDR", "outbound": "ST-out"}

// importing lets a number use what people have made.
func importing(onDelete v1alpha1.OnDelete, slots ...string) change {
	return func(n *v1alpha1.PhoneNumber) {
		for _, slot := range slots {
			n.Spec.Import = append(n.Spec.Import, v1alpha1.ImportedResource{Slot: slot, ID: importable[slot], OnDelete: onDelete})
		}
	}
}

// furnished is a world in which people have made all that can be imported, and more
// inside of it.
func furnished(t *testing.T, changes ...change) *world {
	t.Helper()
	w := newWorld(t, changes...)
	for _, r := range []fake.Resource{
		{Kind: "Trunk", ID: "TK", Name: "ivr"}, {Kind: "URL", ID: "OU", ParentID: "TK", Name: "theirs", Spec: "sip:my-project.sip.livekit.cloud"},
		{Kind: "List", ID: "CL", Name: "phones"}, {Kind: "Credential", ID: "CR", ParentID: "CL", Key: "desk"}, {Kind: "ListLink", ID: "CL", ParentID: "TK"},
	} {
		r.Account = accountSID
		w.carrier.Add(r)
	}
	for _, r := range []fake.Resource{
		{Kind: "Inbound", ID: "ST", Name: "reception"}, {Kind: "Rule", ID: "SDR", Name: "to the ivr"}, {Kind: "Outbound", ID: "ST-out", Name: "dialler"},
	} {
		r.Account = host
		w.platform.Add(r)
	}
	return w
}

// theirs lists what is at both providers, as it is.
func (w *world) inventory() []string {
	var all []string
	for _, r := range append(w.carrier.All(""), w.platform.All("")...) {
		all = append(all, fmt.Sprintf("%s %s in %q named %q %v", r.Kind, r.ID, r.ParentID, r.Name, r.Spec))
	}
	slices.Sort(all)
	return all
}

func (w *world) wantUntouched(what string, before []string) {
	w.t.Helper()
	if diff := cmp.Diff(before, w.inventory()); diff != "" {
		w.t.Errorf("%s: what people have made, -before +after:\n%s\n%q", what, diff, w.happened())
	}
}

// subsets are imports that belong together.
var subsets = [][]string{
	{"trunk"}, {"creds"}, {"inbound"}, {"trunk", "creds"}, {"inbound", "rule"}, {"trunk", "outbound"}, {"trunk", "creds", "inbound", "rule", "outbound"},
}

// TestLent uses what people have made as it is, and leaves it as it was.
func TestLent(t *testing.T) {
	for _, slots := range subsets {
		for _, policy := range []v1alpha1.DeletionPolicy{v1alpha1.DeletionPolicyTeardown, v1alpha1.DeletionPolicyRelease} {
			what := fmt.Sprint(policy, slots)
			w := furnished(t, importing(v1alpha1.OnDeleteLeave, slots...), obeying(policy))
			before := w.inventory()
			w.settle(what)
			for _, slot := range slots {
				if got := w.entry(external.Slot(slot)); got.Origin != v1alpha1.OriginImported || got.ID != importable[slot] || got.Name != "" {
					t.Errorf("%s: the ledger has %+v, want it to be imported as it is", what, got)
				}
			}
			during := w.inventory()
			for _, thing := range before {
				if !slices.Contains(during, thing) {
					t.Errorf("%s: %s was changed", what, thing)
				}
			}
			w.delete()
			w.settle(what + ", deleted")
			if policy == v1alpha1.DeletionPolicyRelease {
				before = slices.DeleteFunc(before, func(thing string) bool { return strings.HasPrefix(thing, "Number ") })
			}
			w.wantUntouched(what, before)
		}
	}
}

// TestImportedToBeDeleted makes of what people have made the number's own.
func TestImportedToBeDeleted(t *testing.T) {
	all := subsets[len(subsets)-1]
	w := furnished(t, importing(v1alpha1.OnDeleteDelete, all...))
	w.settle("set up")
	for _, slot := range all {
		want := w.Reconciler.visit(newNumber()).Marker(external.Slot(slot))
		if got := w.entry(external.Slot(slot)); got.Origin != v1alpha1.OriginImported || got.ID != importable[slot] || got.Name != want {
			t.Errorf("the ledger has %+v, want it to be imported and named %s", got, want)
		}
	}
	w.delete()
	w.settle("deleted")
	w.holds("deleted", onlyTheNumber)
}

// TestImportedIsRenamed deletes what was imported only while it bears our name.
func TestImportedIsRenamed(t *testing.T) {
	w := furnished(t, importing(v1alpha1.OnDeleteDelete, "inbound"))
	w.settle("set up")
	for _, trunk := range w.platform.All("Inbound") {
		trunk.Name = "reception"
	}
	w.delete()
	w.events.lines = nil
	w.settle("deleted")
	if left := w.platform.All("Inbound"); len(left) != 1 || !slices.ContainsFunc(w.events.lines, func(line string) bool { return strings.HasPrefix(line, "Warning LeftAlone") }) {
		t.Errorf("left %d inbound trunks, and said %q, want the one that was given another name", len(left), w.events.lines)
	}
}

// TestNotImported refuses what is not there, is somebody else's, or cannot serve, and
// touches nothing.
func TestNotImported(t *testing.T) {
	cases := map[string]struct {
		reason string
		given  func(*world)
		want   string
		says   string
	}{
		"not there":    {reason: "it is never created", given: func(w *world) { w.platform.vanish(w.t, "Inbound") }, want: v1alpha1.ReasonReferenceNotFound, says: "Inbound ST, which is imported as inbound"},
		"of a number":  {reason: "its marker says so", given: named("Inbound", marker.Owner{Installation: "abc234", UID: otherUID, Namespace: namespace, Name: "other"}.For("inbound")), want: v1alpha1.ClassInvalidConfiguration, says: "a Callplane made it"},
		"of another":   {reason: "another installation made it", given: named("Inbound", marker.Owner{Installation: "zzzzzz", UID: otherUID, Namespace: namespace, Name: "other"}.For("inbound")), want: v1alpha1.ClassInvalidConfiguration, says: "a Callplane made it"},
		"in a ledger":  {reason: "another number imports it, too", given: otherLedger, want: v1alpha1.ClassInvalidConfiguration, says: "the PhoneNumber support/other has it"},
		"cannot serve": {reason: "calls would not come", given: func(w *world) { w.platform.All("Inbound")[0].Lacks = []string{"the number " + e164} }, want: v1alpha1.ClassInvalidConfiguration, says: "it lacks the number " + e164},
		"not linked":   {reason: "both ends are left as they are", given: func(w *world) { w.carrier.vanish(w.t, "ListLink") }, want: v1alpha1.ReasonReferenceNotFound, says: "must be linked already"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := furnished(t, importing(v1alpha1.OnDeleteLeave, "trunk", "creds", "inbound"))
			c.given(w)
			before := w.inventory()
			w.visited()
			ready := condition(w.number(), v1alpha1.ConditionReady)
			if ready.Reason != c.want || !strings.Contains(ready.Message, c.says) {
				t.Errorf("Ready is %s: %s, want %s and %q: %s", ready.Reason, ready.Message, c.want, c.says, c.reason)
			}
			w.wantUntouched(c.reason, before)
		})
	}
}

func named(kind, name string) func(*world) {
	return func(w *world) { w.platform.All(kind)[0].Name = name }
}

// otherLedger lets another number have the inbound trunk.
func otherLedger(w *world) {
	other := newNumber(func(n *v1alpha1.PhoneNumber) { n.Name, n.UID, n.Spec.Number = "other", otherUID, "+15550199" })
	if err := w.api.Create(w.t.Context(), other); err != nil {
		w.t.Fatal(err)
	}
	other.Status.ExternalResources = []v1alpha1.ExternalResource{{
		Slot: "inbound", Provider: "livekit", Kind: "Inbound", Account: host, ID: "ST", Origin: v1alpha1.OriginImported, State: v1alpha1.StateReady,
	}}
	if err := w.api.Status().Update(w.t.Context(), other); err != nil {
		w.t.Fatal(err)
	}
}

// TestImportDies lets the process die at every effect, and another one finish, or take
// all down: what is lent is as it was, and what is not is gone.
func TestImportDies(t *testing.T) {
	all := subsets[len(subsets)-1]
	lent := func(t *testing.T) *world { return furnished(t, importing(v1alpha1.OnDeleteLeave, all...)) }
	before := lent(t).inventory()
	everyDeath(t, lent, func(w *world, death string) {
		w.restart(time.Second)
		w.settle(death)
		w.delete()
		w.settle(death + ", then deleted")
		w.wantUntouched(death+", then deleted", before)
	})
	everyDeath(t, lent, func(w *world, death string) {
		w.restart(time.Second)
		w.delete()
		w.settle(death)
		w.wantUntouched(death, before)
	})
	own := func(t *testing.T) *world { return furnished(t, importing(v1alpha1.OnDeleteDelete, all...)) }
	everyDeath(t, own, func(w *world, death string) {
		w.restart(time.Second)
		w.settle(death)
		w.delete()
		w.settle(death + ", then deleted")
		w.holds(death+", then deleted", onlyTheNumber)
	})
}

// TestImportByTwoLeaders holds a leader up before every effect while another one
// finishes, or takes all down.
func TestImportByTwoLeaders(t *testing.T) {
	lent := func(t *testing.T) *world {
		return furnished(t, importing(v1alpha1.OnDeleteLeave, "trunk", "creds", "inbound"))
	}
	before := lent(t).inventory()
	whole := lent(t)
	whole.visited()
	for nth := range whole.effects {
		w := lent(t)
		what := "a leader that paused before " + whole.effects[nth].what
		w.pauseAt(nth+1, func() {
			leader := w.Reconciler
			w.Reconciler = w.newReconciler()
			w.delete()
			w.settle(what)
			w.Reconciler = leader
		})
		_, _ = w.visit()
		w.restart(time.Second)
		w.settle(what)
		w.wantUntouched(what, before)
	}
}

// TestLentToTheNextOne uses what an earlier object of the name was lent, with what that
// has left in it.
func TestLentToTheNextOne(t *testing.T) {
	all := subsets[len(subsets)-1]
	w := furnished(t, importing(v1alpha1.OnDeleteLeave, all...), obeying(v1alpha1.DeletionPolicyRetain))
	before := w.inventory()
	w.settle("set up")
	during := w.inventory()
	w.delete()
	w.settle("retained")
	w.createAgain(importing(v1alpha1.OnDeleteLeave, all...))
	w.settle("created again")
	if diff := cmp.Diff(len(during), len(w.inventory())); diff != "" {
		t.Errorf("more things than before, or fewer: %s", diff)
	}
	w.delete()
	w.settle("deleted")
	w.wantUntouched("deleted", before)
}

// TestLentIsLetGo leaves what the number does not ask for any more.
func TestLentIsLetGo(t *testing.T) {
	w := furnished(t, importing(v1alpha1.OnDeleteLeave, "trunk", "outbound"))
	w.settle("set up")
	w.edit(func(n *v1alpha1.PhoneNumber) { n.Spec.Outbound = nil })
	w.settle("without outbound calls")
	if got := w.entry(external.SlotOutboundTrunk); got.ID != "" {
		t.Errorf("the ledger has %+v still", got)
	}
	if left := w.platform.All("Outbound"); len(left) != 1 || left[0].Name != "dialler" {
		t.Errorf("left %v, want the outbound trunk of the people", left)
	}
}
