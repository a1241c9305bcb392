// Package deletion says what deleting a number or a trunk would do, from its ledger and
// its spec, as the policy callplane-deletion-plan does in one line. It deletes nothing.
package deletion

import (
	"fmt"
	"strings"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
)

// A Plan is what a deletion does.
type Plan struct {
	// Unlinks says who loses the calls; empty for nobody.
	Unlinks string
	// Goes is what is torn down. Of what is retained nothing is.
	Goes []v1alpha1.ExternalResource
	// Stays is what is left at the providers on purpose.
	Stays []v1alpha1.ExternalResource
	// Number says what becomes of the number itself; empty for a trunk.
	Number string
	// Waits are the conditions under which all of this begins.
	Waits []string
}

// Of plans the deletion of an object.
func Of(owner v1alpha1.Owner) Plan {
	var plan Plan
	for _, entry := range owner.Lifecycle().ExternalResources {
		if Goes(owner, entry) {
			plan.Goes = append(plan.Goes, entry)
		} else {
			plan.Stays = append(plan.Stays, entry)
		}
	}
	if number, ok := owner.(*v1alpha1.PhoneNumber); ok {
		plan.Unlinks, plan.Number = unlinks(number, plan.Goes), fate(number)
	}
	plan.Waits = waits(owner)
	return plan
}

// Goes reports whether an entry is taken down with its object.
func Goes(owner v1alpha1.Owner, entry v1alpha1.ExternalResource) bool {
	switch policy := Policy(owner); {
	case policy == v1alpha1.DeletionPolicyRetain:
		return false
	case entry.Slot == string(external.SlotNumber):
		return policy == v1alpha1.DeletionPolicyRelease
	default:
		return !ledger.Outlives(entry)
	}
}

// Policy is what a deletion obeys: that of the teardown once it has begun.
func Policy(owner v1alpha1.Owner) v1alpha1.DeletionPolicy {
	if teardown := owner.Lifecycle().Teardown; teardown != nil && teardown.Policy != "" {
		return teardown.Policy
	}
	if policy := owner.Policy(); policy != "" {
		return policy
	}
	return v1alpha1.DeletionPolicyTeardown
}

func unlinks(number *v1alpha1.PhoneNumber, goes []v1alpha1.ExternalResource) string {
	if _, ok := ledger.Find(goes, external.SlotDispatchRule); !ok {
		return ""
	}
	if number.Spec.AgentRef == nil {
		return "new calls no longer reach an agent"
	}
	return "new calls no longer reach the agent " + number.Spec.AgentRef.Name
}

func fate(number *v1alpha1.PhoneNumber) string {
	switch policy := Policy(number); {
	case policy == v1alpha1.DeletionPolicyRetain:
		return "nothing is torn down; what stays is listed in an OrphanRecord in the namespace of the manager"
	case policy == v1alpha1.DeletionPolicyRelease:
		return "then the number is given back to the carrier, for good"
	case previous(number) != "":
		return "the number goes back to " + previous(number) + ", from which it was taken"
	default:
		return "the number itself stays in the account"
	}
}

func previous(number *v1alpha1.PhoneNumber) string {
	for _, entry := range number.Status.ExternalResources {
		if entry.Origin == v1alpha1.OriginTakenOver && entry.Previous != "" {
			return entry.Previous
		}
	}
	return ""
}

func waits(owner v1alpha1.Owner) []string {
	var waits []string
	if owner.GetAnnotations()[v1alpha1.AnnotationPaused] == "true" {
		waits = append(waits, "the annotation "+v1alpha1.AnnotationPaused+" is removed")
	}
	trunk, ok := owner.(*v1alpha1.SIPTrunk)
	if !ok || trunk.Status.Numbers == nil || trunk.Status.Numbers.Count == nil || *trunk.Status.Numbers.Count == 0 {
		return waits
	}
	names := trunk.Status.Numbers.Names
	shown := names[:min(len(names), 5)]
	more := ""
	if rest := int(*trunk.Status.Numbers.Count) - len(shown); rest > 0 {
		more = fmt.Sprintf(" and %d more", rest)
	}
	return append(waits, fmt.Sprintf("no phone number is on it any more (now %d: %s%s)", *trunk.Status.Numbers.Count, strings.Join(shown, ", "), more))
}

// Sentences says what a plan holds besides the list of what goes.
func (p Plan) Sentences() []string {
	var sentences []string
	if p.Unlinks != "" {
		sentences = append(sentences, p.Unlinks)
	}
	switch {
	case len(p.Goes) == 0 && len(p.Stays) == 0:
		sentences = append(sentences, "nothing was made for it at the providers")
	case len(p.Goes) > 0:
		sentences = append(sentences, fmt.Sprintf("%s at the providers", torn(len(p.Goes))))
	}
	if p.Number != "" {
		sentences = append(sentences, p.Number)
	}
	if len(p.Waits) > 0 {
		sentences = append(sentences, "all this waits until "+strings.Join(p.Waits, ", and until "))
	}
	return sentences
}

func torn(count int) string {
	if count == 1 {
		return "1 resource is torn down"
	}
	return fmt.Sprintf("%d resources are torn down", count)
}
