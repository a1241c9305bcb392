package status

import (
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/callplane/callplane/api/v1alpha1"
)

const (
	// inLine is why nothing is done yet though nothing has failed.
	inLine = "waiting for a turn among the requests to the providers"
	// expected begins what is said of a wait that is long.
	expected = ", which is expected to take about "
)

// InLine says that a turn is awaited, and for how long if that is long. It is no news of
// what is set up, or has failed, already, nor if it is over soon, except that a deletion
// which is asked about is shown; and a time that was said once stays, since an estimate that moves helps
// nobody.
func InLine(current v1alpha1.LifecycleStatus, deleting bool, wait time.Duration) (verdict Verdict, news bool) {
	shown := meta.FindStatusCondition(current.Conditions, v1alpha1.ConditionDeleting)
	ready := meta.FindStatusCondition(current.Conditions, v1alpha1.ConditionReady)
	message := inLine
	if words := roughly(wait); words != "" {
		message += expected + words
	}
	switch {
	case IsCorrupted(current):
		return Verdict{}, false
	case deleting && shown == nil:
		return Deleting(v1alpha1.ReasonAwaitingBudget, message), true
	case deleting:
		untold := shown.Reason == v1alpha1.ReasonAwaitingBudget && !strings.Contains(shown.Message, expected)
		return Deleting(v1alpha1.ReasonAwaitingBudget, message), untold && message != inLine
	case ready != nil && (ready.Status == "True" || current.Problem != "" || strings.Contains(ready.Message, expected)):
		return Verdict{}, false
	default:
		return Provisioning(message), message != inLine
	}
}

// roughly says how long something takes; empty if that is not long.
func roughly(wait time.Duration) string {
	for _, step := range []struct {
		below time.Duration
		words string
	}{
		{2 * time.Minute, ""}, {7 * time.Minute, "5 minutes"}, {15 * time.Minute, "10 minutes"}, {25 * time.Minute, "20 minutes"},
		{45 * time.Minute, "half an hour"}, {90 * time.Minute, "an hour"},
	} {
		if wait < step.below {
			return step.words
		}
	}
	return fmt.Sprintf("%d hours", int(wait.Round(time.Hour).Hours()))
}
