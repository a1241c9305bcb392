package e2e

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	protocol "github.com/livekit/protocol/livekit"
	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/bed/livekit"
	"github.com/callplane/callplane/test/world"
)

// furnish makes at both providers, as people would, what a number can import: a trunk,
// an inbound trunk and a dispatch rule for an agent.
func furnish(t *testing.T, w *world.World, agent string) []v1alpha1.ImportedResource {
	t.Helper()
	ctx, sip := t.Context(), w.LiveKit.SIP()
	inbound, err := sip.CreateSIPInboundTrunk(ctx, &protocol.CreateSIPInboundTrunkRequest{
		Trunk: &protocol.SIPInboundTrunkInfo{Name: "reception", Numbers: []string{w.Number}},
	})
	if err != nil {
		t.Fatal(err)
	}
	rule, err := sip.CreateSIPDispatchRule(ctx, &protocol.CreateSIPDispatchRuleRequest{DispatchRule: &protocol.SIPDispatchRuleInfo{
		Name: "to the ivr", TrunkIds: []string{inbound.GetSipTrunkId()},
		Rule: &protocol.SIPDispatchRule{Rule: &protocol.SIPDispatchRule_DispatchRuleIndividual{
			DispatchRuleIndividual: &protocol.SIPDispatchRuleIndividual{RoomPrefix: "ivr-"},
		}},
		RoomConfig: &protocol.RoomConfiguration{Agents: []*protocol.RoomAgentDispatch{{AgentName: agent}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return []v1alpha1.ImportedResource{
		{Slot: "trunk", ID: w.Twilio.AddTrunk(w.Account.SID, "ivr", "ivr.pstn.twilio.com")},
		{Slot: "inbound", ID: inbound.GetSipTrunkId()},
		{Slot: "rule", ID: rule.GetSipDispatchRuleId()},
	}
}

// TestImport uses what people have made, with managers that are killed in the middle of
// setting up and of taking down.
func TestImport(t *testing.T) {
	cases := map[v1alpha1.OnDelete]struct {
		reason string
		left   func(before Holdings) Holdings
	}{
		v1alpha1.OnDeleteLeave:  {"what is lent is as it was", func(before Holdings) Holdings { return before }},
		v1alpha1.OnDeleteDelete: {"what was made the number's own goes with it", func(Holdings) Holdings { return nothing }},
	}
	for onDelete, c := range cases {
		t.Run(string(onDelete), func(t *testing.T) {
			w, manager := calmWorld(t)
			imports := furnish(t, w, "support-agent")
			for i := range imports {
				imports[i].OnDelete = onDelete
			}
			before := holdings(t, w)
			manager = killUnanswered(t, w, manager, "originationurl.create", func() {
				create(t, w, w.PhoneNumber("support-line", func(n *v1alpha1.PhoneNumber) { n.Spec.Import = imports }))
			})
			number := awaitActive(t, w, "support-line")
			if trunk := numberOnTrunk(t, w); trunk != imports[0].ID || len(w.Twilio.OriginationURLs(trunk)) != 1 {
				t.Errorf("the number is on trunk %s with %v, want it on %s", trunk, w.Twilio.OriginationURLs(trunk), imports[0].ID)
			}
			if got := route(t, w); got.Result != livekit.Accept || len(got.Agents) != 1 || got.Agents[0].Name != "support-agent" {
				t.Errorf("a call is routed to %+v, want the agent of the rule", got)
			}
			during := holdings(t, w)
			renamed := !cmp.Equal(before.Trunks, during.Trunks) && !cmp.Equal(before.InboundTrunks, during.InboundTrunks) && !cmp.Equal(before.Rules, during.Rules)
			if renamed != (onDelete == v1alpha1.OnDeleteDelete) {
				t.Errorf("%s: the names were %+v and are %+v", c.reason, before, during)
			}
			killUnanswered(t, w, manager, "number.detach", func() { remove(t, w, number) })
			awaitGone(t, w, number)
			wantHoldings(t, w, c.left(before))
			if trunk := numberOnTrunk(t, w); trunk != "" {
				t.Errorf("the number is still on trunk %s", trunk)
			}
		})
	}
}

// TestCannotServe says what an imported trunk lacks, and goes on once it is there.
func TestCannotServe(t *testing.T) {
	w, _ := calmWorld(t)
	imports := furnish(t, w, "night-agent")
	create(t, w, w.PhoneNumber("support-line", func(n *v1alpha1.PhoneNumber) { n.Spec.Import = imports }))
	number := awaitReason(t, w, "support-line", v1alpha1.ConditionReady, v1alpha1.ClassInvalidConfiguration)
	want := imports[2].ID + " is imported as rule and left as it is, but it lacks the agent support-agent"
	if ready := meta.FindStatusCondition(number.Status.Conditions, v1alpha1.ConditionReady); !strings.Contains(ready.Message, want) {
		t.Errorf("Ready says %q, want %q", ready.Message, want)
	}
	if _, err := w.LiveKit.SIP().UpdateSIPDispatchRule(t.Context(), &protocol.UpdateSIPDispatchRuleRequest{
		SipDispatchRuleId: imports[2].ID,
		Action: &protocol.UpdateSIPDispatchRuleRequest_Replace{Replace: &protocol.SIPDispatchRuleInfo{
			Name: "to the ivr", TrunkIds: []string{imports[1].ID},
			Rule: &protocol.SIPDispatchRule{Rule: &protocol.SIPDispatchRule_DispatchRuleIndividual{
				DispatchRuleIndividual: &protocol.SIPDispatchRuleIndividual{RoomPrefix: "ivr-"},
			}},
			RoomConfig: &protocol.RoomConfiguration{Agents: []*protocol.RoomAgentDispatch{{AgentName: "support-agent"}}},
		}},
	}); err != nil {
		t.Fatal(err)
	}
	awaitActive(t, w, "support-line")
}
