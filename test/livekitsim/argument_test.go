package livekitsim

import (
	"time"

	protocol "github.com/livekit/protocol/livekit"
	"google.golang.org/protobuf/types/known/durationpb"
)

func (g *generator) inboundTrunk() *protocol.SIPInboundTrunkInfo {
	if g.seldom() {
		return nil
	}
	return &protocol.SIPInboundTrunkInfo{
		SipTrunkId: g.preset(g.trunkIDs()), Name: one(g, names), Metadata: one(g, names),
		Numbers: some(g, numbers), AllowedNumbers: some(g, callers), AllowedAddresses: some(g, addresses),
		Headers: g.headers(), HeadersToAttributes: g.headers(), Media: g.media(),
		MediaEncryption: protocol.SIPMediaEncryption(g.IntN(3)), KrispEnabled: g.seldom(),
		IncludeHeaders: protocol.SIPHeaderOptions(g.IntN(3)), RingingTimeout: durationpb.New(20 * time.Second),
	}
}

func (g *generator) outboundTrunk() *protocol.SIPOutboundTrunkInfo {
	if g.seldom() {
		return nil
	}
	return &protocol.SIPOutboundTrunkInfo{
		SipTrunkId: g.preset(g.trunkIDs()), Name: one(g, names), Metadata: one(g, names),
		Address: g.address(),
		Numbers: some(g, numbers), AuthUsername: one(g, names), AuthPassword: one(g, names),
		Headers: g.headers(), Media: g.media(), Transport: protocol.SIPTransport(g.IntN(4)),
	}
}

func (g *generator) address() string {
	if g.seldom() {
		return one(g, []string{"sip:carrier.example", "carrier.example;transport=tls", ""})
	}
	return "carrier.example:5061"
}

func (g *generator) rule() *protocol.SIPDispatchRuleInfo {
	if g.seldom() {
		return nil
	}
	rule := &protocol.SIPDispatchRuleInfo{
		SipDispatchRuleId: g.preset(g.ruleIDs()), Name: one(g, names), Metadata: one(g, names),
		TrunkIds: some(g, g.trunkIDs()), Rule: g.dispatch(), Media: g.media(),
		MediaEncryption: protocol.SIPMediaEncryption(g.IntN(3)), Attributes: g.headers(),
		RoomConfig: &protocol.RoomConfiguration{Agents: []*protocol.RoomAgentDispatch{{AgentName: one(g, names)}}},
	}
	if g.seldom() {
		rule.InboundNumbers, rule.Numbers = some(g, callers), some(g, numbers)
	}
	return rule
}

// preset is an id where none may be, and is empty but for some.
func (g *generator) preset(ids []string) string {
	if g.seldom() {
		return one(g, ids)
	}
	return ""
}

func (g *generator) headers() map[string]string {
	if g.seldom() {
		return one(g, []map[string]string{{"Call-ID": "1"}, {"X Y": "1"}, {"": ""}})
	}
	return one(g, []map[string]string{nil, {"X-Tenant": "blue"}, {"X-Tenant": "red", "X-Case": "7"}})
}

func (g *generator) media() *protocol.SIPMediaConfig {
	if g.seldom() {
		return one(g, []*protocol.SIPMediaConfig{
			{Codecs: []*protocol.SIPCodec{{Rate: 8000}}}, {MediaTimeout: durationpb.New(time.Hour)},
		})
	}
	return one(g, []*protocol.SIPMediaConfig{
		nil, {}, {Encryption: protocol.SIPMediaEncryption_SIP_MEDIA_ENCRYPT_REQUIRE.Enum()},
		{Codecs: []*protocol.SIPCodec{{Name: "PCMU", Rate: 8000}}},
	})
}

func (g *generator) dispatch() *protocol.SIPDispatchRule {
	if g.seldom() {
		return one(g, []*protocol.SIPDispatchRule{nil, {}})
	}
	room, pin := one(g, names), one(g, pins)
	return one(g, []*protocol.SIPDispatchRule{
		{Rule: &protocol.SIPDispatchRule_DispatchRuleDirect{
			DispatchRuleDirect: &protocol.SIPDispatchRuleDirect{RoomName: room, Pin: pin},
		}},
		{Rule: &protocol.SIPDispatchRule_DispatchRuleIndividual{
			DispatchRuleIndividual: &protocol.SIPDispatchRuleIndividual{RoomPrefix: room, Pin: pin},
		}},
		{Rule: &protocol.SIPDispatchRule_DispatchRuleCallee{
			DispatchRuleCallee: &protocol.SIPDispatchRuleCallee{RoomPrefix: room, Pin: pin},
		}},
	})
}

func (g *generator) listUpdate(values []string) *protocol.ListUpdate {
	if g.seldom() {
		return one(g, []*protocol.ListUpdate{{}, {Add: []string{""}}, {Set: values, Add: values}, {Set: values, Clear: true}})
	}
	return one(g, []*protocol.ListUpdate{
		nil, nil, nil, {Set: []string{one(g, values)}}, {Add: []string{one(g, values)}}, {Remove: []string{one(g, values)}}, {Clear: true},
	})
}

func (g *generator) optional() *string {
	if g.IntN(2) == 0 {
		return nil
	}
	return new(one(g, names))
}

func (g *generator) page(ids []string) *protocol.Pagination {
	if g.IntN(2) == 0 {
		return nil
	}
	page := &protocol.Pagination{Limit: int32(g.IntN(3))}
	if g.IntN(2) == 0 {
		page.AfterId = one(g, ids)
	}
	return page
}
