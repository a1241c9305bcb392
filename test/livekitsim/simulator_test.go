package livekitsim

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/livekit/protocol/auth"
	protocol "github.com/livekit/protocol/livekit"
	"github.com/twitchtv/twirp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
)

// populated has one object of each kind, made as a client would.
func populated(t *testing.T) (*Simulator, protocol.SIP) {
	t.Helper()
	s := New(key, secret)
	sip := client(url, admin(t), s)
	create := []operation{
		ask(protocol.SIP.CreateSIPInboundTrunk, &protocol.CreateSIPInboundTrunkRequest{
			Trunk: &protocol.SIPInboundTrunkInfo{Name: "in", Numbers: []string{"+14155550100"}},
		}),
		ask(protocol.SIP.CreateSIPOutboundTrunk, &protocol.CreateSIPOutboundTrunkRequest{
			Trunk: &protocol.SIPOutboundTrunkInfo{Name: "out", Numbers: []string{"*"}, Address: "carrier.example"},
		}),
		ask(protocol.SIP.CreateSIPDispatchRule, &protocol.CreateSIPDispatchRuleRequest{
			DispatchRule: &protocol.SIPDispatchRuleInfo{Name: "rule", TrunkIds: []string{inboundID}, Rule: direct("room")},
		}),
	}
	for _, o := range create {
		if _, err := o.call(testContext(t), sip); err != nil {
			t.Fatalf("%s: %v", o, err)
		}
	}
	return s, sip
}

// The ids that the objects of a populated simulator have.
const (
	inboundID  = "ST_000000000001"
	outboundID = "ST_000000000002"
	ruleID     = "SDR_000000000003"
)

func direct(room string) *protocol.SIPDispatchRule {
	return &protocol.SIPDispatchRule{Rule: &protocol.SIPDispatchRule_DispatchRuleDirect{
		DispatchRuleDirect: &protocol.SIPDispatchRuleDirect{RoomName: room},
	}}
}

// An inventory is the id and the name of every object.
func inventory(s *Simulator) map[string]string {
	held := map[string]string{}
	for _, trunk := range s.InboundTrunks() {
		held[trunk.ID()] = trunk.GetName()
	}
	for _, trunk := range s.OutboundTrunks() {
		held[trunk.ID()] = trunk.GetName()
	}
	for _, rule := range s.DispatchRules() {
		held[rule.ID()] = rule.GetName()
	}
	return held
}

func wantInventory(t *testing.T, reason string, s *Simulator, want map[string]string) {
	t.Helper()
	if diff := cmp.Diff(want, inventory(s)); diff != "" {
		t.Errorf("%s\n%s", reason, diff)
	}
}

func TestByHand(t *testing.T) {
	cases := map[string]struct {
		reason string
		act    func(s *Simulator) bool
		want   map[string]string
	}{
		"EditInboundTrunk": {
			reason: "A trunk can drift.",
			act: func(s *Simulator) bool {
				s.EditInboundTrunk(inboundID, func(trunk *protocol.SIPInboundTrunkInfo) { trunk.Name = "changed" })
				return true
			},
			want: map[string]string{inboundID: "changed", outboundID: "out", ruleID: "rule"},
		},
		"EditOutboundTrunk": {
			reason: "A trunk can drift.",
			act: func(s *Simulator) bool {
				s.EditOutboundTrunk(outboundID, func(trunk *protocol.SIPOutboundTrunkInfo) { trunk.Name = "changed" })
				return true
			},
			want: map[string]string{inboundID: "in", outboundID: "changed", ruleID: "rule"},
		},
		"EditDispatchRule": {
			reason: "A rule can drift.",
			act: func(s *Simulator) bool {
				s.EditDispatchRule(ruleID, func(rule *protocol.SIPDispatchRuleInfo) { rule.Name = "changed" })
				return true
			},
			want: map[string]string{inboundID: "in", outboundID: "out", ruleID: "changed"},
		},
		"EditNothing": {
			reason: "An outbound trunk is no inbound trunk.",
			act: func(s *Simulator) bool {
				s.EditInboundTrunk(outboundID, func(trunk *protocol.SIPInboundTrunkInfo) { trunk.Name = "changed" })
				return true
			},
			want: map[string]string{inboundID: "in", outboundID: "out", ruleID: "rule"},
		},
		"AddInboundTrunk": {
			reason: "What is added by hand has an id as any other has.",
			act: func(s *Simulator) bool {
				return s.AddInboundTrunk(&protocol.SIPInboundTrunkInfo{Name: "new", Numbers: []string{"+14155550109"}}) == "ST_000000000004"
			},
			want: map[string]string{inboundID: "in", outboundID: "out", ruleID: "rule", "ST_000000000004": "new"},
		},
		"RemoveInboundTrunk": {
			reason: "The rule stays, without the trunk it names.",
			act:    func(s *Simulator) bool { return s.RemoveInboundTrunk(inboundID) },
			want:   map[string]string{outboundID: "out", ruleID: "rule"},
		},
		"RemoveOutboundTrunk": {
			reason: "Only what is named goes.",
			act:    func(s *Simulator) bool { return s.RemoveOutboundTrunk(outboundID) },
			want:   map[string]string{inboundID: "in", ruleID: "rule"},
		},
		"RemoveDispatchRule": {
			reason: "Only what is named goes.",
			act:    func(s *Simulator) bool { return s.RemoveDispatchRule(ruleID) },
			want:   map[string]string{inboundID: "in", outboundID: "out"},
		},
		"RemoveNothing": {
			reason: "What is not there cannot go.",
			act:    func(s *Simulator) bool { return !s.RemoveDispatchRule(inboundID) },
			want:   map[string]string{inboundID: "in", outboundID: "out", ruleID: "rule"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s, _ := populated(t)
			if !tc.act(s) {
				t.Error(tc.reason)
			}
			wantInventory(t, tc.reason, s, tc.want)
		})
	}
}

