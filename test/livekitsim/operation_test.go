package livekitsim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"

	protocol "github.com/livekit/protocol/livekit"
	"google.golang.org/protobuf/proto"
)

// An operation is a call that several servers can be asked for.
type operation struct {
	request proto.Message
	call    func(ctx context.Context, sip protocol.SIP) (proto.Message, error)
}

func (o operation) String() string { return fmt.Sprintf("%T{%v}", o.request, o.request) }

func (o operation) creates() bool {
	return strings.HasPrefix(fmt.Sprintf("%T", o.request), "*livekit.Create")
}

func ask[Request, Answer proto.Message](
	method func(protocol.SIP, context.Context, Request) (Answer, error), request Request,
) operation {
	return operation{request, func(ctx context.Context, sip protocol.SIP) (proto.Message, error) {
		return method(sip, ctx, request)
	}}
}

// A generator makes operations about what there is, what was, and what never
// will be, from few values, so that they often get in each other's way.
type generator struct {
	*rand.Rand
	simulator *Simulator
	// gone is the id that was deleted last.
	gone string
}

func (g *generator) next() operation {
	ways := []func() operation{
		g.createInboundTrunk, g.createInboundTrunk, g.createOutboundTrunk, g.createRule, g.createRule,
		g.updateInboundTrunk, g.updateInboundTrunk, g.updateOutboundTrunk, g.updateRule, g.updateRule,
		g.listInboundTrunks, g.listOutboundTrunks, g.listRules,
		g.deleteTrunk, g.deleteRule,
	}
	return one(g, ways)()
}

func (g *generator) createInboundTrunk() operation {
	return ask(protocol.SIP.CreateSIPInboundTrunk, &protocol.CreateSIPInboundTrunkRequest{Trunk: g.inboundTrunk()})
}

func (g *generator) createOutboundTrunk() operation {
	return ask(protocol.SIP.CreateSIPOutboundTrunk, &protocol.CreateSIPOutboundTrunkRequest{Trunk: g.outboundTrunk()})
}

func (g *generator) createRule() operation {
	return ask(protocol.SIP.CreateSIPDispatchRule, &protocol.CreateSIPDispatchRuleRequest{DispatchRule: g.rule()})
}

func (g *generator) updateInboundTrunk() operation {
	request := &protocol.UpdateSIPInboundTrunkRequest{SipTrunkId: g.either(g.inboundIDs())}
	switch g.IntN(8) {
	case 0, 1, 2:
		request.Action = &protocol.UpdateSIPInboundTrunkRequest_Replace{Replace: g.inboundTrunk()}
	case 3, 4, 5, 6:
		request.Action = &protocol.UpdateSIPInboundTrunkRequest_Update{Update: &protocol.SIPInboundTrunkUpdate{
			Numbers: g.listUpdate(numbers), AllowedNumbers: g.listUpdate(callers), AllowedAddresses: g.listUpdate(addresses),
			Name: g.optional(), AuthUsername: g.optional(), AuthPassword: g.optional(), Metadata: g.optional(), Media: g.media(),
		}}
	}
	return ask(protocol.SIP.UpdateSIPInboundTrunk, request)
}

func (g *generator) updateOutboundTrunk() operation {
	request := &protocol.UpdateSIPOutboundTrunkRequest{SipTrunkId: g.either(g.outboundIDs())}
	switch g.IntN(8) {
	case 0, 1, 2:
		request.Action = &protocol.UpdateSIPOutboundTrunkRequest_Replace{Replace: g.outboundTrunk()}
	case 3, 4, 5, 6:
		request.Action = &protocol.UpdateSIPOutboundTrunkRequest_Update{Update: &protocol.SIPOutboundTrunkUpdate{
			Numbers: g.listUpdate(numbers), Address: new(g.address()), Name: g.optional(), AuthPassword: g.optional(), Media: g.media(),
		}}
	}
	return ask(protocol.SIP.UpdateSIPOutboundTrunk, request)
}

func (g *generator) updateRule() operation {
	request := &protocol.UpdateSIPDispatchRuleRequest{SipDispatchRuleId: g.either(g.ruleIDs())}
	switch g.IntN(8) {
	case 0, 1, 2:
		request.Action = &protocol.UpdateSIPDispatchRuleRequest_Replace{Replace: g.rule()}
	case 3, 4, 5, 6:
		request.Action = &protocol.UpdateSIPDispatchRuleRequest_Update{Update: &protocol.SIPDispatchRuleUpdate{
			TrunkIds: g.listUpdate(g.trunkIDs()), Rule: g.dispatch(), Name: g.optional(), Metadata: g.optional(),
			Attributes: g.headers(), Media: g.media(),
		}}
	}
	return ask(protocol.SIP.UpdateSIPDispatchRule, request)
}

func (g *generator) listInboundTrunks() operation {
	return ask(protocol.SIP.ListSIPInboundTrunk, &protocol.ListSIPInboundTrunkRequest{
		Page: g.page(g.inboundIDs()), TrunkIds: some(g, g.inboundIDs()), Numbers: some(g, numbers),
	})
}

func (g *generator) listOutboundTrunks() operation {
	return ask(protocol.SIP.ListSIPOutboundTrunk, &protocol.ListSIPOutboundTrunkRequest{
		Page: g.page(g.outboundIDs()), TrunkIds: some(g, g.outboundIDs()), Numbers: some(g, numbers),
	})
}

func (g *generator) listRules() operation {
	return ask(protocol.SIP.ListSIPDispatchRule, &protocol.ListSIPDispatchRuleRequest{
		Page: g.page(g.ruleIDs()), DispatchRuleIds: some(g, g.ruleIDs()), TrunkIds: some(g, g.trunkIDs()),
	})
}

func (g *generator) deleteTrunk() operation {
	g.gone = g.either(g.trunkIDs())
	return ask(protocol.SIP.DeleteSIPTrunk, &protocol.DeleteSIPTrunkRequest{SipTrunkId: g.gone})
}

func (g *generator) deleteRule() operation {
	g.gone = g.either(g.ruleIDs())
	return ask(protocol.SIP.DeleteSIPDispatchRule, &protocol.DeleteSIPDispatchRuleRequest{SipDispatchRuleId: g.gone})
}
