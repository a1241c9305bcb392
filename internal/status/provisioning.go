package status

import (
	"slices"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
)

// Active says that all that was asked for is there.
func Active() Verdict {
	return Verdict{Ready: true, Reason: v1alpha1.ReasonActive, Message: "everything is set up at the carrier and the platform"}
}

// Provisioning says that the number is being set up.
func Provisioning(message string) Verdict {
	return Verdict{Reason: v1alpha1.ReasonProvisioning, Message: message, Reconciling: true}
}

// AwaitingLists says that something may exist that the providers do not list
// yet.
func AwaitingLists() Verdict { return Provisioning(waitingForLists) }

// waiting are the reasons that go away when something else appears, as it does
// when a whole namespace is applied at once: tools are to wait for them.
var waiting = []string{v1alpha1.ReasonReferenceNotFound, v1alpha1.ClassCredentialsMissing}

// stuck are the reasons besides the lasting classes that stay until somebody
// changes something.
var stuck = []string{
	v1alpha1.ReasonNumberInUse, v1alpha1.ReasonConflict, v1alpha1.ReasonNumberLost,
	v1alpha1.ReasonQuotaExceeded,
}

// Failed says why the number cannot be set up.
func Failed(reason, message string) Verdict {
	stalled := (external.Class(reason).Lasting() || slices.Contains(stuck, reason)) && !slices.Contains(waiting, reason)
	return Verdict{Reason: reason, Message: message, Stalled: stalled, Reconciling: !stalled, Problem: reason}
}
