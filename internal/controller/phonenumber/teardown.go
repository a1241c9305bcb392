package phonenumber

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/status"
	"github.com/callplane/callplane/internal/usage"
)

// Notes of the events that end a deletion.
const (
	noteDeleted  = "Phone number deleted successfully"
	noteRetained = "Phone number retained. Its external resources are left as they are."
)

// teardown takes down what the ledger lists and lets go of the object once a
// read has shown that nothing is left.
func (v *visit) teardown(ctx context.Context) (reconcile.Result, error) {
	if !controllerutil.ContainsFinalizer(v.number, v1alpha1.FinalizerTeardown) {
		return reconcile.Result{}, nil
	}
	v.acknowledgeRetry()
	switch others := foreignFinalizers(v.number); {
	case paused(v.number):
		return v.hold(ctx, v1alpha1.ReasonPaused, fmt.Sprintf("the annotation %s holds the deletion; nothing more is taken down until it is removed", v1alpha1.AnnotationPaused))
	case len(others) > 0:
		return v.hold(ctx, v1alpha1.ReasonBlocked, "waiting for the finalizers of others: "+strings.Join(others, ", "))
	case v.number.Spec.DeletionPolicy == v1alpha1.DeletionPolicyRetain:
		return v.retain(ctx)
	case !owes(v.number):
		return v.letGo(ctx, noteDeleted)
	}
	admitted, err := v.admitted(ctx)
	if err != nil {
		return reconcile.Result{}, err
	}
	if !admitted {
		return v.awaitTurn(ctx)
	}
	if err := v.begin(ctx); err != nil {
		return reconcile.Result{}, err
	}
	return v.conclude(ctx, v.demolition().Run(ctx))
}

// owes reports whether the providers may hold something that is to go: whatever
// was made and, if it is to be released, the number.
func owes(number *v1alpha1.PhoneNumber) bool {
	if number.Spec.DeletionPolicy == v1alpha1.DeletionPolicyRelease {
		return len(number.Status.ExternalResources) > 0
	}
	return slices.ContainsFunc(number.Status.ExternalResources, made)
}

// made reports whether an entry stands for something that we may have made, and that
// goes with the object.
func made(entry v1alpha1.ExternalResource) bool { return !ledger.Outlives(entry) }

// begin notes the policy that the teardown obeys and shows that it has begun.
func (v *visit) begin(ctx context.Context) error {
	t := v.number.Status.Teardown
	if t != nil && t.Policy == v.number.Spec.DeletionPolicy {
		return nil
	}
	if t == nil {
		// What failed before the deletion says nothing about it.
		v.Retries.Forget(v.number.UID)
		t = &v1alpha1.TeardownStatus{StartedAt: &v.now}
		v.number.Status.Teardown = t
	}
	t.Policy = v.number.Spec.DeletionPolicy
	phase, message := v1alpha1.ReasonUnlinking, "the agent is being unlinked; then everything else is taken down"
	if _, linked := ledger.Find(v.number.Status.ExternalResources, external.SlotDispatchRule); !linked {
		phase, message = v1alpha1.ReasonTearingDown, "what was made for the number is being taken down"
	}
	return v.writeVerdict(ctx, status.Held(v.number.Status.LifecycleStatus, phase, message))
}

func (v *visit) demolition() engine.Demolition {
	t := v.number.Status.Teardown
	return engine.Demolition{
		Ledger:  v.number.Status.ExternalResources,
		Marker:  v.marker,
		Link:    external.SlotDispatchRule,
		Release: t != nil && t.Policy == v1alpha1.DeletionPolicyRelease,
		Open: func(ctx context.Context, _ string, connection v1alpha1.Connection, account string) (external.Session, error) {
			return v.Connections.Reopen(ctx, v.number.Namespace, connection, account)
		},
		Now:      v.now.Time,
		Grace:    v.Settings.Grace,
		Schedule: v.Schedule,
	}
}

