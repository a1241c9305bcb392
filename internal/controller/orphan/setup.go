package orphan

import (
	"context"
	"maps"
	"strings"
	"time"

	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/connection"
)

// visitTimeout ends a sweep, or an attempt to delete, that a provider keeps from
// ending; every call has a shorter one of its own.
const visitTimeout = 2 * time.Minute

// A visit that ends in an error of the API server is made again after these times,
// doubled each time: it costs calls to the providers.
const (
	firstRetry = time.Second
	lastRetry  = 5 * time.Minute
)

// SetupWithManager starts the sweeper. An account is swept for the first time one
// interval after it was first seen, so that a start is no burst of lists.
func (s *Sweeper[T]) SetupWithManager(mgr ctrl.Manager, empty T) error {
	return ctrl.NewControllerManagedBy(mgr).
		Named("sweep-"+strings.ToLower(empty.Connection().Kind)).
		Watches(empty, handler.Funcs{CreateFunc: s.begin}).
		WithOptions(options()).
		Complete(reconcile.AsReconciler(mgr.GetClient(), s))
}

func (s *Sweeper[T]) begin(_ context.Context, e event.CreateEvent, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) {
	s.swept.expect(connection.NameOf(e.Object.(T)), s.Clock.Now())
	queue.AddAfter(reconcile.Request{NamespacedName: client.ObjectKeyFromObject(e.Object)}, s.Retries.Jitter(s.Interval))
}

// SetupWithManager starts the reconciler for every record that is annotated.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).
		For(&v1alpha1.OrphanRecord{}, builder.WithPredicates(predicate.Funcs{UpdateFunc: concerns})).
		WithOptions(options()).
		Complete(reconcile.AsReconciler(mgr.GetClient(), r))
}

func options() controller.Options {
	return controller.Options{
		MaxConcurrentReconciles: 4,
		ReconciliationTimeout:   visitTimeout,
		RateLimiter:             workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](firstRetry, lastRetry),
	}
}

// concerns leaves out what the reconciler itself writes down of an attempt.
func concerns(e event.UpdateEvent) bool {
	return !maps.Equal(e.ObjectOld.GetAnnotations(), e.ObjectNew.GetAnnotations()) ||
		e.ObjectOld.(*v1alpha1.OrphanRecord).Status.State != e.ObjectNew.(*v1alpha1.OrphanRecord).Status.State
}
