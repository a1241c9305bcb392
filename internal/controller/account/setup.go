package account

import (
	"context"
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/connection"
	"github.com/callplane/callplane/internal/usage"
)

// visitTimeout bounds one visit; a verification is a call or two.
const visitTimeout = time.Minute

// SetupWithManager starts the reconciler for every account that changes, whose
// Secret changes, or whose numbers come and go.
func (r *Reconciler[T]) SetupWithManager(mgr ctrl.Manager, empty T) error {
	kind := empty.Connection().Kind
	r.Connections.Doubts.Listen(r.doubt)
	return ctrl.NewControllerManagedBy(mgr).
		For(empty, builder.WithPredicates(predicate.Or(predicate.GenerationChangedPredicate{}, finalizersChanged))).
		Watches(&v1alpha1.PhoneNumber{}, usedBy(kind)).
		Watches(&v1alpha1.SIPTrunk{}, usedBy(kind)).
		WatchesMetadata(&corev1.Secret{}, handler.EnqueueRequestsFromMapFunc(r.holders(kind)), builder.WithPredicates(connection.SecretChanged)).
		WatchesRawSource(&r.bell).
		WithOptions(controller.Options{MaxConcurrentReconciles: 4, ReconciliationTimeout: visitTimeout}).
		Complete(r.Visits(empty))
}

// doubt verifies the credentials of an object again, at once: somebody who called with
// them was refused.
func (r *Reconciler[T]) doubt(object connection.Object) {
	if _, ok := object.(T); !ok {
		return
	}
	r.checks.doubt(object.GetUID())
	r.bell.Ring(reconcile.Request{NamespacedName: client.ObjectKeyFromObject(object)}, 0)
}

// Visits reconciles the object that a request names. Where it is gone, what was held
// for it is let go of.
func (r *Reconciler[T]) Visits(empty T) reconcile.Func {
	return func(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
		object := empty.DeepCopyObject().(T)
		err := r.Client.Get(ctx, request.NamespacedName, object)
		if apierrors.IsNotFound(err) {
			gone := v1alpha1.Connection{Kind: empty.Connection().Kind, Name: request.Name}
			r.Connections.Withdraw(request.Namespace, gone)
			return reconcile.Result{}, r.abandoned(ctx, request.Namespace, gone)
		}
		if err != nil {
			return reconcile.Result{}, err
		}
		return r.Reconcile(ctx, object)
	}
}

var finalizersChanged = predicate.Funcs{
	UpdateFunc: func(e event.UpdateEvent) bool {
		return !slices.Equal(e.ObjectOld.GetFinalizers(), e.ObjectNew.GetFinalizers())
	},
}

// nobody is a name that no object can have.
const nobody = "."

// holders wakes those that name a Secret. For one that is to go and is held for nobody,
// such as one that was restored without its account, it wakes nobody's visit, which lets
// go of it.
func (r *Reconciler[T]) holders(kind string) handler.MapFunc {
	return func(ctx context.Context, secret client.Object) []reconcile.Request {
		holders, err := r.Connections.HoldersOf(ctx, secret.GetNamespace(), secret.GetName())
		if err != nil {
			return nil
		}
		if len(holders) == 0 && secret.GetDeletionTimestamp() != nil && controllerutil.ContainsFinalizer(secret, v1alpha1.FinalizerInUse) {
			return []reconcile.Request{{NamespacedName: types.NamespacedName{Namespace: secret.GetNamespace(), Name: nobody}}}
		}
		var requests []reconcile.Request
		for _, holder := range holders {
			if holder.Connection().Kind == kind {
				requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(holder)})
			}
		}
		return requests
	}
}

// usedBy wakes the accounts that a number or a trunk uses, or used before.
func usedBy(kind string) handler.EventHandler {
	return usage.Changes(func(owner v1alpha1.Owner) []types.NamespacedName {
		names := map[types.NamespacedName]struct{}{}
		for _, used := range usage.Connections(owner) {
			if used.Kind == kind {
				names[types.NamespacedName{Namespace: owner.GetNamespace(), Name: used.Name}] = struct{}{}
			}
		}
		return slices.Collect(maps.Keys(names))
	})
}
