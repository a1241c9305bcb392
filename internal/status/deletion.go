package status

import (
	"cmp"
	"encoding/json"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
)

// maxError, in bytes, keeps a status of 1,000 errors far below what etcd can store. In
// JSON, which may spell one byte with six, they are twice as long at most.
const maxError = 400

// Progress says how far the deletion of many numbers is, from the lists in its
// status. It is complete once every number has a result, whatever that is.
func Progress(deletion *v1alpha1.PhoneNumberDeletion, now metav1.Time) {
	status := &deletion.Status
	for i := range status.Errors {
		status.Errors[i].Error = short(status.Errors[i].Error)
	}
	status.Counts = counts(*status)
	reason, message := v1alpha1.ReasonInProgress, progress(*status)
	complete := len(status.Remaining) == 0
	if complete {
		reason, message = v1alpha1.ReasonAllDeleted, completed(deletion)
		status.CompletedAt = cmp.Or(status.CompletedAt, &now)
	}
	if complete && len(status.Errors) > 0 {
		reason = v1alpha1.ReasonCompletedWithErrors
		status.Problem = reason
	}
	s := setter{conditions: &status.Conditions, generation: deletion.Generation, now: now}
	s.set(v1alpha1.ConditionComplete, complete, reason, message)
	s.present(v1alpha1.ConditionReconciling, !complete, reason, message)
	status.ObservedGeneration = deletion.Generation
}

// Impossible says why no number could be deleted at all. It stays so.
func Impossible(deletion *v1alpha1.PhoneNumberDeletion, now metav1.Time, reason, message string) {
	s := setter{conditions: &deletion.Status.Conditions, generation: deletion.Generation, now: now}
	s.set(v1alpha1.ConditionComplete, false, reason, message)
	s.present(v1alpha1.ConditionFailed, true, reason, message)
	s.present(v1alpha1.ConditionStalled, true, reason, message)
	deletion.Status.CompletedAt = &now
	deletion.Status.Problem = reason
	deletion.Status.ObservedGeneration = deletion.Generation
}

func counts(status v1alpha1.PhoneNumberDeletionStatus) *v1alpha1.DeletionCounts {
	pending := len(inState(status, v1alpha1.DeletionPending))
	return &v1alpha1.DeletionCounts{
		Total:   count(len(status.Remaining) + len(status.Deleted) + len(status.Errors)),
		Pending: count(pending), Deleting: count(len(status.Remaining) - pending),
		Deleted: count(len(status.Deleted)), Failed: count(len(status.Errors)),
	}
}

func inState(status v1alpha1.PhoneNumberDeletionStatus, state string) []string {
	var names []string
	for _, number := range status.Remaining {
		if number.State == state {
			names = append(names, number.Name)
		}
	}
	return names
}

func count(n int) *int32 { return new(int32(n)) }

func progress(status v1alpha1.PhoneNumberDeletionStatus) string {
	c := status.Counts
	message := fmt.Sprintf("Deleted %d of %d numbers; failed: %d, being deleted: %d, pending: %d.", *c.Deleted, *c.Total, *c.Failed, *c.Deleting, *c.Pending)
	if held := inState(status, v1alpha1.DeletionHeld); len(held) > 0 {
		message += fmt.Sprintf(" Held: %d, among them %s; its condition Deleting says by what.", len(held), held[0])
	}
	return message
}

func completed(deletion *v1alpha1.PhoneNumberDeletion) string {
	c := deletion.Status.Counts
	if *c.Total == 0 {
		return "No number matches the selector."
	}
	done, rest := "Deleted", "."
	if dryRun := deletion.Spec.DryRun; dryRun != nil && *dryRun {
		done = "Would delete"
	}
	if *c.Failed > 0 {
		rest = "; status.errors says what is wrong with the others."
	}
	return fmt.Sprintf("%s %d of %d numbers%s", done, *c.Deleted, *c.Total, rest)
}

// short keeps the beginning of a sentence that one line of a status can hold.
func short(text string) string {
	text = cut(oneLine(text), maxError)
	for {
		spelt, err := json.Marshal(text)
		if err != nil || len(spelt) <= 2*maxError {
			return text
		}
		text = cut(text, len(text)/2)
	}
}
