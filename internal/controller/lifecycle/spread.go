package lifecycle

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
)

// gap is how far apart those are woken whom one event concerns: ten thousand numbers of
// an account whose Secret has changed take half a minute.
const gap = 2 * time.Millisecond

// Spread asks for a visit of each that a change of something else concerns, one after the
// other. What a start shows is no change.
func Spread(concerned handler.MapFunc) handler.EventHandler {
	wake := func(ctx context.Context, queue requestQueue, object client.Object) {
		for i, request := range concerned(ctx, object) {
			queue.AddAfter(request, wait.Jitter(time.Duration(i)*gap, 0.5))
		}
	}
	return handler.Funcs{
		CreateFunc: func(ctx context.Context, e event.CreateEvent, queue requestQueue) {
			if !e.IsInInitialList {
				wake(ctx, queue, e.Object)
			}
		},
		UpdateFunc: func(ctx context.Context, e event.UpdateEvent, queue requestQueue) { wake(ctx, queue, e.ObjectNew) },
		DeleteFunc: func(ctx context.Context, e event.DeleteEvent, queue requestQueue) { wake(ctx, queue, e.Object) },
	}
}
