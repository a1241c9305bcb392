package livekitsim

import (
	"fmt"
	"slices"

	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/utils/guid"
	"google.golang.org/protobuf/proto"
)

// InboundTrunks returns all inbound trunks; here and below the result is a copy, by id.
func (s *Simulator) InboundTrunks() []*livekit.SIPInboundTrunkInfo { return snapshot(s, s.inbound) }

// OutboundTrunks returns all outbound trunks. They hold passwords in clear.
func (s *Simulator) OutboundTrunks() []*livekit.SIPOutboundTrunkInfo { return snapshot(s, s.outbound) }

// DispatchRules returns all dispatch rules.
func (s *Simulator) DispatchRules() []*livekit.SIPDispatchRuleInfo { return snapshot(s, s.rules) }

func snapshot[T object](s *Simulator, t table[T]) []T {
	s.mu.Lock()
	defer s.mu.Unlock()
	return copies(t.stored())
}

// Violations tells what clients asked for and must never ask for: trunks and
// rules that match everything. The server accepts them, and so does a Simulator.
func (s *Simulator) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.violations)
}

// violate is called with the lock held.
func (s *Simulator) violate(format string, args ...any) {
	s.violations = append(s.violations, fmt.Sprintf(format, args...))
}

// AddInboundTrunk puts a trunk into the project by hand, without the server's checks,
// and returns its id.
func (s *Simulator) AddInboundTrunk(trunk *livekit.SIPInboundTrunkInfo) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	trunk = proto.CloneOf(trunk)
	trunk.SipTrunkId = s.newID(guid.SIPTrunkPrefix)
	return s.putInbound(trunk).ID()
}

// AddDispatchRule puts a rule into the project by hand, and returns its id.
func (s *Simulator) AddDispatchRule(rule *livekit.SIPDispatchRuleInfo) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	rule = proto.CloneOf(rule)
	rule.SipDispatchRuleId = s.newID(guid.SIPDispatchRulePrefix)
	return s.putRule(rule).ID()
}

// EditInboundTrunk changes any setting of a trunk by hand, without the server's
// checks; here and below, it does nothing where there is no such object.
func (s *Simulator) EditInboundTrunk(id string, change func(*livekit.SIPInboundTrunkInfo)) {
	editByHand(s, s.inbound, id, change)
}

// EditOutboundTrunk changes any setting of a trunk by hand.
func (s *Simulator) EditOutboundTrunk(id string, change func(*livekit.SIPOutboundTrunkInfo)) {
	editByHand(s, s.outbound, id, change)
}

// EditDispatchRule changes any setting of a rule by hand.
func (s *Simulator) EditDispatchRule(id string, change func(*livekit.SIPDispatchRuleInfo)) {
	editByHand(s, s.rules, id, change)
}

func editByHand[T object](s *Simulator, t table[T], id string, change func(T)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if item, ok := t.get(id); ok {
		change(item)
		t.put(item)
	}
}

// RemoveInboundTrunk deletes a trunk by hand, and reports whether it was there.
func (s *Simulator) RemoveInboundTrunk(id string) bool { return removeByHand(s, s.inbound, id) }

// RemoveOutboundTrunk deletes a trunk by hand.
func (s *Simulator) RemoveOutboundTrunk(id string) bool { return removeByHand(s, s.outbound, id) }

// RemoveDispatchRule deletes a rule by hand.
func (s *Simulator) RemoveDispatchRule(id string) bool { return removeByHand(s, s.rules, id) }

func removeByHand[T object](s *Simulator, t table[T], id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return t.remove(id)
}
