package lifecycle

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/status"
)

// Force lets go of a corrupted object without cleanup: no provider is called and
// no Secret is read. It judges the object as it is now: what a cache shows may be
// from before a cleanup that has ended since.
func (v *Visit) Force(ctx context.Context) (reconcile.Result, error) {
	live, err := v.Live(ctx)
	if err != nil || live == nil || !Forced(live) {
		return reconcile.Result{}, err
	}
	v = v.Visit(v.Kind, live)
	if live.GetDeletionTimestamp().IsZero() || !status.IsCorrupted(*live.Lifecycle()) {
		return reconcile.Result{}, v.refuseForce(ctx)
	}
	if !HasTeardown(live) {
		return reconcile.Result{}, nil
	}
	return reconcile.Result{}, v.abandon(ctx)
}

// abandon records what is left, tells of it and then lets go: whatever happens in
// between, nothing is forgotten.
func (v *Visit) abandon(ctx context.Context) error {
	if err := v.Orphans.Record(ctx, v.Object, v1alpha1.ReasonForceDeleted, v.Now); err != nil {
		v.Event(corev1.EventTypeWarning, v1alpha1.ReasonForceDeleteWaits, v.Kind.Notes.ForceWaits)
		return err
	}
	v.Kind.Forced.Inc()
	for _, entry := range v.status().ExternalResources {
		log.FromContext(ctx).Info("Left behind by force", "slot", entry.Slot, "provider", entry.Provider, "kind", entry.Kind,
			"account", entry.Account, "id", entry.ID, "parentID", entry.ParentID, "name", entry.Name)
	}
	v.Event(corev1.EventTypeWarning, v1alpha1.ReasonForceDeleted, v.Kind.Notes.ForceDeleted)
	return v.dropFinalizer(ctx)
}

// refuseForce takes the annotation off again: one that was set too early must not
// come into force by itself when a cleanup fails later.
func (v *Visit) refuseForce(ctx context.Context) error {
	annotations := v.Object.GetAnnotations()
	delete(annotations, v1alpha1.AnnotationForceDelete)
	v.Object.SetAnnotations(annotations)
	if err := v.WriteObject(ctx); err != nil {
		return err
	}
	v.Event(corev1.EventTypeWarning, v1alpha1.ReasonForceDeleteRefused, v.Kind.Notes.ForceRefused)
	return nil
}

// Forced reports whether somebody wants an object gone without cleanup.
func Forced(object client.Object) bool {
	return object.GetAnnotations()[v1alpha1.AnnotationForceDelete] == "true"
}
