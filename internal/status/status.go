// Package status decides the conditions of a PhoneNumber, of an OrphanRecord and of a
// PhoneNumberDeletion: the only place that does. Its functions are pure; what happened
// goes in, a verdict comes out, and Apply writes the verdict into a status. It writes
// nothing to the API server.
package status

import (
	"cmp"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
)

// A Verdict is what the conditions are to say.
type Verdict struct {
	// Ready is the status of the condition Ready; Reason and Message are its own
	// and those of Stalled.
	Ready   bool
	Reason  string
	Message string
	// Corrupted also gives the reason and the message to the condition Corrupted.
	Corrupted bool
	// Deleting is the reason of the condition Deleting; empty leaves it out.
	// DeletingMessage is its message, where that is another than Ready's.
	Deleting        string
	DeletingMessage string
	// Reconciling and Stalled are never both true.
	Reconciling bool
	Stalled     bool
	// Problem is one word for what is wrong; empty while all is well.
	Problem string
}

// Apply writes a verdict into a status. The time of a condition moves only with
// its status, so an unchanged verdict leaves an unchanged status.
func Apply(status *v1alpha1.LifecycleStatus, generation int64, now metav1.Time, verdict Verdict) {
	s := setter{conditions: &status.Conditions, generation: generation, now: now}
	s.set(v1alpha1.ConditionReady, verdict.Ready, verdict.Reason, verdict.Message)
	if verdict.Corrupted {
		s.set(v1alpha1.ConditionCorrupted, true, verdict.Reason, verdict.Message)
	} else {
		s.set(v1alpha1.ConditionCorrupted, false, v1alpha1.ReasonNotCorrupted, "")
	}
	s.present(v1alpha1.ConditionDeleting, verdict.Deleting != "", verdict.Deleting, cmp.Or(verdict.DeletingMessage, verdict.Message))
	s.present(v1alpha1.ConditionReconciling, verdict.Reconciling, verdict.Reason, verdict.Message)
	s.present(v1alpha1.ConditionStalled, verdict.Stalled, verdict.Reason, verdict.Message)
	status.ObservedGeneration = generation
	status.Problem = verdict.Problem
}

// IsCorrupted reports whether an earlier cleanup has failed.
func IsCorrupted(status v1alpha1.LifecycleStatus) bool {
	return meta.IsStatusConditionTrue(status.Conditions, v1alpha1.ConditionCorrupted)
}

type setter struct {
	conditions *[]metav1.Condition
	generation int64
	now        metav1.Time
}

func (s setter) set(kind string, value bool, reason, message string) {
	condition := metav1.Condition{
		Type: kind, Status: metav1.ConditionFalse, Reason: reason, Message: Message(message),
		ObservedGeneration: s.generation, LastTransitionTime: s.now,
	}
	if value {
		condition.Status = metav1.ConditionTrue
	}
	meta.SetStatusCondition(s.conditions, condition)
}

// present keeps a condition only while it is True.
func (s setter) present(kind string, value bool, reason, message string) {
	if !value {
		meta.RemoveStatusCondition(s.conditions, kind)
		return
	}
	s.set(kind, true, reason, message)
}
