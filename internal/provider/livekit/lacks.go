package livekit

import (
	"slices"

	"github.com/livekit/protocol/livekit"
)

// inboundLacks wants calls to the number to be taken, and to be encrypted where they
// have to be.
func inboundLacks(desired, live *livekit.SIPInboundTrunkInfo) []string {
	lacks := mediaLacks(desired.GetMedia(), live.GetMedia())
	if !takesCallsOf(desired)(live) {
		lacks = append(lacks, "the number "+desired.GetNumbers()[0])
	}
	return lacks
}

// outboundLacks wants calls from the number to be made, to the carrier's trunk.
func outboundLacks(desired, live *livekit.SIPOutboundTrunkInfo) []string {
	lacks := mediaLacks(desired.GetMedia(), live.GetMedia())
	for _, number := range desired.GetNumbers() {
		if !slices.Contains(live.GetNumbers(), number) {
			lacks = append(lacks, "the number "+number)
		}
	}
	if live.GetAddress() != desired.GetAddress() {
		lacks = append(lacks, "the address "+desired.GetAddress())
	}
	return lacks
}

// ruleLacks wants calls of the inbound trunk to be dispatched, to the agent if there is
// to be one.
func ruleLacks(desired, live *livekit.SIPDispatchRuleInfo) []string {
	var lacks []string
	if !dispatchesCallsOf(desired)(live) {
		lacks = append(lacks, "the inbound trunk "+desired.GetTrunkIds()[0])
	}
	for _, agent := range desired.GetRoomConfig().GetAgents() {
		if !slices.ContainsFunc(live.GetRoomConfig().GetAgents(), func(other *livekit.RoomAgentDispatch) bool {
			return other.GetAgentName() == agent.GetAgentName()
		}) {
			lacks = append(lacks, "the agent "+agent.GetAgentName())
		}
	}
	return lacks
}

func mediaLacks(desired, live *livekit.SIPMediaConfig) []string {
	require := livekit.SIPMediaEncryption_SIP_MEDIA_ENCRYPT_REQUIRE
	if desired.GetEncryption() == require && live.GetEncryption() != require {
		return []string{"media encryption"}
	}
	return nil
}
