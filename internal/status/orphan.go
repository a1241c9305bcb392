package status

import (
	"cmp"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
)

// Unfinished says in the conditions of an OrphanRecord why what it lists was to be
// deleted and is not all gone: Stalled where a person must act, else Reconciling.
func Unfinished(record *v1alpha1.OrphanRecord, attempt Attempt) {
	failures := attempt.failures()
	class := external.Foremost(classes(failures))
	reason, message := string(class), cleanupFailed(words(failures, class), attempt.leftovers(nil), recordList)
	switch {
	case len(failures) == 0 && attempt.queued():
		reason, message = v1alpha1.ReasonRetrying, queueing
	case len(failures) == 0:
		reason, message = v1alpha1.ReasonVerifying, waitingForLists
	}
	s := setter{conditions: &record.Status.Conditions, generation: record.Generation, now: attempt.Now}
	stalled := len(failures) > 0 && class.Lasting()
	s.present(v1alpha1.ConditionStalled, stalled, reason, message)
	s.present(v1alpha1.ConditionReconciling, !stalled, reason, message)
}

// Refused says in the conditions of an OrphanRecord why nothing of it is deleted.
func Refused(record *v1alpha1.OrphanRecord, now metav1.Time, why string) {
	s := setter{conditions: &record.Status.Conditions, generation: record.Generation, now: now}
	s.present(v1alpha1.ConditionStalled, true, v1alpha1.ReasonDeleteExternalRefused, why)
	s.present(v1alpha1.ConditionReconciling, false, "", "")
}

// mostFound is how many finds a sentence names.
const mostFound = 5

// Swept says what was found in an account that nobody stands for, and on which
// record it is.
func Swept(record *v1alpha1.OrphanRecord, account string, found []v1alpha1.ExternalResource) string {
	why := "They bear the name of an object that does not exist."
	if owner := record.Spec.Owner; owner.Name != "" {
		why = fmt.Sprintf("They bear the name of the %s %s/%s, which has others in their place.", cmp.Or(owner.Kind, v1alpha1.KindPhoneNumber), owner.Namespace, owner.Name)
	}
	return oneLine(fmt.Sprintf("Found in %s, with no owner: %s. %s The OrphanRecord %s in the namespace %s lists them.",
		account, several(found, min(len(found), mostFound), "the record"), why, record.Name, record.Namespace))
}