func TestClone(t *testing.T) {
	s, sip := populated(t)
	clone := s.Clone()
	whole := inventory(s)
	wantInventory(t, "A clone begins with the same objects.", clone, whole)

	clone.EditInboundTrunk(inboundID, func(trunk *protocol.SIPInboundTrunkInfo) { trunk.Numbers[0] = "+14155550101" })
	clone.RemoveOutboundTrunk(outboundID)
	clone.RemoveDispatchRule(ruleID)
	wantInventory(t, "What happens to a clone does not happen to the original.", s, whole)
	if got := s.InboundTrunks()[0].GetNumbers()[0]; got != "+14155550100" {
		t.Errorf("an edit of the clone changed the original's number to %s", got)
	}

	o := ask(protocol.SIP.CreateSIPInboundTrunk, &protocol.CreateSIPInboundTrunkRequest{
		Trunk: &protocol.SIPInboundTrunkInfo{Numbers: []string{"+14155550102"}},
	})
	made, err := o.call(testContext(t), sip)
	if err != nil {
		t.Fatal(err)
	}
	cloned, err := o.call(testContext(t), client(url, admin(t), clone))
	if diff := cmp.Diff(made, cloned, protocmp.Transform()); err != nil || diff != "" {
		t.Errorf("the same call gives the same object in both: %v\n%s", err, diff)
	}
}

func TestCopies(t *testing.T) {
	s := New(key, secret)
	trunk := &protocol.SIPInboundTrunkInfo{Name: "in", Numbers: []string{"+14155550100"}}
	made, err := s.CreateSIPInboundTrunk(testContext(t), &protocol.CreateSIPInboundTrunkRequest{Trunk: trunk})
	if err != nil {
		t.Fatal(err)
	}
	listed, err := s.ListSIPInboundTrunk(testContext(t), &protocol.ListSIPInboundTrunkRequest{})
	if err != nil {
		t.Fatal(err)
	}
	trunk.Name, made.Name, listed.Items[0].Name, s.InboundTrunks()[0].Name = "a", "b", "c", "d"
	wantInventory(t, "Whoever holds an object has a copy.", s, map[string]string{inboundID: "in"})
}