// conclude lets go of the object or says what is left, and when it is tried
// again.
func (v *visit) conclude(ctx context.Context, outcomes []engine.Outcome) (reconcile.Result, error) {
	attempt := status.Attempt{Outcomes: outcomes, Now: v.now, CorruptedAfter: v.Settings.CorruptedAfter}
	v.explain(ctx, outcomes)
	if attempt.Progress() {
		v.Retries.Forget(v.number.UID)
	}
	if attempt.Failed() {
		attempt.Count = v.Retries.Attempt(v.number.UID)
	}
	remaining := attempt.Remaining()
	if len(remaining) == 0 {
		result, err := v.letGo(ctx, noteDeleted)
		return result, v.late(ctx, err, outcomes)
	}
	v.keep(remaining)
	verdict := status.TornDown(v.before.Status.LifecycleStatus, attempt)
	v.number.Status.Teardown.FailingSince = attempt.FailingSince(v.number.Status.Teardown.FailingSince)
	if err := v.writeVerdict(ctx, verdict); err != nil {
		return reconcile.Result{}, v.late(ctx, err, outcomes)
	}
	return reconcile.Result{RequeueAfter: v.Retries.Delay(attempt.Count, engine.Wait(outcomes, v.Clock.Now()))}, nil
}

// keep writes into the status what is left, and whom calls still reach.
func (v *visit) keep(remaining []v1alpha1.ExternalResource) {
	v.number.Status.ExternalResources = remaining
	v.number.Status.LinkedAgent = usage.Linked(v.number)
}

// explain says what was left alone, and logs the causes of what failed.
func (v *visit) explain(ctx context.Context, outcomes []engine.Outcome) {
	for _, outcome := range outcomes {
		if outcome.Note != "" {
			v.event(corev1.EventTypeWarning, v1alpha1.ReasonLeftAlone, outcome.Note)
		}
		if outcome.Err != nil {
			log.FromContext(ctx).Info("Cleanup failed", "slot", outcome.Entry.Slot, "id", outcome.Entry.ID,
				"class", external.ClassOf(outcome.Err), "error", outcome.Err.Error())
		}
	}
}

// hold shows what a deletion waits for. It goes on when that changes.
func (v *visit) hold(ctx context.Context, phase, message string) (reconcile.Result, error) {
	return reconcile.Result{}, v.writeVerdict(ctx, status.Held(v.number.Status.LifecycleStatus, phase, message))
}

// retain records what stays behind and lets go.
func (v *visit) retain(ctx context.Context) (reconcile.Result, error) {
	if slices.ContainsFunc(v.number.Status.ExternalResources, made) {
		if err := v.Orphans.Record(ctx, v.number, v1alpha1.ReasonRetained, v.now); err != nil {
			return reconcile.Result{}, err
		}
	}
	return v.letGo(ctx, noteRetained)
}

// letGo ends a deletion after which nothing is left that was not meant to be.
func (v *visit) letGo(ctx context.Context, note string) (reconcile.Result, error) {
	if err := v.dropFinalizer(ctx); err != nil {
		return reconcile.Result{}, err
	}
	v.event(corev1.EventTypeNormal, v1alpha1.ReasonDeleted, note)
	teardowns.WithLabelValues(string(v.number.Spec.DeletionPolicy)).Inc()
	return reconcile.Result{}, nil
}

// dropFinalizer removes our finalizer, and only ours: with that the object is
// gone.
func (v *visit) dropFinalizer(ctx context.Context) error {
	controllerutil.RemoveFinalizer(v.number, v1alpha1.FinalizerTeardown)
	if err := v.writeObject(ctx); err != nil {
		return err
	}
	v.Retries.Forget(v.number.UID)
	return nil
}

func foreignFinalizers(number *v1alpha1.PhoneNumber) []string {
	return slices.DeleteFunc(slices.Clone(number.Finalizers), func(name string) bool {
		return name == v1alpha1.FinalizerTeardown
	})
}
