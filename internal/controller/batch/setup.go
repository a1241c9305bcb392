package batch

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
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
)

const (
	// visitTimeout ends a visit that the API server keeps from ending.
	visitTimeout = 2 * time.Minute
	// A visit that ends in an error is made again after these times, doubled each
	// time: one number whose deletion fails must not keep the others waiting.
	firstRetry = time.Second
	lastRetry  = 30 * time.Second
)

// IndexRemaining finds the PhoneNumberDeletions in the cache by the names of the
// objects that they have yet to see gone.
const IndexRemaining = "remaining"

func remaining(object client.Object) []string {
	numbers := object.(*v1alpha1.PhoneNumberDeletion).Status.Remaining
	names := make([]string, len(numbers))
	for i := range numbers {
		names[i] = numbers[i].Name
	}
	return names
}

// SetupWithManager starts the reconciler for every PhoneNumberDeletion, and whenever
// the deletion of a number has come further.
func (r *Reconciler) SetupWithManager(ctx context.Context, mgr ctrl.Manager) error {
	if err := mgr.GetFieldIndexer().IndexField(ctx, &v1alpha1.PhoneNumberDeletion{}, IndexRemaining, remaining); err != nil {
		return err
	}
	return ctrl.NewControllerManagedBy(mgr).
		For(&v1alpha1.PhoneNumberDeletion{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&v1alpha1.PhoneNumber{}, handler.Funcs{UpdateFunc: r.updated, DeleteFunc: r.deleted}).
		WithOptions(controller.Options{
			MaxConcurrentReconciles: 4,
			ReconciliationTimeout:   visitTimeout,
			RateLimiter:             workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](firstRetry, lastRetry),
		}).
		Complete(reconcile.AsReconciler(mgr.GetClient(), r))
}

type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

// updated leaves out what says nothing of a deletion.
func (r *Reconciler) updated(ctx context.Context, e event.UpdateEvent, q queue) {
	before, now := e.ObjectOld.(*v1alpha1.PhoneNumber), e.ObjectNew.(*v1alpha1.PhoneNumber)
	if !now.DeletionTimestamp.IsZero() && !equality.Semantic.DeepEqual(before.Status.Conditions, now.Status.Conditions) {
		r.wake(ctx, now, q)
	}
}

func (r *Reconciler) deleted(ctx context.Context, e event.DeleteEvent, q queue) {
	r.wake(ctx, e.Object, q)
}

// wake has a batch visited after a while, so that one visit sees what many numbers
// have done. A cache that cannot be read, which only an ending manager has, wakes
// nobody.
func (r *Reconciler) wake(ctx context.Context, number client.Object, q queue) {
	var deletions v1alpha1.PhoneNumberDeletionList
	err := r.Client.List(ctx, &deletions, client.InNamespace(number.GetNamespace()), client.MatchingFields{IndexRemaining: number.GetName()})
	if err != nil {
		return
	}
	for i := range deletions.Items {
		q.AddAfter(reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&deletions.Items[i])}, pace)
	}
}
