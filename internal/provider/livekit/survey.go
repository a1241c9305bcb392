package livekit

import (
	"context"

	"github.com/livekit/protocol/livekit"

	"github.com/callplane/callplane/internal/external"
)

var _ external.Surveyed = (*session)(nil)

// Survey lists trunks and dispatch rules.
func (s *session) Survey(ctx context.Context) ([]external.Holding, error) {
	inbound, err := newInboundTrunks(s).trunks.all(ctx)
	if err != nil {
		return nil, err
	}
	rules, err := newDispatchRules(s).rules.all(ctx)
	if err != nil {
		return nil, err
	}
	outbound, err := newOutboundTrunks(s).trunks.all(ctx)
	if err != nil {
		return nil, err
	}
	var holdings []external.Holding
	for _, trunk := range inbound {
		trunk.Upgrade()
		holdings = append(holdings, external.Holding{
			Slot: external.SlotInboundTrunk, ID: trunk.ID(), Name: trunk.GetName(), Numbers: trunk.GetNumbers(), Encrypted: encrypts(trunk.GetMedia()),
		})
	}
	for _, rule := range rules {
		rule.Upgrade()
		holdings = append(holdings, external.Holding{
			Slot: external.SlotDispatchRule, ID: rule.ID(), Name: rule.GetName(), Ties: rule.GetTrunkIds(), Agents: agents(rule),
		})
	}
	for _, trunk := range outbound {
		trunk.Upgrade()
		holdings = append(holdings, external.Holding{
			Slot: external.SlotOutboundTrunk, ID: trunk.ID(), Name: trunk.GetName(), Numbers: trunk.GetNumbers(),
			Host: trunk.GetAddress(), Encrypted: encrypts(trunk.GetMedia()),
		})
	}
	return holdings, nil
}

func encrypts(media *livekit.SIPMediaConfig) bool {
	return media.GetEncryption() == livekit.SIPMediaEncryption_SIP_MEDIA_ENCRYPT_REQUIRE
}

func agents(rule *livekit.SIPDispatchRuleInfo) []string {
	var names []string
	for _, agent := range rule.GetRoomConfig().GetAgents() {
		names = append(names, agent.GetAgentName())
	}
	return names
}
