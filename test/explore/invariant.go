package explore

import (
	"fmt"
	"slices"

	"github.com/livekit/protocol/livekit"
	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
)

// check holds a system after a step against the invariants I1 to I3 and I9; before is what
// it was.
func (s *system) check(before *system) []string {
	var violations []string
	things := s.things()
	for _, t := range things {
		if !s.accounted(t) {
			violations = append(violations, fmt.Sprintf("I1: %s %s named %q has no owner that knows it", t.provider, t.id, t.name))
		}
	}
	for _, number := range before.numbers() {
		violations = append(violations, s.left(number)...)
	}
	for _, number := range s.numbers() {
		violations = append(violations, onePerSlot(number, things)...)
	}
	return append(violations, s.unanswered(before)...)
}

// accounted reports whether somebody knows of what bears a marker. What a number had
// that was lost need not be known before a sweep.
func (s *system) accounted(t thing) bool {
	if t.uid == "" || slices.Contains(s.lost, t.uid) {
		return true
	}
	owner := s.number(t.uid)
	takenOver := slices.ContainsFunc(s.numbers(), func(n *v1alpha1.PhoneNumber) bool { return recordedAs(n.Status.ExternalResources, t) })
	return owner != nil && recorded(owner.Status.ExternalResources, t) || takenOver || s.onRecord(t)
}

// left lists what is left of a number that has gone and should have left nothing.
func (s *system) left(number *v1alpha1.PhoneNumber) []string {
	uid := string(number.UID)
	if s.number(uid) != nil || spared(number) || slices.Contains(s.lost, uid) {
		return nil
	}
	violations := s.back(number)
	for _, t := range s.thingsOf(uid) {
		violations = append(violations, fmt.Sprintf("I3: %q is gone, and %s %s is left", number.Name, t.provider, t.id))
	}
	return violations
}

// spared reports whether what belongs to a number may outlive it.
func spared(number *v1alpha1.PhoneNumber) bool {
	return forced(number) || number.Spec.DeletionPolicy == v1alpha1.DeletionPolicyRetain
}

func forced(number *v1alpha1.PhoneNumber) bool {
	return number.Annotations[v1alpha1.AnnotationForceDelete] == "true"
}

// onePerSlot is I2: a second thing in a slot needs an intent that explains it.
func onePerSlot(number *v1alpha1.PhoneNumber, things []thing) []string {
	held := map[external.Slot]int{}
	for _, t := range things {
		if t.uid == string(number.UID) {
			held[t.slot]++
		}
	}
	var violations []string
	for slot, count := range held {
		entry, known := ledger.Find(number.Status.ExternalResources, slot)
		if count > 1 && !(known && entry.ID == "") {
			violations = append(violations, fmt.Sprintf("I2: %d things in the slot %s of %q", count, slot, number.Name))
		}
	}
	return violations
}

// truthful is I13, for a visit that saw things as they are and met no fault: a
// number that says it is Ready has everything, and a status is of the generation
// that it claims to be of. A deletion must have been seen by a visit of the number.
func (s *system) truthful(ofNumber bool) []string {
	var violations []string
	for _, number := range s.numbers() {
		ready := meta.FindStatusCondition(number.Status.Conditions, v1alpha1.ConditionReady)
		if ready == nil || ready.Status != "True" {
			continue
		}
		if ready.ObservedGeneration != number.Generation && (number.DeletionTimestamp == nil || !ofNumber) {
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
	return violations
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
	trunk, _ := ledger.Find(number.Status.ExternalResources, external.SlotTrunk)
	if len(s.twilio.NumbersOn(trunk.ID)) != 1 {
		missing = append(missing, string(external.SlotAttachment))
	}
	if number.Spec.Inbound != nil && len(s.twilio.OriginationURLs(trunk.ID)) != 1 {
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
	slots := []external.Slot{external.SlotTrunk}
	if number.Spec.Inbound != nil {
		slots = append(slots, external.SlotInboundTrunk, external.SlotDispatchRule)
	}
	if number.Spec.Outbound != nil {
		slots = append(slots, external.SlotCredentialList, external.SlotOutboundTrunk)
		if len(number.Spec.Outbound.AllowedAddresses) > 0 {
			slots = append(slots, external.SlotIPAccessList)
		}
	}
	return slots
}
