package phonenumber

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/api/v1alpha1"
)

// TestRestored finds everything again of a number whose status is gone, in the
// ways in which that happens.
func TestRestored(t *testing.T) {
	held := func(n *v1alpha1.PhoneNumber) { n.Finalizers = []string{v1alpha1.FinalizerTeardown} }
	cases := map[string]struct {
		reason  string
		changes []change
	}{
		"from Git":      {reason: "the cluster was lost, the installation's id was kept"},
		"from a backup": {reason: "backups keep finalizers and drop the status", changes: []change{held}},
		"with its UID":  {reason: "etcd was restored from a time before the status was written", changes: []change{held, func(n *v1alpha1.PhoneNumber) { n.UID = newNumber().UID }}},
		"changed since": {reason: "the spec in Git may be newer than what was made", changes: []change{func(n *v1alpha1.PhoneNumber) { n.Spec.DisplayName = "Support" }}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := established(t)
			before := w.ids()
			w.loseObject()
			w.createAgain(c.changes...)
			w.settle(name)
			w.holds(c.reason, oneOfEach)
			w.wantMarked(c.reason)
			if diff := cmp.Diff(before, w.ids()); diff != "" {
				t.Errorf("%s: -before +after:\n%s", c.reason, diff)
			}
			w.delete()
			w.settle(name)
			w.holds(c.reason, onlyTheNumber)
		})
	}
}

// TestHalfRestored finds again what a setup had made before the status was lost.
func TestHalfRestored(t *testing.T) {
	for nth := range madeBy(t) {
		w := newWorld(t)
		w.dieAt(nth+1, true)
		_, _ = w.visit()
		what := fmt.Sprintf("died at effect %d, then lost its status", nth+1)
		w.restart(time.Second)
		w.amend(func(n *v1alpha1.PhoneNumber) {
			n.Status = v1alpha1.PhoneNumberStatus{LifecycleStatus: v1alpha1.LifecycleStatus{ObservedGeneration: -1}}
		})
		w.settle(what)
		w.holds(what, oneOfEach)
	}
}

// TestRestoredFromBackup finds again what a setup had made, at every effect, when the
// object comes back with another UID, its finalizer and no status; also where the
// number is on no trunk.
func TestRestoredFromBackup(t *testing.T) {
	for nth, effect := range append(madeBy(t), "set up", "taken off the trunk") {
		w := newWorld(t)
		w.dieAt(nth+1, true)
		_, _ = w.visit()
		what := "died after " + effect + ", then came back from a backup"
		w.restart(time.Second)
		if effect == "taken off the trunk" {
			w.carrier.vanish(t, "Attachment")
		}
		w.loseObject()
		w.createAgain(func(n *v1alpha1.PhoneNumber) { n.Finalizers = []string{v1alpha1.FinalizerTeardown} })
		w.settle(what)
		w.holds(what, oneOfEach)
		w.wantMarked(what)
	}
}

// TestRestoredWithLess finds what the number asked for before its status was lost,
// though it does not any more.
func TestRestoredWithLess(t *testing.T) {
	w := established(t)
	w.loseObject()
	w.createAgain(func(n *v1alpha1.PhoneNumber) { n.Spec.Outbound = nil })
	w.settle("restored")
	w.delete()
	w.settle("deleted")
	w.holds("deleted", onlyTheNumber)
}
