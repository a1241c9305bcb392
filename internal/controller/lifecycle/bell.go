package lifecycle

import (
	"context"
	"sync/atomic"

	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/budget"
)

// PriorityOf is that of a request in a controller's queue.
func PriorityOf(lane budget.Lane) int {
	switch lane {
	case budget.Teardown:
		return -handler.LowPriority
	case budget.Drift:
		return handler.LowPriority
	default:
		return 0
	}
}

type requestQueue = workqueue.TypedRateLimitingInterface[reconcile.Request]

// A Bell makes a controller visit something of which no event tells. It is a source of
// the controller; before that has started it is not heard.
type Bell struct{ queue atomic.Pointer[requestQueue] }

// Start connects it with the controller.
func (b *Bell) Start(_ context.Context, queue requestQueue) error {
	b.queue.Store(&queue)
	return nil
}

// Ring asks for a visit.
func (b *Bell) Ring(request reconcile.Request, priority int) {
	if queue := b.queue.Load(); queue != nil {
		enqueue(*queue, request, priority)
	}
}

func enqueue(queue requestQueue, request reconcile.Request, priority int) {
	if ordered, ok := queue.(priorityqueue.PriorityQueue[reconcile.Request]); ok {
		ordered.AddWithOpts(priorityqueue.AddOpts{Priority: &priority}, request)
		return
	}
	queue.Add(request)
}

// ByUrgency asks for a visit of each object that an event is about: what is being deleted
// comes first, what is all right last, also of all those that a start shows at once.
func ByUrgency() handler.EventHandler {
	add := func(queue requestQueue, object client.Object) {
		request := reconcile.Request{NamespacedName: client.ObjectKeyFromObject(object)}
		enqueue(queue, request, PriorityOf(LaneOf(object.(v1alpha1.Owner))))
	}
	return handler.Funcs{
		CreateFunc: func(_ context.Context, e event.CreateEvent, queue requestQueue) { add(queue, e.Object) },
		UpdateFunc: func(_ context.Context, e event.UpdateEvent, queue requestQueue) { add(queue, e.ObjectNew) },
		DeleteFunc: func(_ context.Context, e event.DeleteEvent, queue requestQueue) { add(queue, e.Object) },
	}
}
