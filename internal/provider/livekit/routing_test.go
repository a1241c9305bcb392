package livekit

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/internal/external"
	bed "github.com/callplane/callplane/test/bed/livekit"
)

// What the objects are for: the server sends a call to the agent, and drops it
// once the rule is gone.
func TestRouting(t *testing.T) {
	const caller, source = "+19995550123", "203.0.113.7"
	oracle, err := server.Oracle(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	s := connect(t, server.URL())
	number := newNumber()
	trunk, err := driverOf(t, s, KindInboundTrunk).Create(testContext(t), external.Call{
		Marker: newMarker(external.SlotInboundTrunk), Spec: InboundTrunkSpec{Number: number, AllowedAddresses: []string{source}},
	})
	wantObserved(t, trunk, err, trunk)
	rules := driverOf(t, s, KindDispatchRule)
	call := external.Call{
		Marker: newMarker(external.SlotDispatchRule), Inputs: map[string]string{InputTrunkID: trunk.ID},
		Spec: DispatchRuleSpec{RoomPrefix: "call", AgentName: "support", AgentMetadata: "en"},
	}
	rule, err := rules.Create(testContext(t), call)
	wantObserved(t, rule, err, rule)

	route := func(from, source string) bed.Route {
		t.Helper()
		route, err := oracle.Route(testContext(t), from, number, source)
		if err != nil {
			t.Fatal(err)
		}
		route.RoomName = "" // it has a random part
		return route
	}
	expect := func(reason string, got, want bed.Route) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", reason, diff)
		}
	}
	accepted := bed.Route{
		TrunkID: trunk.ID, Result: bed.Accept, RuleID: rule.ID, Agents: []bed.Agent{{Name: "support", Metadata: "en"}},
	}
	expect("the agent answers", route(caller, source), accepted)
	expect("nobody else may call", route(caller, "198.51.100.1"), bed.Route{Result: bed.Drop})

	call.ID, call.Spec = rule.ID, DispatchRuleSpec{RoomPrefix: "call", AgentName: "sales"}
	if _, err := rules.Update(testContext(t), call); err != nil {
		t.Fatal(err)
	}
	accepted.Agents = []bed.Agent{{Name: "sales"}}
	expect("another agent answers", route(caller, source), accepted)

	if err := rules.Delete(testContext(t), external.Call{ID: rule.ID}); err != nil {
		t.Fatal(err)
	}
	expect("unlinked", route(caller, source), bed.Route{TrunkID: trunk.ID, Result: bed.Drop})
}
