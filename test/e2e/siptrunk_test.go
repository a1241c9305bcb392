package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/twiliosim"
	"github.com/callplane/callplane/test/world"
)

const second = "+14155550160"

// makesCalls lets a number on a shared trunk make calls too.
func makesCalls(number *v1alpha1.PhoneNumber) { number.Spec.Outbound = &v1alpha1.Outbound{} }

// numbered gives a number another one of the account.
func numbered(e164 string) func(*v1alpha1.PhoneNumber) {
	return func(number *v1alpha1.PhoneNumber) { number.Spec.Number = e164 }
}

// awaitTrunk waits until a condition of a trunk has a reason.
func awaitTrunk(t *testing.T, w *world.World, name, condition, reason string) *v1alpha1.SIPTrunk {
	t.Helper()
	var trunk v1alpha1.SIPTrunk
	eventually(t, fmt.Sprintf("%s of the trunk %s to be %s", condition, name, reason), func(ctx context.Context) string {
		if err := w.Client.Get(ctx, client.ObjectKey{Namespace: w.Namespace, Name: name}, &trunk); err != nil {
			return err.Error()
		}
		found := meta.FindStatusCondition(trunk.Status.Conditions, condition)
		if found == nil || found.Reason != reason || found.ObservedGeneration != trunk.Generation {
			return "it has " + render(trunk.Status)
		}
		return ""
	})
	return &trunk
}

// awaitCallers waits until calls can be made from exactly some numbers.
func awaitCallers(t *testing.T, w *world.World, want ...string) {
	t.Helper()
	eventually(t, fmt.Sprintf("calls to be made from %q", want), func(ctx context.Context) string {
		trunks, err := w.LiveKit.OutboundTrunks(ctx)
		if err != nil {
			return err.Error()
		}
		var callers []string
		for _, trunk := range trunks {
			if len(trunk.Numbers) == 0 {
				t.Fatalf("the outbound trunk %s has no numbers: it is everybody's", trunk.SipTrunkId)
			}
			callers = append(callers, trunk.Numbers...)
		}
		slices.Sort(callers)
		return cmp.Diff(want, callers)
	})
}

// TestSharedTrunk has two numbers share a trunk, takes one away, and then all: the
// trunk waits for its last number, and is never without one while it makes calls.
func TestSharedTrunk(t *testing.T) {
	w, _ := calmWorld(t)
	w.Twilio.AddNumber(w.Account.SID, second, twiliosim.NumberOptions{})
	trunk := w.SIPTrunk("main")
	create(t, w, trunk)
	awaitTrunk(t, w, "main", v1alpha1.ConditionReady, v1alpha1.ReasonActive)
	if got := holdings(t, w); len(got.Trunks) != 1 || len(got.OutboundTrunks) != 0 {
		t.Errorf("there are %+v, want a trunk at Twilio and none at LiveKit without a number", got)
	}
	create(t, w, w.PhoneNumber("first", world.OnTrunk("main"), makesCalls), w.PhoneNumber("second", world.OnTrunk("main"), makesCalls, numbered(second)))
	first, other := awaitActive(t, w, "first"), awaitActive(t, w, "second")
	awaitCallers(t, w, w.Number, second)
	wantRoute(t, w, first)
	if got := holdings(t, w); len(got.Trunks) != 1 || len(got.OutboundTrunks) != 1 || len(got.Rules) != 2 {
		t.Errorf("there are %+v, want one trunk for both", got)
	}

	remove(t, w, trunk)
	blocked := awaitTrunk(t, w, "main", v1alpha1.ConditionDeleting, v1alpha1.ReasonBlocked)
	if ready := meta.FindStatusCondition(blocked.Status.Conditions, v1alpha1.ConditionDeleting); !strings.Contains(ready.Message, "first, second") {
		t.Errorf("the deletion says %q, want the numbers that it waits for", ready.Message)
	}
	wantRoute(t, w, first)
	remove(t, w, first)
	awaitGone(t, w, first)
	awaitCallers(t, w, second)
	remove(t, w, other)
	awaitGone(t, w, other)
	awaitGone(t, w, trunk)
	wantHoldings(t, w, nothing)
}

// TestMovesToAnotherTrunk moves a number between two trunks: there is no moment in
// which calls to it reach nobody, and it keeps what is its own.
func TestMovesToAnotherTrunk(t *testing.T) {
	w, _ := calmWorld(t)
	from, to := w.SIPTrunk("main"), w.SIPTrunk("spare")
	create(t, w, from, to, w.PhoneNumber("first", world.OnTrunk("main"), makesCalls))
	number := awaitActive(t, w, "first")
	before := number.Status.ExternalResources
	number.Spec.CarrierRef.Name = "spare"
	if err := w.Client.Update(t.Context(), number); err != nil {
		t.Fatal(err)
	}
	number = awaitActive(t, w, "first")
	spare := awaitTrunk(t, w, "spare", v1alpha1.ConditionReady, v1alpha1.ReasonActive)
	if got, want := numberOnTrunk(t, w), spare.Status.ExternalResources[0].ID; got != want {
		t.Errorf("the number is on trunk %q, want %q", got, want)
	}
	for _, call := range w.Twilio.Mutations() {
		if strings.Contains(call.Path, "/PhoneNumbers/") {
			t.Errorf("%s %s was sent: want the number to be on a trunk at every moment", call.Method, call.Path)
		}
	}
	for i, entry := range number.Status.ExternalResources {
		if entry.Slot != "attach" && entry.Slot != "outbound" && entry.ID != before[i].ID {
			t.Errorf("%s was %s and is %s, want the same", entry.Slot, before[i].ID, entry.ID)
		}
	}
	awaitCallers(t, w, w.Number)
	remove(t, w, from)
	awaitGone(t, w, from)
	wantRoute(t, w, number)
	remove(t, w, number, to)
	awaitGone(t, w, number)
	awaitGone(t, w, to)
	wantHoldings(t, w, nothing)
}
