// Package siptrunk sets trunks up that many numbers share, and tears them down once no
// number is on them any more. It is the only writer of a SIPTrunk, and of the list of
// numbers on its outbound trunk. It does not put numbers on the trunk: each does that
// itself.
package siptrunk

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/controller/lifecycle"
	"github.com/callplane/callplane/internal/usage"
)

// A Reconciler makes the providers hold what a SIPTrunk asks for, and takes it down
// when the SIPTrunk is deleted.
type Reconciler struct {
	lifecycle.Shell

	throttle usage.Throttle
}

// Reconcile sets a trunk up or, once it is deleted, tears it down. That somebody wants
// it gone without cleanup comes before either.
func (r *Reconciler) Reconcile(ctx context.Context, trunk *v1alpha1.SIPTrunk) (reconcile.Result, error) {
	v := r.visit(trunk)
	switch {
	case lifecycle.Forced(trunk):
		return v.Force(ctx)
	case trunk.DeletionTimestamp.IsZero():
		return v.provision(ctx)
	default:
		return v.teardown(ctx)
	}
}

// A visit is one reconcile of one trunk.
type visit struct {
	*lifecycle.Visit
	reconciler *Reconciler
	trunk      *v1alpha1.SIPTrunk
}

func (r *Reconciler) visit(trunk *v1alpha1.SIPTrunk) *visit {
	return &visit{Visit: r.Visit(kind, trunk), reconciler: r, trunk: trunk}
}

// kind is what is particular to trunks.
var kind = &lifecycle.Kind{
	Blank:  func() v1alpha1.Owner { return &v1alpha1.SIPTrunk{} },
	Status: func(object v1alpha1.Owner) any { return object.(*v1alpha1.SIPTrunk).Status },
	Notes: lifecycle.Notes{
		Deleted:      "SIP trunk deleted successfully",
		Retained:     "SIP trunk retained. Its external resources are left as they are.",
		ForceDeleted: "SIP trunk force deleted successfully. Please manually cleanup external resources if needed.",
		ForceRefused: "Force delete is only allowed for corrupted SIP trunks. The annotation was removed; set it again once the condition Corrupted is True.",
		ForceWaits:   "What is left of the trunk could not be recorded yet, so it is kept. This is tried again; the log of the manager says why.",
	},
	Deletions: deletions,
	Durations: deletionDurations,
	Forced:    forceDeletions,
}
