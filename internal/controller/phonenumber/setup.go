package phonenumber

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/connection"
	"github.com/callplane/callplane/internal/controller/lifecycle"
	"github.com/callplane/callplane/internal/usage"
)

// SetupWithManager starts the reconciler for every number that changes, and for
// the numbers that use what changes.
func (r *Reconciler) SetupWithManager(ctx context.Context, mgr ctrl.Manager, workers int) error {
	if err := mgr.GetFieldIndexer().IndexField(ctx, &v1alpha1.PhoneNumber{}, indexTurn, turnKeys); err != nil {
		return err
	}
	return ctrl.NewControllerManagedBy(mgr).
		Named("phonenumber").
		Watches(&v1alpha1.PhoneNumber{}, lifecycle.ByUrgency(), builder.WithPredicates(lifecycle.Concerns)).
		WatchesRawSource(r.Bell).
		Watches(&v1alpha1.PhoneNumber{}, handler.EnqueueRequestsFromMapFunc(r.sameNumber), builder.WithPredicates(onlyDeletes)).
		Watches(&v1alpha1.PhoneNumber{}, handler.EnqueueRequestsFromMapFunc(r.nextInLine), builder.WithPredicates(makesRoom)).
		Watches(&v1alpha1.TwilioAccount{}, lifecycle.Spread(r.usersOfConnection), builder.WithPredicates(lifecycle.UsabilityChanged)).
		Watches(&v1alpha1.LiveKitProject{}, lifecycle.Spread(r.usersOfConnection), builder.WithPredicates(lifecycle.UsabilityChanged)).
		Watches(&v1alpha1.SIPTrunk{}, lifecycle.Spread(r.usersOfTrunk), builder.WithPredicates(trunkChanged)).
		Watches(&v1alpha1.VoiceAgent{}, lifecycle.Spread(r.usersOfAgent), builder.WithPredicates(agentChanged)).
		WatchesMetadata(&corev1.Secret{}, lifecycle.Spread(r.usersOfSecret), builder.WithPredicates(connection.SecretChanged)).
		WithOptions(lifecycle.Options(workers)).
		Complete(r.Visits())
}

// Visits reconciles the number that a request names. One that is gone gives up its place
// in line.
func (r *Reconciler) Visits() reconcile.Func {
	return func(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
		number := &v1alpha1.PhoneNumber{}
		if err := r.Client.Get(ctx, request.NamespacedName, number); err != nil {
			if apierrors.IsNotFound(err) && r.Queue != nil {
				r.Queue.Forget(request.NamespacedName)
			}
			return reconcile.Result{}, client.IgnoreNotFound(err)
		}
		result, err := r.Reconcile(ctx, number)
		result.Priority = new(lifecycle.PriorityOf(lifecycle.LaneOf(number)))
		return result, err
	}
}

var onlyDeletes = predicate.Funcs{
	CreateFunc:  func(event.CreateEvent) bool { return false },
	UpdateFunc:  func(event.UpdateEvent) bool { return false },
	GenericFunc: func(event.GenericEvent) bool { return false },
}

// agentChanged leaves out the list of numbers in an agent's status.
var agentChanged = predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
	return e.ObjectOld.GetGeneration() != e.ObjectNew.GetGeneration() || lifecycle.IsKept(e.ObjectOld) != lifecycle.IsKept(e.ObjectNew)
}}

// trunkChanged leaves out what makes no difference to the numbers on a trunk, such as
// how many there are.
var trunkChanged = predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
	before, after := e.ObjectOld.(*v1alpha1.SIPTrunk), e.ObjectNew.(*v1alpha1.SIPTrunk)
	return before.Generation != after.Generation || *shared(before) != *shared(after) ||
		lifecycle.Readiness(before.Status.Conditions) != lifecycle.Readiness(after.Status.Conditions)
}}

// sameNumber wakes those that wait for a number that has become free.
func (r *Reconciler) sameNumber(ctx context.Context, object client.Object) []reconcile.Request {
	return lifecycle.Requests(usage.OfNumber(ctx, r.Client, object.(*v1alpha1.PhoneNumber).Spec.Number))
}

// usersOfConnection wakes the numbers of an account. If it lets more of them begin
// than before, those that wait for it need not be among them.
func (r *Reconciler) usersOfConnection(ctx context.Context, object client.Object) []reconcile.Request {
	changed := object.(connection.Object).Connection()
	users := lifecycle.Requests(usage.OfConnection(ctx, r.Client, object.GetNamespace(), changed))
	return append(users, r.lineOf(ctx, object.GetNamespace(), changed).next(ctx)...)
}

func (r *Reconciler) usersOfTrunk(ctx context.Context, object client.Object) []reconcile.Request {
	return lifecycle.Requests(usage.OfTrunk(ctx, r.Client, object.GetNamespace(), object.GetName()))
}

func (r *Reconciler) usersOfAgent(ctx context.Context, object client.Object) []reconcile.Request {
	return lifecycle.Requests(usage.OfAgent(ctx, r.Client, object.GetNamespace(), object.GetName()))
}

// usersOfSecret wakes the numbers of every account whose credentials changed, as
// far as they may have failed for want of them: they are tried again at once. The
// others need not look at the providers each time that a Secret is synchronised.
func (r *Reconciler) usersOfSecret(ctx context.Context, object client.Object) []reconcile.Request {
	holders, err := r.Connections.HoldersOf(ctx, object.GetNamespace(), object.GetName())
	if err != nil {
		return nil
	}
	var users []reconcile.Request
	for _, holder := range holders {
		numbers, err := usage.OfConnection(ctx, r.Client, holder.GetNamespace(), holder.Connection())
		users = append(users, lifecycle.Requests(slices.DeleteFunc(numbers, content), err)...)
	}
	return users
}

// content reports whether a number has nothing to complain of.
func content(number v1alpha1.PhoneNumber) bool {
	return number.DeletionTimestamp.IsZero() && number.Status.Problem == ""
}
