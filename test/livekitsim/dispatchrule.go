package livekitsim

import (
	"context"

	"github.com/dennwc/iters"
	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/sip"
	"github.com/livekit/protocol/utils/guid"
	"google.golang.org/protobuf/proto"
)

// CreateSIPDispatchRule refuses a rule for calls that another one dispatches. It
// does not matter whether its trunks exist.
func (s *Simulator) CreateSIPDispatchRule(
	_ context.Context, request *livekit.CreateSIPDispatchRuleRequest,
) (*livekit.SIPDispatchRuleInfo, error) {
	request = proto.CloneOf(request)
	request.GetDispatchRule().Upgrade()
	if err := request.Validate(); err != nil {
		return nil, invalid(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	rule := request.DispatchRuleInfo()
	if _, err := sip.ValidateDispatchRulesIter(adding(rule, s.rules.stored())); err != nil {
		return nil, err
	}
	rule.SipDispatchRuleId = s.newID(guid.SIPDispatchRulePrefix)
	return s.putRule(rule), nil
}

// UpdateSIPDispatchRule changes or replaces a rule.
func (s *Simulator) UpdateSIPDispatchRule(
	_ context.Context, request *livekit.UpdateSIPDispatchRuleRequest,
) (*livekit.SIPDispatchRuleInfo, error) {
	if err := request.Validate(); err != nil {
		return nil, invalid(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	rule, ok := s.rules.get(request.GetSipDispatchRuleId())
	if !ok {
		return nil, errNoRule
	}
	rule, err := apply(request.GetAction(), rule)
	if err != nil {
		return nil, err
	}
	all := s.rules.page(&livekit.ListSIPDispatchRuleRequest{TrunkIds: rule.GetTrunkIds()})
	if _, err := sip.ValidateDispatchRulesIter(iters.Slice(all), sip.WithDispatchRuleReplace(replacing(rule))); err != nil {
		return nil, err
	}
	return s.putRule(rule), nil
}

// ListSIPDispatchRule filters by id and by trunk; a rule without trunks has
// every trunk.
func (s *Simulator) ListSIPDispatchRule(
	ctx context.Context, request *livekit.ListSIPDispatchRuleRequest,
) (*livekit.ListSIPDispatchRuleResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	items, err := list(ctx, s.rules, request, s.paged)
	return &livekit.ListSIPDispatchRuleResponse{Items: items}, err
}

// DeleteSIPDispatchRule returns what it deleted.
func (s *Simulator) DeleteSIPDispatchRule(
	_ context.Context, request *livekit.DeleteSIPDispatchRuleRequest,
) (*livekit.SIPDispatchRuleInfo, error) {
	id := request.GetSipDispatchRuleId()
	if id == "" {
		return nil, errNoRuleID
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	rule, ok := s.rules.get(id)
	if !ok {
		return nil, errNoRule
	}
	s.rules.remove(id)
	return rule, nil
}

func (s *Simulator) putRule(rule *livekit.SIPDispatchRuleInfo) *livekit.SIPDispatchRuleInfo {
	if len(rule.GetTrunkIds()) == 0 {
		s.violate("dispatch rule %s has no trunks: it dispatches the calls of every trunk, and of none", rule.ID())
	}
	return s.rules.put(rule)
}
