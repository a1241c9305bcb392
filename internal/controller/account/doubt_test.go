package account

import (
	"testing"

	"k8s.io/client-go/util/workqueue"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/budget"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider/fake"
)

// TestDoubt shows that an account is verified at once, and only it, when somebody who uses
// its credentials was refused, though that was not due for long.
func TestDoubt(t *testing.T) {
	w := used(t)
	queue := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[reconcile.Request]())
	defer queue.ShutDown()
	if err := w.bell.Start(t.Context(), queue); err != nil {
		t.Fatal(err)
	}
	w.doubt(&v1alpha1.LiveKitProject{})
	if queue.Len() > 0 {
		t.Error("an account is woken for a project")
	}
	w.doubt(w.account("main"))
	if woken, _ := queue.Get(); woken.NamespacedName != client.ObjectKeyFromObject(w.account("main")) {
		t.Errorf("woken is %s", woken)
	}
	w.cloud.Fail(fake.Fault{Operation: fake.Verify, Err: refusal(external.AuthenticationFailed)})
	w.visited("main")
	if got := w.ready("main").Reason; w.verifications() != 1 || got != v1alpha1.ClassAuthenticationFailed {
		t.Errorf("verified %d times, and it says %s", w.verifications(), got)
	}
}

// TestRefusedAccountLimitsNobody shows that an account that is not accepted any more lowers
// no limit.
func TestRefusedAccountLimitsNobody(t *testing.T) {
	w := used(t)
	w.Connections.Budgets = budget.New(clock.RealClock{})
	account := w.account("main")
	shared := w.Connections.Budget(account)
	free := shared.Capacity()
	shared.Declare("TwilioAccount/"+namespace+"/main", budget.Terms{AtOnce: 1})
	if shared.Capacity() >= free {
		t.Fatal("its limit does not hold")
	}
	w.cloud.Fail(fake.Fault{Operation: fake.Verify, Err: refusal(external.AuthenticationFailed)})
	w.pass(recheck)
	w.visited("main")
	if shared.Capacity() == 2 {
		t.Error("its limit still holds")
	}
}
