package livekit

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/livekit/protocol/livekit"

	"github.com/callplane/callplane/internal/external"
)

// TestSurvey shows trunks and rules with what they serve, whoever made them.
func TestSurvey(t *testing.T) {
	ctx, sip := testContext(t), server.SIP()
	const number = "+14155559801"
	inbound, err := sip.CreateSIPInboundTrunk(ctx, &livekit.CreateSIPInboundTrunkRequest{Trunk: &livekit.SIPInboundTrunkInfo{
		Name: "surveyed", Numbers: []string{number}, Media: &livekit.SIPMediaConfig{Encryption: new(livekit.SIPMediaEncryption_SIP_MEDIA_ENCRYPT_REQUIRE)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	rule, err := sip.CreateSIPDispatchRule(ctx, &livekit.CreateSIPDispatchRuleRequest{DispatchRule: &livekit.SIPDispatchRuleInfo{
		Name: "surveyed", TrunkIds: []string{inbound.GetSipTrunkId()}, Rule: roomPerCall("surveyed"),
		RoomConfig: &livekit.RoomConfiguration{Agents: []*livekit.RoomAgentDispatch{{AgentName: "a"}, {AgentName: "b"}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	outbound, err := sip.CreateSIPOutboundTrunk(ctx, &livekit.CreateSIPOutboundTrunkRequest{Trunk: &livekit.SIPOutboundTrunkInfo{
		Name: "surveyed", Numbers: []string{number}, Address: "surveyed.pstn.twilio.com",
	}})
	if err != nil {
		t.Fatal(err)
	}
	all, err := connect(t, server.URL()).Survey(ctx)
	if err != nil {
		t.Fatal(err)
	}
	found := map[external.Slot]external.Holding{}
	for _, holding := range all {
		if holding.Name == "surveyed" {
			found[holding.Slot] = holding
		}
	}
	want := map[external.Slot]external.Holding{
		external.SlotInboundTrunk:  {Slot: external.SlotInboundTrunk, ID: inbound.GetSipTrunkId(), Name: "surveyed", Numbers: []string{number}, Encrypted: true},
		external.SlotDispatchRule:  {Slot: external.SlotDispatchRule, ID: rule.GetSipDispatchRuleId(), Name: "surveyed", Ties: []string{inbound.GetSipTrunkId()}, Agents: []string{"a", "b"}},
		external.SlotOutboundTrunk: {Slot: external.SlotOutboundTrunk, ID: outbound.GetSipTrunkId(), Name: "surveyed", Numbers: []string{number}, Host: "surveyed.pstn.twilio.com"},
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("what is there (-want +got):\n%s", diff)
	}
}
