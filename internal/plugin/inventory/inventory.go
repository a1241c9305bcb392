// Package inventory finds what belongs together at the providers: which trunks, lists and
// rules serve which number, and which PhoneNumber would take that over as it is. It asks
// no provider and changes nothing.
package inventory

import (
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/marker"
)

// Sources are what is looked through.
type Sources struct {
	Namespace string
	// Account and Project are the names of the objects that stand for the providers.
	Account, Project string
	// Carrier and Platform are what is held there.
	Carrier, Platform []external.Holding
	// Known are all numbers and trunks that are declared already.
	Known []v1alpha1.Owner
	// Agents of the namespace.
	Agents []v1alpha1.VoiceAgent
	// OnDelete is what becomes of what is imported.
	OnDelete v1alpha1.OnDelete
}

// A Proposal is a number as it could be declared.
type Proposal struct {
	Number *v1alpha1.PhoneNumber
	// Agent that is to be created with it; nil if there is one already, or none.
	Agent *v1alpha1.VoiceAgent
	// Notes say what a person should know of it.
	Notes []string
}

// An Omission is a number that is not proposed, and why.
type Omission struct {
	Number string
	Reason string
}

// Propose goes through the numbers of the account, in their order.
func Propose(from Sources) ([]Proposal, []Omission) {
	var proposals []Proposal
	var omissions []Omission
	names := from.agentNames()
	for _, number := range from.numbers() {
		if reason := from.refuses(number); reason != "" {
			omissions = append(omissions, Omission{Number: number.Numbers[0], Reason: reason})
			continue
		}
		proposals = append(proposals, from.propose(number, names))
	}
	return proposals, omissions
}

func (s Sources) numbers() []external.Holding {
	numbers := inSlot(s.Carrier, external.SlotNumber)
	slices.SortFunc(numbers, func(a, b external.Holding) int { return strings.Compare(a.Numbers[0], b.Numbers[0]) })
	return numbers
}

func inSlot(holdings []external.Holding, slot external.Slot) []external.Holding {
	return slices.DeleteFunc(slices.Clone(holdings), func(h external.Holding) bool { return h.Slot != slot })
}

// refuses says why a number cannot be declared as things are; empty if it can.
func (s Sources) refuses(number external.Holding) string {
	e164 := number.Numbers[0]
	for _, owner := range s.Known {
		if identity := owner.Identity(); identity.Number == e164 {
			return fmt.Sprintf("the PhoneNumber %s/%s has it", identity.Namespace, identity.Name)
		}
	}
	if trunk, ok := s.trunkOf(number); ok && marker.Is(trunk.Name) {
		return fmt.Sprintf("it is on the trunk %s, which a Callplane made and named %s", trunk.ID, trunk.Name)
	}
	for _, inbound := range s.serving(external.SlotInboundTrunk, e164) {
		switch {
		case marker.Is(inbound.Name):
			return fmt.Sprintf("the inbound trunk %s has it, which a Callplane made and named %s", inbound.ID, inbound.Name)
		case len(inbound.Numbers) > 1:
			return fmt.Sprintf("the inbound trunk %s (%q) takes the calls of %d numbers, and a trunk can be imported by one only: remove the number from it first", inbound.ID, inbound.Name, len(inbound.Numbers))
		case s.owner(inbound) != "":
			return fmt.Sprintf("the inbound trunk %s is of %s", inbound.ID, s.owner(inbound))
		}
	}
	return ""
}

func (s Sources) trunkOf(number external.Holding) (external.Holding, bool) {
	for _, trunk := range inSlot(s.Carrier, external.SlotTrunk) {
		if slices.Contains(number.Ties, trunk.ID) {
			return trunk, true
		}
	}
	return external.Holding{}, false
}

// serving are the trunks of the platform that name a number.
func (s Sources) serving(slot external.Slot, e164 string) []external.Holding {
	return slices.DeleteFunc(inSlot(s.Platform, slot), func(h external.Holding) bool {
		return !slices.ContainsFunc(h.Numbers, func(n string) bool { return normal(n) == e164 })
	})
}

// normal is E.164 for what people write into trunks.
func normal(number string) string {
	return "+" + strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, number)
}

// owner is who has something in its ledger; empty for nobody.
func (s Sources) owner(holding external.Holding) string {
	for _, owner := range s.Known {
		for _, entry := range owner.Lifecycle().ExternalResources {
			if entry.ID == holding.ID && entry.Slot != string(external.SlotNumber) {
				identity := owner.Identity()
				return fmt.Sprintf("the %s %s/%s", identity.Kind, identity.Namespace, identity.Name)
			}
		}
	}
	return ""
}

// ObjectName is what the PhoneNumber of a number is called.
func ObjectName(e164 string) string { return "phone-" + strings.TrimPrefix(e164, "+") }

func (s Sources) meta(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: s.Namespace, Name: name}
}