func TestViolations(t *testing.T) {
	cases := map[string]struct {
		reason string
		call   operation
		want   []string
	}{
		"Specific": {
			reason: "Objects for one number and one trunk are as they should be.",
			call:   ask(protocol.SIP.ListSIPInboundTrunk, &protocol.ListSIPInboundTrunkRequest{}),
		},
		"TrunkMade": {
			reason: "A trunk that only checks addresses takes every number.",
			call: ask(protocol.SIP.CreateSIPInboundTrunk, &protocol.CreateSIPInboundTrunkRequest{
				Trunk: &protocol.SIPInboundTrunkInfo{AllowedAddresses: []string{"203.0.113.0/24"}},
			}),
			want: []string{"inbound trunk ST_000000000004 has no numbers: it takes the calls to every number"},
		},
		"TrunkEmptied": {
			reason: "An update can make a trunk as bad as a create.",
			call: ask(protocol.SIP.UpdateSIPInboundTrunk, &protocol.UpdateSIPInboundTrunkRequest{
				SipTrunkId: inboundID,
				Action: &protocol.UpdateSIPInboundTrunkRequest_Replace{
					Replace: &protocol.SIPInboundTrunkInfo{AuthUsername: "u", AuthPassword: "p"},
				},
			}),
			want: []string{"inbound trunk ST_000000000001 has no numbers: it takes the calls to every number"},
		},
		"RuleMade": {
			reason: "A rule without trunks dispatches even calls that no trunk takes.",
			call: ask(protocol.SIP.CreateSIPDispatchRule, &protocol.CreateSIPDispatchRuleRequest{
				DispatchRule: &protocol.SIPDispatchRuleInfo{Rule: direct("room")},
			}),
			want: []string{"dispatch rule SDR_000000000004 has no trunks: it dispatches the calls of every trunk, and of none"},
		},
		"RuleEmptied": {
			reason: "The last trunk was taken out of a rule.",
			call: ask(protocol.SIP.UpdateSIPDispatchRule, &protocol.UpdateSIPDispatchRuleRequest{
				SipDispatchRuleId: ruleID,
				Action: &protocol.UpdateSIPDispatchRuleRequest_Update{
					Update: &protocol.SIPDispatchRuleUpdate{TrunkIds: &protocol.ListUpdate{Clear: true}},
				},
			}),
			want: []string{"dispatch rule SDR_000000000003 has no trunks: it dispatches the calls of every trunk, and of none"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s, sip := populated(t)
			if _, err := tc.call.call(testContext(t), sip); err != nil {
				t.Fatalf("%s\n%v", tc.reason, err)
			}
			for _, holder := range []*Simulator{s, s.Clone()} {
				if diff := cmp.Diff(tc.want, holder.Violations()); diff != "" {
					t.Errorf("%s\n%s", tc.reason, diff)
				}
			}
		})
	}
}

func TestRekey(t *testing.T) {
	s, sip := populated(t)
	verify := ask(protocol.SIP.ListSIPInboundTrunk, &protocol.ListSIPInboundTrunkRequest{})
	clone := s.Clone()
	s.Rekey("newkey", secret)
	if _, err := verify.call(testContext(t), sip); codeOf(err) != twirp.Unauthenticated {
		t.Errorf("the old key is refused: %v", err)
	}
	renewed := client(url, signed(t, "newkey", secret, &auth.SIPGrant{Admin: true}), s)
	if _, err := verify.call(testContext(t), renewed); err != nil {
		t.Errorf("the new key is accepted: %v", err)
	}
	if _, err := verify.call(testContext(t), client(url, admin(t), clone)); err != nil {
		t.Errorf("a clone made before keeps its key: %v", err)
	}
}

func TestUnimplemented(t *testing.T) {
	_, sip := populated(t)
	calls := []operation{
		ask(protocol.SIP.ListSIPTrunk, &protocol.ListSIPTrunkRequest{}),
		ask(protocol.SIP.GetSIPInboundTrunk, &protocol.GetSIPInboundTrunkRequest{SipTrunkId: inboundID}),
		ask(protocol.SIP.GetSIPOutboundTrunk, &protocol.GetSIPOutboundTrunkRequest{SipTrunkId: outboundID}),
		ask(protocol.SIP.CreateSIPParticipant, &protocol.CreateSIPParticipantRequest{}),
		ask(protocol.SIP.TransferSIPParticipant, &protocol.TransferSIPParticipantRequest{}),
	}
	for _, o := range calls {
		if _, err := o.call(testContext(t), sip); codeOf(err) != twirp.Unimplemented {
			t.Errorf("%s: want the code unimplemented, got %v", o, err)
		}
	}
}

func TestRoundTripOfEndedRequest(t *testing.T) {
	s, _ := populated(t)
	body, err := proto.Marshal(&protocol.DeleteSIPDispatchRuleRequest{SipDispatchRuleId: ruleID})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(testContext(t))
	target := url + "/twirp/livekit.SIP/DeleteSIPDispatchRule"
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = http.Header{"Authorization": {admin(t)}, "Content-Type": {"application/protobuf"}}
	whole := inventory(s)
	cancel()
	if _, err := s.RoundTrip(request); !errors.Is(err, context.Canceled) { //nolint:bodyclose // there is none
		t.Errorf("a request that has ended gets no answer: %v", err)
	}
	wantInventory(t, "A request that has ended changes nothing.", s, whole)
}
