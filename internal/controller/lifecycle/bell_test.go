package lifecycle

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/priorityqueue"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/budget"
)

func newQueue(t *testing.T) priorityqueue.PriorityQueue[reconcile.Request] {
	t.Helper()
	queue := priorityqueue.New[reconcile.Request](t.Name())
	t.Cleanup(queue.ShutDown)
	return queue
}

func request(name string) reconcile.Request {
	return reconcile.Request{NamespacedName: types.NamespacedName{Namespace: "support", Name: name}}
}

// drained takes all that a queue holds, in its order.
func drained(queue priorityqueue.PriorityQueue[reconcile.Request], n int) []string {
	var names []string
	for range n {
		next, _ := queue.Get()
		names = append(names, next.Name)
		queue.Done(next)
	}
	return names
}

// TestUrgency shows in which order a start visits what it finds.
func TestUrgency(t *testing.T) {
	named := func(name string) *v1alpha1.PhoneNumber {
		return &v1alpha1.PhoneNumber{ObjectMeta: metav1.ObjectMeta{Namespace: "support", Name: name, Generation: 2}}
	}
	ready := func(name string, seen int64) *v1alpha1.PhoneNumber {
		number := named(name)
		number.Status.ObservedGeneration = seen
		number.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue}}
		return number
	}
	deleted := ready("deleted", 2)
	deleted.DeletionTimestamp = &metav1.Time{Time: time.Unix(1, 0)}
	cases := map[string]struct {
		reason string
		object *v1alpha1.PhoneNumber
		want   budget.Lane
	}{
		"deleted": {reason: "whoever deletes waits for it", object: deleted, want: budget.Teardown},
		"new":     {reason: "it serves nobody yet", object: named("new"), want: budget.Provision},
		"edited":  {reason: "it is not as it is to be", object: ready("edited", 1), want: budget.Provision},
		"healthy": {reason: "nothing is to be done", object: ready("healthy", 2), want: budget.Drift},
	}
	queue := newQueue(t)
	for _, name := range []string{"healthy", "new", "deleted"} {
		c := cases[name]
		if got := LaneOf(c.object); got != c.want {
			t.Errorf("%s is in lane %d, want %d: %s", name, got, c.want, c.reason)
		}
		ByUrgency().Create(t.Context(), event.CreateEvent{Object: c.object, IsInInitialList: true}, queue)
	}
	if got := LaneOf(cases["edited"].object); got != budget.Provision {
		t.Errorf("one that was edited is in lane %d", got)
	}
	if diff := cmp.Diff([]string{"deleted", "new", "healthy"}, drained(queue, 3)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestBell rings before and after somebody listens.
func TestBell(t *testing.T) {
	var bell Bell
	bell.Ring(request("early"), 0)
	queue := newQueue(t)
	if err := bell.Start(t.Context(), queue); err != nil {
		t.Fatal(err)
	}
	bell.Ring(request("later"), PriorityOf(budget.Drift))
	bell.Ring(request("urgent"), PriorityOf(budget.Teardown))
	if diff := cmp.Diff([]string{"urgent", "later"}, drained(queue, 2)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestSpread counts how many of a thousand are woken how soon.
func TestSpread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const many = 1000
		queue := priorityqueue.New[reconcile.Request](t.Name())
		defer queue.ShutDown()
		wake := Spread(func(context.Context, client.Object) []reconcile.Request {
			requests := make([]reconcile.Request, many)
			for i := range requests {
				requests[i] = request(fmt.Sprint(i))
			}
			return requests
		})
		wake.Create(t.Context(), event.CreateEvent{Object: &v1alpha1.TwilioAccount{}, IsInInitialList: true}, queue)
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := queue.Len(); got != 0 {
			t.Errorf("a start wakes %d", got)
		}
		wake.Update(t.Context(), event.UpdateEvent{ObjectNew: &v1alpha1.TwilioAccount{}}, queue)
		time.Sleep(many * gap / 4)
		synctest.Wait()
		if got := queue.Len(); got == 0 || got > many/4 {
			t.Errorf("%d are woken in a quarter of the time, want some and no more than a quarter", got)
		}
		time.Sleep(2 * many * gap)
		synctest.Wait()
		if got := queue.Len(); got != many {
			t.Errorf("%d are woken, want all", got)
		}
	})
}
