package phonenumber

import (
	"fmt"
	"testing"
	"time"

	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/budget"
	"github.com/callplane/callplane/internal/controller/lifecycle"
)

// A crowded world is one whose account has no room left, until others leave.
type crowded struct {
	*world
	account *budget.Account
	others  []*budget.Ticket
	// woken are the requests of the bell.
	woken workqueue.TypedRateLimitingInterface[reconcile.Request]
}

func newCrowded(t *testing.T, changes ...change) *crowded {
	t.Helper()
	c := &crowded{world: newWorld(t, changes...)}
	c.woken = workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[reconcile.Request]())
	t.Cleanup(c.woken.ShutDown)
	c.Connections.Budgets, c.Queue, c.Bell = budget.New(clock.RealClock{}), budget.NewQueue(clock.RealClock{}), &lifecycle.Bell{}
	if err := c.Bell.Start(t.Context(), c.woken); err != nil {
		t.Fatal(err)
	}
	account := &v1alpha1.TwilioAccount{}
	if err := c.api.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: "twilio"}, account); err != nil {
		t.Fatal(err)
	}
	c.account = c.Connections.Budget(account)
	return c
}

// crowd lets others in until there is no room.
func (c *crowded) crowd() {
	for i := range c.account.Capacity() {
		ticket, _ := c.Queue.Enter(budget.Visit{Name: fmt.Sprint(i), Lane: budget.Teardown, Accounts: []*budget.Account{c.account}})
		c.others = append(c.others, ticket)
	}
}

// leave lets one of the others leave, and reports whether the number is woken.
func (c *crowded) leave() bool {
	c.others[0].Leave()
	c.others = c.others[1:]
	return c.woken.Len() > 0
}

// TestInLine follows a number that waits, not for long: nobody is called for it, nothing is
// written, and it comes up when it is its turn.
func TestInLine(t *testing.T) {
	c := newCrowded(t)
	c.crowd()
	for range 3 {
		if result := c.visited(); result.RequeueAfter <= 0 {
			t.Errorf("got %+v, want another look", result)
		}
	}
	if calls := c.carrier.Log(); len(calls) > 0 || c.secretReads > 3 {
		t.Errorf("a number that waits costs %v, and three visits read %d Secrets, want its login alone", calls, c.secretReads)
	}
	if writes := c.happened(); len(writes) > 0 {
		t.Errorf("%q, want no write", writes)
	}
	if !c.leave() {
		t.Fatal("it is not woken though there is room")
	}
	c.settle("once it is its turn")
	c.leave()
	if _, wait := c.Queue.Enter(budget.Visit{Name: "next", Accounts: []*budget.Account{c.account}}); wait != 0 {
		t.Error("a visit that has ended has not left")
	}
}

// deletedInCrowd is a number that is deleted while its account has no room.
func deletedInCrowd(t *testing.T) *crowded {
	t.Helper()
	c := newCrowded(t)
	c.settle("at first")
	c.crowd()
	if err := c.api.Delete(t.Context(), c.number()); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestDeletionInLine shows that a deletion waits as well, is seen to, and goes before what
// comes.
func TestDeletionInLine(t *testing.T) {
	c := deletedInCrowd(t)
	c.carrier.Forget()
	c.visited()
	if deleting := condition(c.number(), v1alpha1.ConditionDeleting); deleting.Reason != v1alpha1.ReasonAwaitingBudget {
		t.Errorf("got %+v", deleting)
	}
	if calls := c.carrier.Log(); len(calls) > 0 {
		t.Errorf("called: %v", calls)
	}
	if !c.leave() {
		t.Fatal("it is not woken though there is room")
	}
	c.settle("once it is its turn")
	if c.number() != nil {
		t.Error("it is still there")
	}
}

// TestDeletionInLineAtFirst writes nothing about a wait that may be over soon.
func TestDeletionInLineAtFirst(t *testing.T) {
	c := deletedInCrowd(t)
	c.clock.SetTime(c.number().DeletionTimestamp.Add(3 * time.Second))
	before := len(c.happened())
	result := c.visited()
	if writes := c.happened()[before:]; len(writes) > 0 || result.RequeueAfter < 7*time.Second || result.RequeueAfter > 14*time.Second {
		t.Errorf("%q, and looked at again after %s, want no write, and a look once it has waited 10 to 20 s", writes, result.RequeueAfter)
	}
	if !c.leave() {
		t.Error("it is not woken though there is room")
	}
}

// TestGoneInLine shows that a number which goes while it waits keeps nobody out.
func TestGoneInLine(t *testing.T) {
	c := newCrowded(t)
	c.crowd()
	c.visited()
	number := c.number()
	if err := c.api.Delete(t.Context(), number); err != nil {
		t.Fatal(err)
	}
	if !c.leave() {
		t.Fatal("it is not woken though there is room")
	}
	if _, err := c.Visits()(t.Context(), reconcile.Request{NamespacedName: key}); err != nil {
		t.Fatal(err)
	}
	if ticket, _ := c.Queue.Enter(budget.Visit{Name: "next", Accounts: []*budget.Account{c.account}}); ticket == nil {
		t.Error("the room that was kept for it is lost")
	}
}
