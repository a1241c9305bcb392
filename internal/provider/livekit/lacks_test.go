package livekit

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/livekit/protocol/livekit"
)

var required = &livekit.SIPMediaConfig{Encryption: new(livekit.SIPMediaEncryption_SIP_MEDIA_ENCRYPT_REQUIRE)}

// TestLacks says what an object that stays as it is would need, and nothing of what
// only makes a difference.
func TestLacks(t *testing.T) {
	const number = "+14155550100"
	inbound := &livekit.SIPInboundTrunkInfo{Name: "ours", Numbers: []string{number}, KrispEnabled: true}
	outbound := &livekit.SIPOutboundTrunkInfo{Name: "ours", Numbers: []string{number}, Address: "a.pstn.twilio.com", AuthUsername: "cp"}
	rule := &livekit.SIPDispatchRuleInfo{Name: "ours", TrunkIds: []string{"ST_1"}, RoomConfig: DispatchRuleSpec{AgentName: "support"}.roomConfig()}
	agents := &livekit.RoomConfiguration{Agents: []*livekit.RoomAgentDispatch{{AgentName: "night"}, {AgentName: "support"}}}
	cases := map[string]struct {
		reason string
		lacks  []string
		want   []string
	}{
		"inbound": {reason: "it may take calls of others, too", lacks: inboundLacks(inbound, &livekit.SIPInboundTrunkInfo{Numbers: []string{"+14155550199", number}})},
		"inbound of others": {
			reason: "calls would not come", lacks: inboundLacks(inbound, &livekit.SIPInboundTrunkInfo{Numbers: []string{"+14155550199"}}),
			want: []string{"the number " + number},
		},
		"inbound of all": {reason: "it must be named", lacks: inboundLacks(inbound, &livekit.SIPInboundTrunkInfo{}), want: []string{"the number " + number}},
		"inbound in clear": {
			reason: "what must be encrypted would not be", lacks: inboundLacks(&livekit.SIPInboundTrunkInfo{Numbers: []string{number}, Media: required}, &livekit.SIPInboundTrunkInfo{Numbers: []string{number}}),
			want: []string{"media encryption"},
		},
		"outbound": {reason: "how it signs in is its own matter", lacks: outboundLacks(outbound, &livekit.SIPOutboundTrunkInfo{Numbers: []string{number}, Address: "a.pstn.twilio.com", AuthUsername: "desk"})},
		"outbound of others": {
			reason: "calls would not go out, or to somewhere else", lacks: outboundLacks(outbound, &livekit.SIPOutboundTrunkInfo{Address: "b.pstn.twilio.com"}),
			want: []string{"the number " + number, "the address a.pstn.twilio.com"},
		},
		"rule": {reason: "it may have more of both", lacks: ruleLacks(rule, &livekit.SIPDispatchRuleInfo{TrunkIds: []string{"ST_0", "ST_1"}, RoomConfig: agents})},
		"rule of others": {
			reason: "nobody would answer", lacks: ruleLacks(rule, &livekit.SIPDispatchRuleInfo{TrunkIds: []string{"ST_0"}}),
			want: []string{"the inbound trunk ST_1", "the agent support"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, tc.lacks, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s, -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}
