// Package agent shows which numbers a VoiceAgent answers and keeps it for as
// long as one of them is linked to it. What the agent means for a number is
// decided where the number is set up.
package agent

import (
	"context"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/usage"
)

// A Reconciler looks after VoiceAgents.
type Reconciler struct {
	Client client.Client
	// Direct reads without a cache: an agent goes only if nobody needs it now.
	Direct client.Reader
	Clock  clock.PassiveClock

	throttle usage.Throttle
}

// Reconcile keeps an agent that numbers need, and shows which.
func (r *Reconciler) Reconcile(ctx context.Context, agent *v1alpha1.VoiceAgent) (reconcile.Result, error) {
	numbers, err := r.users(ctx, agent)
	if err != nil {
		return reconcile.Result{}, err
	}
	if len(numbers) > 0 && agent.DeletionTimestamp.IsZero() && controllerutil.AddFinalizer(agent, v1alpha1.FinalizerInUse) {
		if err := r.Client.Update(ctx, agent); err != nil {
			return reconcile.Result{}, err
		}
	}
	wait, err := r.show(ctx, agent, numbers)
	if err != nil {
		return reconcile.Result{}, err
	}
	if len(numbers) == 0 && controllerutil.RemoveFinalizer(agent, v1alpha1.FinalizerInUse) {
		return r.letGo(ctx, agent)
	}
	return reconcile.Result{RequeueAfter: wait}, nil
}

// lookAgain is when the cache has followed the API server.
const lookAgain = 5 * time.Second

// letGo looks once more without the cache, which may be behind.
func (r *Reconciler) letGo(ctx context.Context, agent *v1alpha1.VoiceAgent) (reconcile.Result, error) {
	var numbers v1alpha1.PhoneNumberList
	if err := r.Direct.List(ctx, &numbers, client.InNamespace(agent.Namespace)); err != nil {
		return reconcile.Result{}, err
	}
	if len(needing(agent, numbers.Items)) > 0 {
		return reconcile.Result{RequeueAfter: lookAgain}, nil
	}
	return reconcile.Result{}, r.Client.Update(ctx, agent)
}

// users are the numbers that need the agent, as the cache shows them.
func (r *Reconciler) users(ctx context.Context, agent *v1alpha1.VoiceAgent) ([]v1alpha1.PhoneNumber, error) {
	numbers, err := usage.OfAgent(ctx, r.Client, agent.Namespace, agent.Name)
	return needing(agent, numbers), err
}

// needing are those of the numbers that need the agent. One that is being deleted waits
// for those only that are linked to it: the others do not get it any more.
func needing(agent *v1alpha1.VoiceAgent, numbers []v1alpha1.PhoneNumber) []v1alpha1.PhoneNumber {
	return slices.DeleteFunc(numbers, func(n v1alpha1.PhoneNumber) bool {
		if agent.DeletionTimestamp.IsZero() {
			return !slices.Contains(usage.Agents(&n), agent.Name)
		}
		return usage.Linked(&n) != agent.Name
	})
}

// show writes the numbers into the status, or says when that may be done.
func (r *Reconciler) show(ctx context.Context, agent *v1alpha1.VoiceAgent, numbers []v1alpha1.PhoneNumber) (time.Duration, error) {
	before := agent.Status.DeepCopy()
	wait := r.throttle.Show(&agent.Status.PhoneNumbers, numbers, agent.UID, r.Clock.Now())
	ready := readiness(agent)
	ready.ObservedGeneration, ready.LastTransitionTime = agent.Generation, metav1.NewTime(r.Clock.Now().Truncate(time.Second))
	meta.SetStatusCondition(&agent.Status.Conditions, ready)
	agent.Status.ObservedGeneration = agent.Generation
	if equality.Semantic.DeepEqual(*before, agent.Status) {
		return wait, nil
	}
	return wait, r.Client.Status().Update(ctx, agent)
}

// readiness says whether numbers can be linked to the agent and, if it is to go, which
// ones it waits for. It names those that the status lists.
func readiness(agent *v1alpha1.VoiceAgent) metav1.Condition {
	ready := metav1.Condition{Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonAccepted, Message: "numbers can be linked to the agent"}
	if !agent.DeletionTimestamp.IsZero() {
		ready.Status, ready.Reason, ready.Message = metav1.ConditionFalse, v1alpha1.ReasonDeleting, "the agent is being deleted"
		if users := agent.Status.PhoneNumbers; users != nil && *users.Count > 0 {
			ready.Message += "; it stays until no number is linked to it any more: " + usage.Mention(users)
		}
	}
	return ready
}

// SetupWithManager starts the reconciler for every agent that changes, or whose
// numbers come and go.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).
		For(&v1alpha1.VoiceAgent{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&v1alpha1.PhoneNumber{}, usage.Changes(linked)).
		Complete(reconcile.AsReconciler(mgr.GetClient(), r))
}

// linked tells changes of the link too, of an agent that is named all the same: it may
// be waiting for that.
func linked(number *v1alpha1.PhoneNumber) []types.NamespacedName {
	var agents []types.NamespacedName
	for _, agent := range append(usage.Agents(number), usage.Linked(number)) {
		if agent == "" {
			continue
		}
		agents = append(agents, types.NamespacedName{Namespace: number.Namespace, Name: agent})
	}
	return agents
}
