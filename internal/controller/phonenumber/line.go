package phonenumber

import (
	"context"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/brake"
	"github.com/callplane/callplane/internal/usage"
)

// A line is the numbers of one carrier's account that are being torn down, or wait
// for that.
type line struct {
	*Reconciler
	namespace string
	key       string
	// limit is how many may be torn down at once; 0 lets everybody begin.
	limit int
}

// line is the one that a number is in.
func (r *Reconciler) line(ctx context.Context, number *v1alpha1.PhoneNumber) line {
	return r.lineOf(ctx, number.Namespace, usage.Carrier(number))
}

// lineOf is that of an account. One that cannot be read has the limit that the
// manager has for all.
func (r *Reconciler) lineOf(ctx context.Context, namespace string, carrier v1alpha1.Connection) line {
	l := line{r, namespace, turnKey(carrier), r.MaxConcurrentTeardowns}
	object, err := r.Connections.Get(ctx, namespace, carrier)
	if account, ok := object.(*v1alpha1.TwilioAccount); ok && err == nil && account.Spec.MaxConcurrentTeardowns != nil {
		l.limit = int(*account.Spec.MaxConcurrentTeardowns)
	}
	return l
}

// account is the name of the line in the register.
func (l line) account() string { return l.namespace + "/" + l.key }

// admit reports whether it is a number's turn to begin.
func (l line) admit(ctx context.Context, uid types.UID) (bool, error) {
	if l.limit == 0 {
		return true, nil
	}
	if full, err := l.full(ctx); err != nil || full {
		return false, err
	}
	return l.places.Admit(l.account(), uid, l.limit, l.view(ctx))
}

// next wakes those whose turn it is to begin, and nobody else.
func (l line) next(ctx context.Context) []reconcile.Request {
	if full, err := l.full(ctx); err != nil || full {
		return nil
	}
	next, err := l.places.Next(l.account(), l.limit, l.view(ctx))
	if err != nil {
		return nil
	}
	requests := make([]reconcile.Request, len(next))
	for i, number := range next {
		requests[i].NamespacedName = number.Name
	}
	return requests
}

// full reports whether there is no room, without a look at all those who wait.
func (l line) full(ctx context.Context) (bool, error) {
	begun, err := l.list(ctx, l.key+onlyBegun)
	return len(begun) >= l.limit, err
}

func (l line) view(ctx context.Context) brake.View {
	return func() ([]brake.Number, error) {
		numbers, err := l.list(ctx, l.key)
		all := make([]brake.Number, len(numbers))
		for i := range numbers {
			all[i], _ = turn(&numbers[i])
		}
		return all, err
	}
}

// list reads the cache without a copy of each, since thousands may wait, and as it
// is: what was just written and is not in it yet, the register knows.
func (l line) list(ctx context.Context, key string) ([]v1alpha1.PhoneNumber, error) {
	var numbers v1alpha1.PhoneNumberList
	err := l.Client.List(ctx, &numbers, client.InNamespace(l.namespace), client.MatchingFields{indexTurn: key},
		client.UnsafeDisableDeepCopy, usage.AsItIs)
	return numbers.Items, err
}

// nextInLine wakes those who may begin now that a number has made room.
func (r *Reconciler) nextInLine(ctx context.Context, object client.Object) []reconcile.Request {
	return r.line(ctx, object.(*v1alpha1.PhoneNumber)).next(ctx)
}

// makesRoom lets pass that a number is gone, or is in no line any more.
var makesRoom = predicate.Funcs{
	CreateFunc:  func(event.CreateEvent) bool { return false },
	GenericFunc: func(event.GenericEvent) bool { return false },
	UpdateFunc: func(e event.UpdateEvent) bool {
		return len(turnKeys(e.ObjectOld)) > 0 && len(turnKeys(e.ObjectNew)) == 0
	},
}
