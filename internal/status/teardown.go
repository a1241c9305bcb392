package status

import (
	"cmp"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
)

// Deleting says how far a deletion is in which nothing has failed for good.
func Deleting(phase, message string) Verdict {
	return Verdict{
		Reason: v1alpha1.ReasonDeleting, Message: message, Deleting: phase,
		Reconciling: phase != v1alpha1.ReasonPaused,
	}
}

// Held says that a deletion waits for somebody. What an earlier attempt left
// behind is still there, so Corrupted stays.
func Held(current v1alpha1.LifecycleStatus, phase, message string) Verdict {
	if !IsCorrupted(current) {
		return Deleting(phase, message)
	}
	verdict := unchanged(current)
	verdict.Deleting, verdict.DeletingMessage = phase, message
	return verdict
}

// An Attempt is one finished attempt of a teardown.
type Attempt struct {
	Outcomes []engine.Outcome
	// Count of attempts in a row without progress, this one included, since the
	// manager started.
	Count int
	Now   metav1.Time
	// CorruptedAfter is how long passing errors may last before they count.
	CorruptedAfter time.Duration
}

// attemptsBeforeCorrupted is how often passing errors are tried before they
// count, however long that takes.
const attemptsBeforeCorrupted = 3

// Progress reports whether anything went away in the attempt.
func (a Attempt) Progress() bool {
	return slices.ContainsFunc(a.Outcomes, func(o engine.Outcome) bool { return o.Gone })
}

// Failed reports whether anything went wrong, rather than just has to be awaited.
func (a Attempt) Failed() bool { return len(a.failures()) > 0 }

// Remaining lists the entries that are still there, or may be.
func (a Attempt) Remaining() []v1alpha1.ExternalResource {
	var entries []v1alpha1.ExternalResource
	for _, outcome := range a.Outcomes {
		if !outcome.Gone {
			entries = append(entries, outcome.Entry)
		}
	}
	return entries
}

// leftovers are what remains without what is meant to stay: the number is left in the
// account unless it is to be released.
func (a Attempt) leftovers(teardown *v1alpha1.TeardownStatus) []v1alpha1.ExternalResource {
	releases := teardown != nil && teardown.Policy == v1alpha1.DeletionPolicyRelease
	return slices.DeleteFunc(a.Remaining(), func(entry v1alpha1.ExternalResource) bool {
		return ledger.Lent(entry) || ledger.Outlives(entry) && !releases
	})
}

// FailingSince is when the first attempt failed since something last went away;
// nil if nothing fails.
func (a Attempt) FailingSince(before *metav1.Time) *metav1.Time {
	switch {
	case len(a.failures()) == 0:
		return nil
	case before == nil || a.Progress():
		return &a.Now
	default:
		return before
	}
}

// queueing is why nothing was done yet though nothing has failed.
const queueing = "waiting for a turn among the requests to the provider. It is tried again."

// waitingForLists is why something that was not found may still be there.
const waitingForLists = "waiting until the providers' lists can be believed to be complete"

// TornDown judges an attempt that has left something: lasting errors make the
// number Corrupted at once, passing ones after a while, and it stays Corrupted
// until nothing is left.
func TornDown(current v1alpha1.LifecycleStatus, attempt Attempt) Verdict {
	failures := attempt.failures()
	class := external.Foremost(classes(failures))
	switch {
	case len(failures) == 0 && IsCorrupted(current):
		verdict := unchanged(current)
		verdict.Message = cleanupFailed(cmp.Or(attempt.awaited(), waitingForLists), attempt.leftovers(current.Teardown), ledgerList)
		return verdict
	case len(failures) == 0 && attempt.awaited() != "":
		return Deleting(v1alpha1.ReasonTearingDown, attempt.awaited())
	case len(failures) == 0 && attempt.queued():
		return Deleting(v1alpha1.ReasonRetrying, queueing)
	case len(failures) == 0:
		return Deleting(v1alpha1.ReasonVerifying, waitingForLists)
	case class.Lasting() || IsCorrupted(current) || attempt.unbroken(current.Teardown):
		message := cleanupFailed(words(failures, class), attempt.leftovers(current.Teardown), ledgerList)
		return Verdict{Reason: string(class), Message: message, Corrupted: true, Stalled: true, Deleting: v1alpha1.ReasonCleanupFailed, Problem: string(class)}
	default:
		return Deleting(v1alpha1.ReasonRetrying, sentence(words(failures, class))+" It is tried again.")
	}
}

// awaited says what somebody else is to do first; empty for nothing.
func (a Attempt) awaited() string {
	for _, outcome := range a.Outcomes {
		if outcome.Awaits != "" {
			return outcome.Awaits
		}
	}
	return ""
}

// queued reports whether the attempt ended in waiting for our own limits.
func (a Attempt) queued() bool {
	return slices.ContainsFunc(a.Outcomes, func(o engine.Outcome) bool { return external.IsOwnLimit(o.Err) })
}

// failures leaves out waiting for our own limits, which is nobody's failure.
func (a Attempt) failures() []error {
	var failures []error
	for _, outcome := range a.Outcomes {
		if outcome.Err != nil && !external.IsOwnLimit(outcome.Err) {
			failures = append(failures, outcome.Err)
		}
	}
	return failures
}

// unbroken reports whether passing errors have lasted too long.
func (a Attempt) unbroken(teardown *v1alpha1.TeardownStatus) bool {
	if teardown == nil || teardown.FailingSince == nil || a.Progress() {
		return false
	}
	return a.Count >= attemptsBeforeCorrupted && a.Now.Sub(teardown.FailingSince.Time) >= a.CorruptedAfter
}

func classes(failures []error) []external.Class {
	classes := make([]external.Class, len(failures))
	for i, err := range failures {
		classes[i] = external.ClassOf(err)
	}
	return classes
}

// words says what failed, the foremost class first, each sentence once.
func words(failures []error, foremost external.Class) string {
	var first, rest []string
	for _, err := range failures {
		message := external.MessageOf(err)
		switch {
		case slices.Contains(first, message) || slices.Contains(rest, message):
		case external.ClassOf(err) == foremost:
			first = append(first, message)
		default:
			rest = append(rest, message)
		}
	}
	return strings.Join(append(first, rest...), "; ")
}

// unchanged is the verdict that a corrupted status already shows.
func unchanged(current v1alpha1.LifecycleStatus) Verdict {
	verdict := Verdict{Corrupted: true, Stalled: true, Deleting: v1alpha1.ReasonCleanupFailed, Problem: current.Problem}
	for _, condition := range current.Conditions {
		if condition.Type == v1alpha1.ConditionCorrupted {
			verdict.Reason, verdict.Message = condition.Reason, condition.Message
		}
	}
	return verdict
}
