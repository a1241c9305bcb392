// Package phonenumber sets numbers up and tears them down. It is the thin shell
// around the pure packages: it reads objects, opens sessions, asks plan, engine
// and status what is to be done, and is the only writer of a PhoneNumber.
package phonenumber

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/brake"
	"github.com/callplane/callplane/internal/controller/lifecycle"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
)

// A Reconciler makes the providers hold what a PhoneNumber asks for, and takes
// it down when the PhoneNumber is deleted.
type Reconciler struct {
	lifecycle.Shell
	// MaxConcurrentTeardowns is how many numbers may be torn down at once in an
	// account that does not say so itself; 0 is as many as there are.
	MaxConcurrentTeardowns int
	// SeveralCaches says that namespaces are watched by a cache each, which know no order
	// of what happened in two of them: then the API server is asked who claims a number.
	SeveralCaches bool

	places brake.Register
}

// Reconcile sets a number up or, once it is deleted, tears it down. That somebody
// wants it gone without cleanup comes before either.
func (r *Reconciler) Reconcile(ctx context.Context, number *v1alpha1.PhoneNumber) (reconcile.Result, error) {
	v := r.visit(number)
	defer v.Leave()
	switch {
	case lifecycle.Forced(number):
		return v.Force(ctx)
	case number.DeletionTimestamp.IsZero():
		return v.provision(ctx)
	default:
		return v.Teardown(ctx, v.turn)
	}
}

// A visit is one reconcile of one number.
type visit struct {
	*lifecycle.Visit
	reconciler *Reconciler
	number     *v1alpha1.PhoneNumber
}

func (r *Reconciler) visit(number *v1alpha1.PhoneNumber) *visit {
	v := &visit{Visit: r.Visit(kind, number), reconciler: r, number: number}
	v.Awaits = v.awaits
	return v
}

// kind is what is particular to numbers.
var kind = &lifecycle.Kind{
	Blank:  func() v1alpha1.Owner { return &v1alpha1.PhoneNumber{} },
	Status: func(object v1alpha1.Owner) any { return object.(*v1alpha1.PhoneNumber).Status },
	Complete: func(object v1alpha1.Owner) {
		number := object.(*v1alpha1.PhoneNumber)
		if _, there := ledger.Find(number.Status.ExternalResources, external.SlotDispatchRule); !there {
			number.Status.LinkedAgent = ""
		}
	},
	Notes: lifecycle.Notes{
		Deleted:      "Phone number deleted successfully",
		Retained:     "Phone number retained. Its external resources are left as they are.",
		ForceDeleted: "Phone number force deleted successfully. Please manually cleanup external resources if needed.",
		ForceRefused: "Force delete is only allowed for corrupted phone numbers. The annotation was removed; set it again once the condition Corrupted is True.",
		ForceWaits:   "What is left of the number could not be recorded yet, so it is kept. This is tried again; the log of the manager says why.",
	},
	Deletions: deletions,
	Durations: deletionDurations,
	Forced:    forceDeletions,
}
