// Package account verifies the credentials of Twilio accounts and LiveKit
// projects, and keeps them and their Secrets for as long as a number needs
// them. It serves both kinds alike and makes nothing at a provider.
package account

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/backoff"
	"github.com/callplane/callplane/internal/connection"
	"github.com/callplane/callplane/internal/controller/lifecycle"
	"github.com/callplane/callplane/internal/usage"
)

// A Reconciler looks after the accounts, or the projects, of type T.
type Reconciler[T connection.Object] struct {
	// Client reads from the cache and writes accounts.
	Client client.Client
	// Direct reads and writes Secrets, which no cache holds.
	Direct      client.Client
	Connections connection.Resolver
	Clock       clock.PassiveClock
	Retries     *backoff.Backoff
	// Recheck is how often accepted credentials are verified again.
	Recheck time.Duration

	throttle usage.Throttle
	// holds bounds how often a Secret is held again that others let go of.
	holds  usage.Throttle
	checks checks
	// bell rings when the credentials are to be verified without a change of the object.
	bell lifecycle.Bell
}

// Reconcile keeps what numbers and trunks need, verifies the credentials where that is
// due, and lets go of what nobody needs any more.
func (r *Reconciler[T]) Reconcile(ctx context.Context, object T) (reconcile.Result, error) {
	numbers, err := usage.OfConnection(ctx, r.Client, object.GetNamespace(), object.Connection())
	if err != nil {
		return reconcile.Result{}, err
	}
	inUse, err := r.inUse(ctx, object, len(numbers))
	if err != nil {
		return reconcile.Result{}, err
	}
	before := object.ConnectionStatus().DeepCopy()
	if inUse && object.GetDeletionTimestamp().IsZero() && controllerutil.AddFinalizer(object, v1alpha1.FinalizerInUse) {
		if err := r.Client.Update(ctx, object); err != nil {
			return reconcile.Result{}, err
		}
	}
	next, err := r.keepSecret(ctx, object, inUse)
	if err != nil {
		return reconcile.Result{}, err
	}
	next = soonest(next, r.check(ctx, object))
	r.Connections.Declare(object)
	next = soonest(next, r.throttle.Show(&object.ConnectionStatus().PhoneNumbers, numbers, object.GetUID(), r.Clock.Now()))
	if err := r.writeStatus(ctx, object, *before); err != nil {
		return reconcile.Result{}, err
	}
	if !inUse && controllerutil.RemoveFinalizer(object, v1alpha1.FinalizerInUse) {
		return reconcile.Result{RequeueAfter: next}, r.Client.Update(ctx, object)
	}
	return reconcile.Result{RequeueAfter: next}, nil
}

// inUse asks the API server too where something is held that could be let go of.
func (r *Reconciler[T]) inUse(ctx context.Context, object T, numbers int) (bool, error) {
	if numbers > 0 {
		return true, nil
	}
	trunks, err := usage.TrunksOfConnection(ctx, r.Client, object.GetNamespace(), object.Connection())
	holds := controllerutil.ContainsFinalizer(object, v1alpha1.FinalizerInUse) || object.ConnectionStatus().SecretName != ""
	if err != nil || len(trunks) > 0 || !holds {
		return len(trunks) > 0, err
	}
	return usage.InUseNow(ctx, r.Direct, object.GetNamespace(), object.Connection())
}

func (r *Reconciler[T]) writeStatus(ctx context.Context, object T, before v1alpha1.ConnectionStatus) error {
	if equality.Semantic.DeepEqual(before, *object.ConnectionStatus()) {
		return nil
	}
	return r.Client.Status().Update(ctx, object)
}

func (r *Reconciler[T]) now() metav1.Time {
	return metav1.NewTime(r.Clock.Now().Truncate(time.Second))
}

// soonest is the shorter of two waits, where zero means none.
func soonest(a, b time.Duration) time.Duration {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}
