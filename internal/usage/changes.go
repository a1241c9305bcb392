package usage

import (
	"context"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

// Collect is how long changes of numbers are gathered before what they use is visited for
// them: whoever has thousands of users looks through all of them each time.
const Collect = time.Second

// Changes wakes, once they are gathered, what an object uses when the object comes, goes, or uses
// something else than before; other changes of it wake nobody.
func Changes[T client.Object](used func(T) []types.NamespacedName) handler.EventHandler {
	wake := func(q queue, object client.Object) {
		for _, name := range used(object.(T)) {
			q.AddAfter(reconcile.Request{NamespacedName: name}, Collect)
		}
	}
	return handler.Funcs{
		CreateFunc: func(_ context.Context, e event.CreateEvent, q queue) { wake(q, e.Object) },
		DeleteFunc: func(_ context.Context, e event.DeleteEvent, q queue) { wake(q, e.Object) },
		UpdateFunc: func(_ context.Context, e event.UpdateEvent, q queue) {
			if !sameNames(used(e.ObjectOld.(T)), used(e.ObjectNew.(T))) {
				wake(q, e.ObjectOld)
				wake(q, e.ObjectNew)
			}
		},
	}
}

// sameNames compares two lists without repetitions, in whatever order.
func sameNames(a, b []types.NamespacedName) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(name types.NamespacedName) bool { return !slices.Contains(b, name) })
}
