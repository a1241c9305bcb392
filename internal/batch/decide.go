package batch

import (
	"cmp"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/callplane/callplane/api/v1alpha1"
)

// A Decision is what comes next for a number: a result, or what to wait for.
type Decision struct {
	// Delete asks for the object to be deleted.
	Delete bool
	// Gone is a result: the object does not exist any more.
	Gone bool
	// Error is the other result: why it was not deleted.
	Error string
	// State is that of a number which has no result yet.
	State string
}

// Decide looks at the object that was found for a number, nil if it is gone, which was
// begun or not.
func Decide(spec v1alpha1.PhoneNumberDeletionSpec, number *v1alpha1.PhoneNumber, begun bool) Decision {
	switch {
	case number == nil:
		return Decision{Gone: true}
	case (!begun || number.DeletionTimestamp.IsZero()) && isOthers(spec, number):
		return others(spec, number)
	case number.DeletionTimestamp.IsZero():
		return Decision{Delete: true}
	default:
		return follow(spec, number)
	}
}

// isOthers reports whether a number belongs to another agent than is spoken of.
func isOthers(spec v1alpha1.PhoneNumberDeletionSpec, number *v1alpha1.PhoneNumber) bool {
	return spec.AgentRef != nil && (number.Spec.AgentRef == nil || number.Spec.AgentRef.Name != spec.AgentRef.Name)
}

func others(spec v1alpha1.PhoneNumberDeletionSpec, number *v1alpha1.PhoneNumber) Decision {
	owner := "no agent"
	if number.Spec.AgentRef != nil {
		owner = "the agent " + number.Spec.AgentRef.Name
	}
	return Decision{Error: fmt.Sprintf("The PhoneNumber %s belongs to %s, not to %s.", number.Name, owner, spec.AgentRef.Name)}
}

// follow judges a deletion that has begun, whoever began it.
func follow(spec v1alpha1.PhoneNumberDeletionSpec, number *v1alpha1.PhoneNumber) Decision {
	conditions := number.Status.Conditions
	corrupted := meta.FindStatusCondition(conditions, v1alpha1.ConditionCorrupted)
	deleting := meta.FindStatusCondition(conditions, v1alpha1.ConditionDeleting)
	switch {
	case Overrides(spec, number):
		return Decision{Error: fmt.Sprintf("The PhoneNumber %s is already being deleted under the policy %s, not %s.", number.Name, policy(number), spec.DeletionPolicy)}
	case corrupted != nil && meta.IsStatusConditionTrue(conditions, v1alpha1.ConditionCorrupted):
		return Decision{Error: cmp.Or(corrupted.Message, "Its cleanup failed.")}
	case deleting != nil && (deleting.Reason == v1alpha1.ReasonPaused || deleting.Reason == v1alpha1.ReasonBlocked):
		return Decision{State: v1alpha1.DeletionHeld}
	default:
		return Decision{State: v1alpha1.DeletionDeleting}
	}
}

// Overrides reports whether a number has another policy than it is to be deleted
// under.
func Overrides(spec v1alpha1.PhoneNumberDeletionSpec, number *v1alpha1.PhoneNumber) bool {
	return spec.DeletionPolicy != "" && spec.DeletionPolicy != policy(number)
}

func policy(number *v1alpha1.PhoneNumber) v1alpha1.DeletionPolicy {
	return cmp.Or(number.Spec.DeletionPolicy, v1alpha1.DeletionPolicyTeardown)
}
