package lifecycle

import (
	"context"
	"errors"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/budget"
	"github.com/callplane/callplane/internal/connection"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/status"
)

// An inLineError says that a visit has to wait until its accounts have room for it.
type inLineError struct{ wait time.Duration }

func (*inLineError) Error() string { return "in line for a turn among the requests to the providers" }

// lookAgain is when a visit in line finds out how long it will still take. It is woken
// when its turn comes.
const lookAgain = time.Minute

// LaneOf is how urgent a visit of an object is.
func LaneOf(object v1alpha1.Owner) budget.Lane {
	switch {
	case !object.GetDeletionTimestamp().IsZero():
		return budget.Teardown
	case settled(object):
		return budget.Drift
	default:
		return budget.Provision
	}
}

// lane is how urgent the visit is: of what is all right only a look that is just due can
// wait.
func (v *Visit) lane() budget.Lane {
	if lane := LaneOf(v.Object); lane != budget.Drift || v.routine {
		return lane
	}
	return budget.Provision
}

// settled reports whether an object was all right as it is when it was last looked at.
func settled(object v1alpha1.Owner) bool {
	current := object.Lifecycle()
	return current.ObservedGeneration == object.GetGeneration() && isReady(current)
}

func isReady(current *v1alpha1.LifecycleStatus) bool {
	return meta.IsStatusConditionTrue(current.Conditions, v1alpha1.ConditionReady)
}

// admit lets the visit call providers with the credentials of some objects, or fails with
// an inLineError.
func (v *Visit) admit(objects []connection.Object, partial bool) error {
	if v.Queue == nil || v.ticket != nil {
		return nil
	}
	var accounts []*budget.Account
	for _, object := range objects {
		if account := v.Connections.Budget(object); account != nil && !slices.Contains(accounts, account) {
			accounts = append(accounts, account)
		}
	}
	lane, key := v.lane(), client.ObjectKeyFromObject(v.Object)
	ticket, wait := v.Queue.Enter(budget.Visit{
		Name: key, Namespace: key.Namespace, Lane: lane, Accounts: accounts, Partial: partial,
		Wake: func() { v.Bell.Ring(reconcile.Request{NamespacedName: key}, PriorityOf(lane)) },
	})
	if ticket == nil {
		v.queued = true
		return &inLineError{wait}
	}
	v.ticket = ticket
	return nil
}

// admitTeardown is admit for what the ledger was made with. One account that cannot be
// called does not keep others from being cleaned up.
func (v *Visit) admitTeardown(ctx context.Context) error {
	if v.Queue == nil {
		return nil
	}
	var objects []connection.Object
	seen := map[v1alpha1.Connection]bool{}
	for _, entry := range v.status().ExternalResources {
		if seen[entry.Connection] {
			continue
		}
		seen[entry.Connection] = true
		object, err := v.Connections.Get(ctx, v.Object.GetNamespace(), entry.Connection)
		if _, classified := errors.AsType[*external.Error](err); classified || apierrors.IsNotFound(err) {
			continue // the teardown says so
		}
		if err != nil {
			return err
		}
		objects = append(objects, object)
	}
	return v.admit(objects, true)
}

// Leave ends a visit: others may call now. A turn that was not taken is given up.
func (v *Visit) Leave() {
	switch {
	case v.ticket != nil:
		v.ticket.Leave()
	case v.Queue != nil && !v.queued:
		v.Queue.Forget(client.ObjectKeyFromObject(v.Object))
	}
}

// await shows that a turn is awaited, where that is news, and comes back. Of a deletion it
// is none at first.
func (v *Visit) await(ctx context.Context, wait, again time.Duration) (reconcile.Result, error) {
	if unsaid := v.unsaid(); unsaid > 0 {
		return reconcile.Result{RequeueAfter: min(unsaid, again)}, nil
	}
	verdict, news := status.InLine(*v.status(), !v.Object.GetDeletionTimestamp().IsZero(), wait)
	if news {
		v.Apply(verdict)
	}
	// What was found to be missing meanwhile, say, is written in any case.
	if err := v.WriteNews(ctx); err != nil {
		return reconcile.Result{}, err
	}
	return reconcile.Result{RequeueAfter: v.Retries.Jitter(again)}, nil
}
