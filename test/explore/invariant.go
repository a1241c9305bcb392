package explore

import (
	"fmt"
	"slices"

	"github.com/livekit/protocol/livekit"
	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/controller/lifecycle"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/usage"
)

// check holds a system after a step against the invariants I1 to I3, I9 and I10; before
// is what it was.
func (s *system) check(before *system) []string {
	var violations []string
	things := s.things()
	for _, t := range things {
		if !s.accounted(t) {
			violations = append(violations, fmt.Sprintf("I1: %s %s named %q has no owner that knows it", t.provider, t.id, t.name))
		}
	}
	for _, owner := range before.owners() {
		violations = append(violations, s.left(owner)...)
	}
	for _, owner := range s.owners() {
		violations = append(violations, onePerSlot(owner, things)...)
	}
	return slices.Concat(violations, s.unanswered(before), s.untouched(), s.results(before))
}

// accounted reports whether somebody knows of what bears a marker. What a number had
// that was lost need not be known before a sweep.
func (s *system) accounted(t thing) bool {
	if t.uid == "" || slices.Contains(s.lost, t.uid) {
		return true
	}
	owner := s.owner(t.uid)
	takenOver := slices.ContainsFunc(s.owners(), func(o v1alpha1.Owner) bool { return recordedAs(o.Lifecycle().ExternalResources, t) })
	return owner != nil && recorded(owner.Lifecycle().ExternalResources, t) || takenOver || s.onRecord(t)
}

// left lists what is left of an owner that has gone and should have left nothing.
func (s *system) left(owner v1alpha1.Owner) []string {
	uid := string(owner.GetUID())
	if s.owner(uid) != nil || spared(owner) || slices.Contains(s.lost, uid) {
		return nil
	}
	violations := s.back(owner)
	for _, t := range s.thingsOf(uid) {
		violations = append(violations, fmt.Sprintf("I3: %q is gone, and %s %s is left", owner.GetName(), t.provider, t.id))
	}
	return violations
}

// spared reports whether what belongs to an owner may outlive it.
func spared(owner v1alpha1.Owner) bool {
	return lifecycle.Forced(owner) || owner.Policy() == v1alpha1.DeletionPolicyRetain
}

// onePerSlot is I2: a second thing in a slot needs an intent that explains it.
func onePerSlot(owner v1alpha1.Owner, things []thing) []string {
	held := map[external.Slot]int{}
	for _, t := range things {
		if t.uid == string(owner.GetUID()) {
			held[t.slot]++
		}
	}
	var violations []string
	for slot, count := range held {
		entry, known := ledger.Find(owner.Lifecycle().ExternalResources, slot)
		if count > 1 && !(known && entry.ID == "") {
			violations = append(violations, fmt.Sprintf("I2: %d things in the slot %s of %q", count, slot, owner.GetName()))
		}
	}
	return violations
}

// truthful is I13, for a visit that saw things as they are and met no fault: a
// number that says it is Ready has everything, and a status is of the generation
// that it claims to be of. A deletion must have been seen by a visit of the number.
func (s *system) truthful(visited v1alpha1.Owner) []string {
	var violations []string
	for _, number := range s.numbers() {
		ready := meta.FindStatusCondition(number.Status.Conditions, v1alpha1.ConditionReady)
		if ready == nil || ready.Status != "True" {
			continue
		}
		if ready.ObservedGeneration != number.Generation && (number.DeletionTimestamp == nil || visited == nil || visited.GetUID() != number.UID) {
			continue // not seen yet
		}
		if missing := s.missing(number); len(missing) > 0 {
			violations = append(violations, fmt.Sprintf("I13: %q is Ready without %v", number.Name, missing))
		}
		for _, t := range s.thingsOf(string(number.UID)) {
			if !slices.Contains(slotsOf(number), t.slot) {
				violations = append(violations, fmt.Sprintf("I13: %q is Ready and has %s %s, which it does not ask for", number.Name, t.slot, t.id))
			}
		}
	}
	return append(violations, s.truthfulTrunks()...)
}

// missing lists what a number needs and does not have.
func (s *system) missing(number *v1alpha1.PhoneNumber) []string {
	own := s.thingsOf(string(number.UID))
	var missing []string
	for _, slot := range slotsOf(number) {
		if !slices.ContainsFunc(own, func(t thing) bool { return t.slot == slot }) {
			missing = append(missing, string(slot))
		}
	}
	if usage.Trunk(number) != "" {
		return append(append(missing, s.placeless(number)...), s.mismatched(number)...)
	}
	trunk, _ := ledger.Find(number.Status.ExternalResources, external.SlotTrunk)
	if len(s.twilio.NumbersOn(trunk.ID)) != 1 {
		missing = append(missing, string(external.SlotAttachment))
	}
	if number.Spec.Inbound != nil && len(s.twilio.OriginationURLs(trunk.ID)) != 1+len(number.Spec.Import) {
		missing = append(missing, string(external.SlotOriginationURL))
	}
	if number.Spec.Outbound != nil && len(s.twilio.CredentialListsOn(trunk.ID)) != 1 {
		missing = append(missing, string(external.SlotCredentialListLink))
	}
	return append(missing, s.mismatched(number)...)
}

// mismatched lists what is there and not as the number asks for.
func (s *system) mismatched(number *v1alpha1.PhoneNumber) []string {
	inbound := number.Spec.Inbound
	if inbound == nil {
		return nil
	}
	encrypted := inbound.MediaEncryption == v1alpha1.MediaEncryptionRequire
	var mismatched []string
	for _, trunk := range s.twilio.Trunks("") {
		if trunk.SID == idOf(number, external.SlotTrunk) && trunk.Secure != encrypted {
			mismatched = append(mismatched, "the encryption of the trunk")
		}
	}
	for _, trunk := range s.livekit.InboundTrunks() {
		requires := trunk.GetMedia().GetEncryption() == livekit.SIPMediaEncryption_SIP_MEDIA_ENCRYPT_REQUIRE
		if trunk.SipTrunkId == idOf(number, external.SlotInboundTrunk) && requires != encrypted {
			mismatched = append(mismatched, "the encryption of the inbound trunk")
		}
	}
	for _, rule := range s.livekit.DispatchRules() {
		if rule.SipDispatchRuleId == idOf(number, external.SlotDispatchRule) && (len(agentsOf(rule)) > 0) != (number.Spec.AgentRef != nil) {
			mismatched = append(mismatched, "the agent of the rule")
		}
	}
	return mismatched
}

// slotsOf lists the slots of a number that hold something with a name of its own.
func slotsOf(number *v1alpha1.PhoneNumber) []external.Slot {
	var slots []external.Slot
	if number.Spec.Inbound != nil {
		slots = append(slots, external.SlotInboundTrunk, external.SlotDispatchRule)
	}
	if usage.Trunk(number) != "" {
		return slots
	}
	if !lends(number, external.SlotTrunk) {
		slots = append(slots, external.SlotTrunk)
	}
	if number.Spec.Outbound != nil {
		slots = append(slots, external.SlotCredentialList, external.SlotOutboundTrunk)
		if len(number.Spec.Outbound.AllowedAddresses) > 0 {
			slots = append(slots, external.SlotIPAccessList)
		}
	}
	return slots
}
