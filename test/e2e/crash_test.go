package e2e

import (
	"context"
	"testing"

	"github.com/callplane/callplane/test/bed/livekit"
	"github.com/callplane/callplane/test/twiliosim"
	"github.com/callplane/callplane/test/world"
)

// A moment is a call during which the manager is killed: the call is held until
// the manager is dead, with or without its effect.
type moment struct {
	reason string
	twilio *twiliosim.Fault
	live   *livekit.Fault
}

func atTwilio(reason, operation string, nth int, action twiliosim.Action) moment {
	return moment{reason: reason, twilio: &twiliosim.Fault{Match: twiliosim.Match{Operation: operation}, Nth: nth, Action: action}}
}

func atLiveKit(reason, method string, nth int, apply bool) moment {
	return moment{reason: reason, live: &livekit.Fault{Method: method, Nth: nth, Apply: apply, Answer: livekit.Hang()}}
}

// TestKilledWhileProvisioning shows that a manager which is killed and started
// again ends with one of each resource, and nobody has to help.
func TestKilledWhileProvisioning(t *testing.T) {
	cases := map[string]moment{
		"TrunkCreated":     atTwilio("The trunk exists and its id was not recorded.", "trunk.create", 1, twiliosim.Hang().AfterApply()),
		"RuleCreated":      atLiveKit("The rule exists and its id was not recorded.", "CreateSIPDispatchRule", 1, true),
		"NumberUnattached": atTwilio("The number was about to be put on the trunk.", "number.attach", 1, twiliosim.Hang()),
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w, manager := readyWorld(t)
			reached := tc.arm(w)
			create(t, w, w.PhoneNumber("support-line", world.Outbound))
			eventually(t, "the moment", reached)
			manager.Kill()
			w.Twilio.ClearFaults()
			w.Proxy.Clear()
			startManager(t, w)
			number := awaitActive(t, w, "support-line")
			wantOneOfEach(t, w)
			wantRoute(t, w, number)
			remove(t, w, number)
			awaitGone(t, w, number)
			wantHoldings(t, w, nothing)
			if t.Failed() {
				t.Log(tc.reason)
			}
		})
	}
}

// TestKilledWhileTearingDown shows that a manager which is killed and started
// again leaves nothing behind.
func TestKilledWhileTearingDown(t *testing.T) {
	cases := map[string]moment{
		"RuleDeleted":     atLiveKit("The agent is unlinked and nothing else is done.", "DeleteSIPDispatchRule", 1, true),
		"TrunkDeleted":    atTwilio("The trunk is gone and nobody has seen it.", "trunk.delete", 1, twiliosim.Hang().AfterApply()),
		"LastReadMissing": atTwilio("Everything is gone and the finalizer is still there.", "trunk.fetch", 2, twiliosim.Hang()),
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w, manager := readyWorld(t)
			create(t, w, w.PhoneNumber("support-line", world.Outbound))
			number := awaitActive(t, w, "support-line")
			quiet(t, w)
			reached := tc.arm(w)
			remove(t, w, number)
			eventually(t, "the moment", reached)
			manager.Kill()
			w.Twilio.ClearFaults()
			w.Proxy.Clear()
			startManager(t, w)
			awaitGone(t, w, number)
			wantHoldings(t, w, nothing)
			wantDropped(t, w)
			if t.Failed() {
				t.Log(tc.reason)
			}
		})
	}
}

// arm plans the moment and returns what says that it has come.
func (m moment) arm(w *world.World) func(context.Context) string {
	if m.twilio != nil {
		injected := w.Twilio.Inject(*m.twilio)
		return func(context.Context) string {
			if injected.Hits() == 0 {
				return "Twilio has not been called yet"
			}
			return ""
		}
	}
	before := methodCalls(w, m.live.Method)
	w.Proxy.Spoil(*m.live)
	return func(context.Context) string {
		if methodCalls(w, m.live.Method) == before {
			return "LiveKit has not been called yet"
		}
		return ""
	}
}

// methodCalls counts the calls of a method that have had their effect.
func methodCalls(w *world.World, method string) int {
	count := 0
	for _, call := range w.Proxy.Calls() {
		if call.Method == method && call.Applied {
			count++
		}
	}
	return count
}
