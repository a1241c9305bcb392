package siptrunk

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/connection"
	"github.com/callplane/callplane/internal/controller/lifecycle"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/usage"
)

// SetupWithManager starts the reconciler for every trunk that changes, whose numbers
// come and go, or that uses what changes.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager, workers int) error {
	return ctrl.NewControllerManagedBy(mgr).
		For(&v1alpha1.SIPTrunk{}, builder.WithPredicates(lifecycle.Concerns)).
		WatchesRawSource(r.Bell).
		Watches(&v1alpha1.PhoneNumber{}, r.numberChanges()).
		Watches(&v1alpha1.TwilioAccount{}, handler.EnqueueRequestsFromMapFunc(r.usersOfConnection), builder.WithPredicates(lifecycle.UsabilityChanged)).
		Watches(&v1alpha1.LiveKitProject{}, handler.EnqueueRequestsFromMapFunc(r.usersOfConnection), builder.WithPredicates(lifecycle.UsabilityChanged)).
		WatchesMetadata(&corev1.Secret{}, handler.EnqueueRequestsFromMapFunc(r.usersOfSecret), builder.WithPredicates(connection.SecretChanged)).
		WithOptions(lifecycle.Options(workers)).
		Complete(reconcile.AsReconciler(mgr.GetClient(), r))
}

type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

// numberChanges wakes the trunks that a number is on, or was, when that makes a
// difference to them.
func (r *Reconciler) numberChanges() handler.EventHandler {
	wake := func(ctx context.Context, q queue, object client.Object) {
		for _, request := range r.trunksOf(ctx, object.(*v1alpha1.PhoneNumber)) {
			q.AddAfter(request, usage.Collect) // a thousand that come at once are few changes of its list
		}
	}
	return handler.Funcs{
		CreateFunc: func(ctx context.Context, e event.CreateEvent, q queue) { wake(ctx, q, e.Object) },
		DeleteFunc: func(ctx context.Context, e event.DeleteEvent, q queue) { wake(ctx, q, e.Object) },
		UpdateFunc: func(ctx context.Context, e event.UpdateEvent, q queue) {
			if concerns(e.ObjectOld.(*v1alpha1.PhoneNumber), e.ObjectNew.(*v1alpha1.PhoneNumber)) {
				wake(ctx, q, e.ObjectOld)
				wake(ctx, q, e.ObjectNew)
			}
		},
	}
}

// A guest is what a trunk is concerned with of a number.
type guest struct {
	trunk                            string
	outbound, leaves, holds, waits   bool
	attached, left, listed, leftList string
}

// concerns reports whether what has changed of a number makes a difference to trunks.
// That it waits for a place on a list does, and that it has got one does not.
func concerns(before, after *v1alpha1.PhoneNumber) bool {
	was, is := guestOf(before), guestOf(after)
	was.waits = was.waits && is.waits
	return was != is
}

func guestOf(number *v1alpha1.PhoneNumber) guest {
	own := number.Status.ExternalResources
	attachment, _ := ledger.Find(own, external.SlotAttachment)
	place, _ := ledger.Find(own, external.SlotOutboundTrunk)
	return guest{
		trunk: usage.Trunk(number), outbound: number.Spec.Outbound != nil,
		leaves: leaves(number), holds: len(own) > 0, waits: place.State == v1alpha1.StatePending,
		attached: attachment.ParentID, left: attachment.Previous, listed: place.ParentID, leftList: place.Previous,
	}
}

// trunksOf are the trunks that a number names, or that have something in which it is. It
// is asked for every number at a start.
func (r *Reconciler) trunksOf(ctx context.Context, number *v1alpha1.PhoneNumber) []reconcile.Request {
	names := sets.New[string]()
	if named := usage.Trunk(number); named != "" {
		names.Insert(named)
	}
	for _, id := range usage.Containers(number) {
		trunks, err := usage.TrunksThatHave(ctx, r.Client, number.Namespace, id)
		if err != nil {
			return nil // only an ending manager has no cache
		}
		for i := range trunks {
			names.Insert(trunks[i].Name)
		}
	}
	var requests []reconcile.Request
	for _, name := range sets.List(names) {
		requests = append(requests, reconcile.Request{NamespacedName: types.NamespacedName{Namespace: number.Namespace, Name: name}})
	}
	return requests
}

func (r *Reconciler) usersOfConnection(ctx context.Context, object client.Object) []reconcile.Request {
	trunks, err := usage.TrunksOfConnection(ctx, r.Client, object.GetNamespace(), object.(connection.Object).Connection())
	return lifecycle.Requests(trunks, err)
}

// usersOfSecret wakes the trunks whose account or carrier it is of.
func (r *Reconciler) usersOfSecret(ctx context.Context, object client.Object) []reconcile.Request {
	var all v1alpha1.SIPTrunkList
	if err := r.Client.List(ctx, &all, client.InNamespace(object.GetNamespace()), usage.AsItIs); err != nil {
		return nil
	}
	var users []v1alpha1.SIPTrunk
	for _, trunk := range all.Items {
		if carrier := trunk.Spec.Address; carrier != nil && carrier.CredentialsSecretRef != nil && carrier.CredentialsSecretRef.Name == object.GetName() {
			users = append(users, trunk)
		}
	}
	holders, err := r.Connections.HoldersOf(ctx, object.GetNamespace(), object.GetName())
	for _, holder := range holders {
		trunks, err := usage.TrunksOfConnection(ctx, r.Client, holder.GetNamespace(), holder.Connection())
		if err == nil {
			users = append(users, trunks...)
		}
	}
	return lifecycle.Requests(users, err)
}
