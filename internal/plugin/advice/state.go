// Package advice judges a number or a trunk from its conditions: how it is, and what a
// person can do next. It knows no client and no provider.
package advice

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
)

// A State is what is to be said of an object first.
type State string

// States.
const (
	// Ready: calls reach the agent, or numbers can share the trunk.
	Ready State = "Ready"
	// SettingUp: it is being worked on, and goes on by itself.
	SettingUp State = "SettingUp"
	// NotReady: something is wrong, and the condition Ready says what.
	NotReady State = "NotReady"
	// Deleting: it is being torn down, or waits for that.
	Deleting State = "Deleting"
	// Held: its deletion waits for somebody.
	Held State = "Held"
	// Corrupted: a cleanup failed, and something is left at a provider.
	Corrupted State = "Corrupted"
)

// Of judges an object.
func Of(owner v1alpha1.Owner) State {
	conditions := owner.Lifecycle().Conditions
	deleting := !owner.GetDeletionTimestamp().IsZero()
	switch {
	case meta.IsStatusConditionTrue(conditions, v1alpha1.ConditionCorrupted):
		return Corrupted
	case deleting && held(conditions):
		return Held
	case deleting:
		return Deleting
	case !Seen(owner):
		return SettingUp
	case meta.IsStatusConditionTrue(conditions, v1alpha1.ConditionReady):
		return Ready
	case reason(conditions, v1alpha1.ConditionReady) == v1alpha1.ReasonProvisioning:
		return SettingUp
	default:
		return NotReady
	}
}

// Seen reports whether the status is of the object as it is now.
func Seen(owner v1alpha1.Owner) bool {
	return owner.Lifecycle().ObservedGeneration == owner.GetGeneration()
}

// Says is the condition that says most about the state, nil if there is none yet: what is
// said of an earlier spec says nothing.
func Says(owner v1alpha1.Owner) *metav1.Condition {
	conditions := owner.Lifecycle().Conditions
	kind := v1alpha1.ConditionReady
	switch state := Of(owner); {
	case state == Corrupted:
		kind = v1alpha1.ConditionCorrupted
	case state == Deleting || state == Held:
		kind = v1alpha1.ConditionDeleting
	case !Seen(owner):
		return nil
	}
	return meta.FindStatusCondition(conditions, kind)
}

func held(conditions []metav1.Condition) bool {
	switch reason(conditions, v1alpha1.ConditionDeleting) {
	case v1alpha1.ReasonPaused, v1alpha1.ReasonBlocked:
		return true
	}
	return false
}

func reason(conditions []metav1.Condition, kind string) string {
	if found := meta.FindStatusCondition(conditions, kind); found != nil {
		return found.Reason
	}
	return ""
}
