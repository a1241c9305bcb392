package livekit

import (
	"context"
	"slices"

	"github.com/livekit/protocol/livekit"

	"github.com/callplane/callplane/internal/external"
)

// InputTrunkID is the input of a dispatch rule that holds the id of the inbound
// trunk whose calls it dispatches.
const InputTrunkID = "trunkID"

// A DispatchRuleSpec puts every call of one trunk in a room of its own.
type DispatchRuleSpec struct {
	// RoomPrefix begins the name of every room.
	RoomPrefix string
	// AgentName is the agent that is sent to the room; empty leaves that to
	// LiveKit's automatic dispatch.
	AgentName     string
	AgentMetadata string
}

type dispatchRules struct {
	session *session
	rules   collection[*livekit.SIPDispatchRuleInfo]
}

func newDispatchRules(s *session) dispatchRules {
	list := func(ctx context.Context, ids []string, after string) ([]*livekit.SIPDispatchRuleInfo, error) {
		request := &livekit.ListSIPDispatchRuleRequest{DispatchRuleIds: ids, Page: page(after)}
		response, err := do(ctx, s, s.sip.ListSIPDispatchRule, request)
		return response.GetItems(), err
	}
	return dispatchRules{s, collection[*livekit.SIPDispatchRuleInfo]{
		noun: "dispatch rule", ids: ruleID, list: list, desired: desiredDispatchRule, lacks: ruleLacks,
	}}
}

// Observe finds the rule by id or marker.
func (d dispatchRules) Observe(ctx context.Context, call external.Call) (external.Observation, error) {
	return d.rules.find(ctx, call)
}

// Create makes the rule, or adopts it if it is the one in the way.
func (d dispatchRules) Create(ctx context.Context, call external.Call) (external.Observation, error) {
	rule, err := desiredDispatchRule(call)
	if err != nil {
		return external.Observation{}, err
	}
	request := &livekit.CreateSIPDispatchRuleRequest{DispatchRule: rule}
	made, err := create(ctx, d.session, d.session.sip.CreateSIPDispatchRule, request)
	if external.ClassOf(err) == external.ResourceInUse {
		made, err = d.rules.adopt(ctx, err, call.Marker, dispatchesCallsOf(rule))
	}
	return d.rules.returned(made, err, call)
}

// Update replaces the rule: no other change reaches the agents.
func (d dispatchRules) Update(ctx context.Context, call external.Call) (external.Observation, error) {
	rule, err := d.rules.replacement(call)
	if err != nil {
		return external.Observation{}, err
	}
	changed, err := do(ctx, d.session, d.session.sip.UpdateSIPDispatchRule, &livekit.UpdateSIPDispatchRuleRequest{
		SipDispatchRuleId: call.ID,
		Action:            &livekit.UpdateSIPDispatchRuleRequest_Replace{Replace: rule},
	})
	if external.ClassOf(err) == external.ResourceInUse {
		err = d.rules.explain(ctx, err, call.ID, dispatchesCallsOf(rule))
	}
	return d.rules.returned(changed, err, call)
}

// List observes all rules.
func (d dispatchRules) List(ctx context.Context, _ string) ([]external.Observation, error) {
	return d.rules.observations(ctx)
}

// Delete asks for the rule to go.
func (d dispatchRules) Delete(ctx context.Context, call external.Call) error {
	if err := d.rules.check(call.ID); err != nil {
		return err
	}
	_, err := do(ctx, d.session, d.session.sip.DeleteSIPDispatchRule, &livekit.DeleteSIPDispatchRuleRequest{SipDispatchRuleId: call.ID})
	return err
}

// desiredDispatchRule bears the marker in its name only: LiveKit shows metadata
// and attributes of a rule to everyone in the room.
func desiredDispatchRule(call external.Call) (*livekit.SIPDispatchRuleInfo, error) {
	spec, err := specOf[DispatchRuleSpec](call)
	if err != nil {
		return nil, err
	}
	trunk := call.Inputs[InputTrunkID]
	if !trunkID.MatchString(trunk) {
		// A rule without a trunk would dispatch the calls to every number.
		return nil, refuse("a dispatch rule needs the id of an inbound trunk")
	}
	if spec.RoomPrefix == "" {
		return nil, refuse("a dispatch rule needs a room prefix")
	}
	return &livekit.SIPDispatchRuleInfo{
		Name:       call.Marker,
		TrunkIds:   []string{trunk},
		Rule:       roomPerCall(spec.RoomPrefix),
		RoomConfig: spec.roomConfig(),
	}, nil
}

func roomPerCall(prefix string) *livekit.SIPDispatchRule {
	return &livekit.SIPDispatchRule{Rule: &livekit.SIPDispatchRule_DispatchRuleIndividual{
		DispatchRuleIndividual: &livekit.SIPDispatchRuleIndividual{RoomPrefix: prefix},
	}}
}

// roomConfig is nil without an agent, which leaves it to automatic dispatch.
func (s DispatchRuleSpec) roomConfig() *livekit.RoomConfiguration {
	if s.AgentName == "" {
		return nil
	}
	return &livekit.RoomConfiguration{Agents: []*livekit.RoomAgentDispatch{
		{AgentName: s.AgentName, Metadata: s.AgentMetadata},
	}}
}

// dispatchesCallsOf matches rules that share a trunk with the given one.
func dispatchesCallsOf(rule *livekit.SIPDispatchRuleInfo) func(*livekit.SIPDispatchRuleInfo) bool {
	return func(other *livekit.SIPDispatchRuleInfo) bool {
		return slices.ContainsFunc(other.GetTrunkIds(), func(id string) bool {
			return slices.Contains(rule.GetTrunkIds(), id)
		})
	}
}
