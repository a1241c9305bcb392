package lifecycle

import (
	"maps"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/connection"
)

// visitTimeout ends a visit that a provider keeps from ending; every call has a
// shorter one of its own.
const visitTimeout = 2 * time.Minute

// A visit that ends in an error of the API server is made again after these
// times, doubled each time: it costs calls to the providers.
const (
	firstRetry = time.Second
	lastRetry  = 5 * time.Minute
)

// Options are those of a controller whose visits call providers.
func Options(workers int) controller.Options {
	return controller.Options{
		MaxConcurrentReconciles: workers,
		ReconciliationTimeout:   visitTimeout,
		RateLimiter:             workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](firstRetry, lastRetry),
	}
}

// Requests is one per object. A cache that cannot be read, which only an ending
// manager has, wakes nobody.
func Requests[T any, P interface {
	*T
	client.Object
}](objects []T, err error) []reconcile.Request {
	if err != nil {
		return nil
	}
	requests := make([]reconcile.Request, len(objects))
	for i := range objects {
		requests[i].NamespacedName = client.ObjectKeyFromObject(P(&objects[i]))
	}
	return requests
}

// Concerns leaves out the updates that a reconciler makes itself. A finalizer of
// ours that somebody strips, as a replace without it does, has to be put back.
var Concerns = predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
	deleting := !e.ObjectNew.GetDeletionTimestamp().IsZero()
	return e.ObjectOld.GetGeneration() != e.ObjectNew.GetGeneration() ||
		!maps.Equal(e.ObjectOld.GetAnnotations(), e.ObjectNew.GetAnnotations()) ||
		deleting && !slices.Equal(e.ObjectOld.GetFinalizers(), e.ObjectNew.GetFinalizers()) ||
		HasTeardown(e.ObjectOld) && !HasTeardown(e.ObjectNew)
}}

// UsabilityChanged leaves out what makes no difference to those who use an
// account, such as the list of them in its status.
var UsabilityChanged = predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
	return usability(e.ObjectOld.(connection.Object)) != usability(e.ObjectNew.(connection.Object))
}}

type usableAs struct {
	generation     int64
	ready          Ready
	kept, deleting bool
}

func usability(object connection.Object) usableAs {
	return usableAs{
		generation: object.GetGeneration(), ready: Readiness(object.ConnectionStatus().Conditions),
		kept: Kept(object), deleting: !object.GetDeletionTimestamp().IsZero(),
	}
}

// Ready is what the condition Ready says, without its time.
type Ready struct{ Reason, Message string }

// Readiness is what conditions say of being ready; empty if they say nothing.
func Readiness(conditions []metav1.Condition) Ready {
	ready := meta.FindStatusCondition(conditions, v1alpha1.ConditionReady)
	if ready == nil {
		return Ready{}
	}
	return Ready{ready.Reason, ready.Message}
}
