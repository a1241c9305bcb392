package livekit

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider"
)

// defaultRoomPrefix is that of a VoiceAgent, for numbers without one.
const defaultRoomPrefix = "call"

// Resources lists what the number needs at LiveKit, in the order in which it is
// made.
func (p *Provider) Resources(number *v1alpha1.PhoneNumber, wiring provider.Wiring) []external.Resource {
	var resources []external.Resource
	if inbound := number.Spec.Inbound; inbound != nil {
		resources = append(resources, inboundTrunk(number.Spec.Number, inbound), dispatchRule(wiring.Agent))
	}
	switch outbound := number.Spec.Outbound; {
	case outbound == nil:
	case wiring.Shared == nil:
		resources = append(resources, outboundTrunk([]string{number.Spec.Number}, outbound, wiring))
	default:
		resources = append(resources, external.Resource{
			Slot: external.SlotOutboundTrunk, Provider: Name, Kind: KindOutboundNumber,
			Within: wiring.Shared.OutboundID, ID: number.Spec.Number,
		})
	}
	return resources
}

// TrunkResources is the one trunk that all numbers make calls from. It is there only
// while it has some: with an empty list it would be anybody's.
func (p *Provider) TrunkResources(trunk *v1alpha1.SIPTrunk, wiring provider.Wiring) []external.Resource {
	if trunk.Spec.Outbound == nil || len(wiring.Numbers) == 0 {
		return nil
	}
	resource := outboundTrunk(wiring.Numbers, trunk.Spec.Outbound, wiring)
	if carrier := trunk.Spec.Address; carrier != nil {
		spec := resource.Spec.(OutboundTrunkSpec)
		spec.Address = carrier.Host
		resource.Spec, resource.Inputs = spec, nil
	}
	return []external.Resource{resource}
}

func inboundTrunk(number string, inbound *v1alpha1.Inbound) external.Resource {
	return external.Resource{
		Slot: external.SlotInboundTrunk, Provider: Name, Kind: KindInboundTrunk,
		Spec: InboundTrunkSpec{
			Number:           number,
			AllowedNumbers:   inbound.AllowedNumbers,
			AllowedAddresses: inbound.AllowedAddresses,
			MediaEncryption:  inbound.MediaEncryption,
			Headers:          inbound.Headers,
			KrispEnabled:     inbound.KrispEnabled != nil && *inbound.KrispEnabled,
			RingingTimeout:   length(inbound.RingingTimeout),
			MaxCallDuration:  length(inbound.MaxCallDuration),
		},
	}
}

func dispatchRule(agent *v1alpha1.VoiceAgentSpec) external.Resource {
	spec := DispatchRuleSpec{RoomPrefix: defaultRoomPrefix}
	if agent != nil {
		spec.AgentName, spec.AgentMetadata = agent.AgentName, agent.Metadata
	}
	if agent != nil && agent.RoomPrefix != "" {
		spec.RoomPrefix = agent.RoomPrefix
	}
	return external.Resource{
		Slot: external.SlotDispatchRule, Provider: Name, Kind: KindDispatchRule,
		Inputs: map[string]external.Ref{
			InputTrunkID: {Slot: external.SlotInboundTrunk, Output: external.OutputID},
		},
		Spec: spec,
	}
}

func outboundTrunk(numbers []string, outbound *v1alpha1.Outbound, wiring provider.Wiring) external.Resource {
	return external.Resource{
		Slot: external.SlotOutboundTrunk, Provider: Name, Kind: KindOutboundTrunk,
		Inputs: map[string]external.Ref{InputAddress: wiring.Termination},
		Spec: OutboundTrunkSpec{
			Numbers:         numbers,
			Transport:       outbound.Transport,
			MediaEncryption: outbound.MediaEncryption,
			Headers:         outbound.Headers,
			Username:        wiring.Login.Username,
			Password:        wiring.Login.Password,
		},
	}
}

func length(duration *metav1.Duration) time.Duration {
	if duration == nil {
		return 0
	}
	return duration.Duration
}
