package livekit

import (
	"context"
	"fmt"

	"github.com/livekit/protocol/livekit"
)

// InboundTrunks are all inbound trunks of the server. They hold passwords in
// clear: do not print them.
func (s *Server) InboundTrunks(ctx context.Context) ([]*livekit.SIPInboundTrunkInfo, error) {
	list, err := s.SIP().ListSIPInboundTrunk(ctx, &livekit.ListSIPInboundTrunkRequest{})
	if err != nil {
		return nil, fmt.Errorf("listing inbound trunks: %w", err)
	}
	return list.GetItems(), nil
}

// OutboundTrunks are all outbound trunks of the server. They hold passwords in
// clear: do not print them.
func (s *Server) OutboundTrunks(ctx context.Context) ([]*livekit.SIPOutboundTrunkInfo, error) {
	list, err := s.SIP().ListSIPOutboundTrunk(ctx, &livekit.ListSIPOutboundTrunkRequest{})
	if err != nil {
		return nil, fmt.Errorf("listing outbound trunks: %w", err)
	}
	return list.GetItems(), nil
}

// DispatchRules are all dispatch rules of the server.
func (s *Server) DispatchRules(ctx context.Context) ([]*livekit.SIPDispatchRuleInfo, error) {
	list, err := s.SIP().ListSIPDispatchRule(ctx, &livekit.ListSIPDispatchRuleRequest{})
	if err != nil {
		return nil, fmt.Errorf("listing dispatch rules: %w", err)
	}
	return list.GetItems(), nil
}
