package phonenumber

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
)

func withoutOutbound(n *v1alpha1.PhoneNumber) { n.Spec.Outbound = nil }
func withoutInbound(n *v1alpha1.PhoneNumber)  { n.Spec.Inbound = nil }

func inBothDirections(n *v1alpha1.PhoneNumber) {
	n.Spec.Inbound, n.Spec.Outbound = &v1alpha1.Inbound{}, &v1alpha1.Outbound{}
}

var (
	inboundAlone  = map[string]int{"Number": 1, "Trunk": 1, "URL": 1, "Attachment": 1, "Inbound": 1, "Rule": 1}
	outboundAlone = map[string]int{"Number": 1, "Trunk": 1, "List": 1, "Credential": 1, "ListLink": 1, "Attachment": 1, "Outbound": 1}
)

func TestRetire(t *testing.T) {
	cases := map[string]struct {
		reason string
		change change
		calls  []string
		want   map[string]int
		gone   []external.Slot
	}{
		"outbound": {
			reason: "calls to the number go on, so nothing of theirs is touched", change: withoutOutbound,
			calls: []string{"delete ListLink", "delete Credential", "delete List", "delete Outbound"}, want: inboundAlone,
			gone: []external.Slot{external.SlotCredentialList, external.SlotCredential, external.SlotCredentialListLink, external.SlotOutboundTrunk},
		},
		"inbound": {
			reason: "the agent is unlinked first", change: withoutInbound,
			calls: []string{"delete Rule", "delete URL", "delete Inbound"}, want: outboundAlone,
			gone: []external.Slot{external.SlotOriginationURL, external.SlotInboundTrunk, external.SlotDispatchRule},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := established(t, inBothDirections)
			w.edit(c.change)
			w.visited()
			if diff := cmp.Diff(c.calls, w.mutations()); diff != "" {
				t.Errorf("%s, -want +got:\n%s", c.reason, diff)
			}
			w.holds(c.reason, c.want)
			number := w.number()
			for _, slot := range c.gone {
				if _, recorded := ledger.Find(number.Status.ExternalResources, slot); recorded {
					t.Errorf("%s is gone, and still in the ledger", slot)
				}
			}
			if ready := condition(number, v1alpha1.ConditionReady); ready.Status != "True" || ready.ObservedGeneration != number.Generation {
				t.Errorf("got %+v, want the number Ready for its new spec", ready)
			}
			if linked := number.Status.LinkedAgent != ""; linked != (number.Spec.Inbound != nil) {
				t.Errorf("linked to %q, want an agent only while calls are taken", number.Status.LinkedAgent)
			}
			w.edit(inBothDirections)
			w.settle("asked for again")
			w.holds("asked for again", oneOfEach)
			w.delete()
			w.settle("deleted")
			w.holds("deleted", onlyTheNumber)
		})
	}
}

// TestRetireDies lets the process die at every effect of taking one direction down,
// and the next one finish it, or find that it is wanted again, or that all is to go.
func TestRetireDies(t *testing.T) {
	start := func(t *testing.T) *world {
		w := established(t, inBothDirections)
		w.edit(withoutOutbound)
		return w
	}
	everyDeath(t, start, func(w *world, death string) {
		w.restart(time.Second)
		w.settle(death)
		w.holds(death, inboundAlone)
	})
	everyDeath(t, start, func(w *world, death string) {
		w.restart(time.Second)
		w.edit(inBothDirections)
		w.settle(death + ", then wanted again")
		w.holds(death+", then wanted again", oneOfEach)
	})
	everyDeath(t, start, func(w *world, death string) {
		w.restart(time.Second)
		w.delete()
		w.settle(death + ", then deleted")
		w.holds(death+", then deleted", onlyTheNumber)
	})
}

// TestAskedForLessHalfway lets the setup die at every effect, and less be asked for
// before it goes on: what was made and not recorded goes too.
func TestAskedForLessHalfway(t *testing.T) {
	for _, c := range []struct {
		change change
		want   map[string]int
	}{{withoutInbound, outboundAlone}, {withoutOutbound, inboundAlone}} {
		everyDeath(t, func(t *testing.T) *world { return newWorld(t, inBothDirections) }, func(w *world, death string) {
			w.restart(time.Second)
			w.edit(c.change)
			w.settle(death)
			w.holds(death, c.want)
		})
	}
}

// TestRetireFromAStaleView reconciles from before the spec asked for it again.
func TestRetireFromAStaleView(t *testing.T) {
	w := established(t, inBothDirections)
	w.edit(withoutOutbound)
	stale := w.number()
	w.edit(inBothDirections)
	if _, err := w.visitAs(stale); err == nil {
		t.Error("the fence was accepted, want a conflict")
	}
	if got := w.mutations(); len(got) > 0 {
		t.Errorf("%q, want nothing to be changed from a stale view", got)
	}
	w.holds("in the end", oneOfEach)
}

// TestRetireFails keeps in the ledger what could not be taken down, and says so.
func TestRetireFails(t *testing.T) {
	w := established(t, inBothDirections)
	w.edit(withoutOutbound)
	w.failAt("delete List", 0, &external.Error{Class: external.PermissionDenied, Message: "the key may not delete lists"})
	w.visited()
	number := w.number()
	if ready := condition(number, v1alpha1.ConditionReady); ready.Reason != string(external.PermissionDenied) || ready.Status != "False" {
		t.Errorf("got %+v, want the failure to be shown", ready)
	}
	entry, _ := ledger.Find(number.Status.ExternalResources, external.SlotCredentialList)
	if entry.State != v1alpha1.StateDeleting || entry.ErrorClass != string(external.PermissionDenied) {
		t.Errorf("the ledger has %+v, want it to say why the list is still there", entry)
	}
	w.visited()
	if diff := cmp.Diff(number.Status.Conditions, w.number().Status.Conditions); diff != "" {
		t.Errorf("an unchanged failure is shown differently:\n%s", diff)
	}
	w.meddle = nil
	w.settle("permitted")
	w.holds("permitted", inboundAlone)
}
