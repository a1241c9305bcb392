package phonenumber

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/status"
)

const (
	noteForceDeleted = "Phone number force deleted successfully. Please manually cleanup external resources if needed."
	noteForceRefused = "Force delete is only allowed for corrupted phone numbers. The annotation was removed; set it again once the condition Corrupted is True."
	noteForceWaits   = "What is left of the number could not be recorded yet, so it is kept. This is tried again; the log of the manager says why."
)

// force lets go of a corrupted number without cleanup: no provider is called and
// no Secret is read. It judges the object as it is now: what a cache shows may be
// from before a cleanup that has ended since.
func (v *visit) force(ctx context.Context) (reconcile.Result, error) {
	live, err := v.live(ctx)
	if err != nil || live == nil || !forced(live) {
		return reconcile.Result{}, err
	}
	v = v.visit(live)
	if live.DeletionTimestamp.IsZero() || !status.IsCorrupted(live.Status.LifecycleStatus) {
		return reconcile.Result{}, v.refuseForce(ctx)
	}
	if !controllerutil.ContainsFinalizer(live, v1alpha1.FinalizerTeardown) {
		return reconcile.Result{}, nil
	}
	return reconcile.Result{}, v.abandon(ctx)
}

// abandon records what is left, tells of it and then lets go: whatever happens in
// between, nothing is forgotten.
func (v *visit) abandon(ctx context.Context) error {
	if err := v.Orphans.Record(ctx, v.number, v1alpha1.ReasonForceDeleted, v.now); err != nil {
		v.event(corev1.EventTypeWarning, v1alpha1.ReasonForceDeleteWaits, noteForceWaits)
		return err
	}
	forceDeletions.Inc()
	for _, entry := range v.number.Status.ExternalResources {
		log.FromContext(ctx).Info("Left behind by force", "slot", entry.Slot, "provider", entry.Provider, "kind", entry.Kind,
			"account", entry.Account, "id", entry.ID, "parentID", entry.ParentID, "name", entry.Name)
	}
	v.event(corev1.EventTypeWarning, v1alpha1.ReasonForceDeleted, noteForceDeleted)
	return v.dropFinalizer(ctx)
}

// refuseForce takes the annotation off again: one that was set too early must not
// come into force by itself when a cleanup fails later.
func (v *visit) refuseForce(ctx context.Context) error {
	delete(v.number.Annotations, v1alpha1.AnnotationForceDelete)
	if err := v.writeObject(ctx); err != nil {
		return err
	}
	v.event(corev1.EventTypeWarning, v1alpha1.ReasonForceDeleteRefused, noteForceRefused)
	return nil
}

func forced(number *v1alpha1.PhoneNumber) bool {
	return number.Annotations[v1alpha1.AnnotationForceDelete] == "true"
}
