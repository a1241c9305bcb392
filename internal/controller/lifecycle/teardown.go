package lifecycle

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/time/rate"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/budget"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/status"
)

// A Turn says why an object must wait for others before its teardown begins; nil
// lets it begin.
type Turn struct {
	// Reason of the condition Deleting, and its message.
	Reason, Message string
}

// Teardown takes down what the ledger lists and lets go of the object once a
// read has shown that nothing is left. Turn is asked before anything is touched.
func (v *Visit) Teardown(ctx context.Context, turn func(context.Context) (*Turn, error)) (reconcile.Result, error) {
	if !HasTeardown(v.Object) || v.Departed.has(v.Object.GetUID()) {
		return reconcile.Result{}, nil
	}
	v.AcknowledgeRetry()
	switch others := ForeignFinalizers(v.Object); {
	case Paused(v.Object):
		return v.Hold(ctx, v1alpha1.ReasonPaused, fmt.Sprintf("the annotation %s holds the deletion; nothing more is taken down until it is removed", v1alpha1.AnnotationPaused))
	case len(others) > 0:
		return v.Hold(ctx, v1alpha1.ReasonBlocked, "waiting for the finalizers of others: "+strings.Join(others, ", "))
	case v.Object.Policy() == v1alpha1.DeletionPolicyRetain:
		return v.retain(ctx)
	case !Owes(v.Object):
		return v.letGo(ctx, v.Kind.Notes.Deleted)
	}
	if wait, err := turn(ctx); err != nil {
		return reconcile.Result{}, err
	} else if wait != nil {
		return v.holdInTurn(ctx, wait)
	}
	if err := v.admitTeardown(ctx); err != nil {
		return v.Failed(ctx, err)
	}
	if err := v.begin(ctx); err != nil {
		return reconcile.Result{}, err
	}
	return v.conclude(ctx, v.demolition().Run(ctx))
}

// Owes reports whether the providers may hold something that is to go: whatever
// was made and, if it is to be released, the number.
func Owes(object v1alpha1.Owner) bool {
	if object.Policy() == v1alpha1.DeletionPolicyRelease {
		return len(object.Lifecycle().ExternalResources) > 0
	}
	return slices.ContainsFunc(object.Lifecycle().ExternalResources, made)
}

// made reports whether an entry stands for something that we may have made, and that
// goes with the object.
func made(entry v1alpha1.ExternalResource) bool { return !ledger.Outlives(entry) }

// begin notes the policy that the teardown obeys and shows that it has begun.
func (v *Visit) begin(ctx context.Context) error {
	t := v.status().Teardown
	if t != nil && t.Policy == v.Object.Policy() {
		return nil
	}
	if t == nil {
		// What failed before the deletion says nothing about it.
		v.Retries.Forget(v.Object.GetUID())
		t = &v1alpha1.TeardownStatus{StartedAt: &v.Now}
		v.status().Teardown = t
	}
	t.Policy = v.Object.Policy()
	phase, message := v1alpha1.ReasonUnlinking, "the agent is being unlinked; then everything else is taken down"
	if rule, linked := ledger.Find(v.status().ExternalResources, external.SlotDispatchRule); !linked || ledger.Lent(rule) {
		phase, message = v1alpha1.ReasonTearingDown, "what was made is being taken down"
	}
	return v.WriteVerdict(ctx, status.Held(*v.status(), phase, message))
}

func (v *Visit) demolition() engine.Demolition {
	t := v.status().Teardown
	return engine.Demolition{
		Ledger:  v.status().ExternalResources,
		Marker:  v.Marker,
		Link:    external.SlotDispatchRule,
		Release: t != nil && t.Policy == v1alpha1.DeletionPolicyRelease,
		Open: func(ctx context.Context, _ string, connection v1alpha1.Connection, account string) (external.Session, error) {
			return v.Connections.Reopen(budget.With(ctx, v.ticket), v.Object.GetNamespace(), connection, account)
		},
		Awaits:   v.Awaits,
		Now:      v.Now.Time,
		Grace:    v.Settings.Grace,
		Schedule: v.Schedule,
	}
}

// TakeDown takes down what somebody else has in something of the object, as he would
// himself.
func (v *Visit) TakeDown(ctx context.Context, entry ledger.Entry) error {
	demolition := v.demolition()
	demolition.Ledger, demolition.Awaits = []ledger.Entry{entry}, nil
	return demolition.Run(ctx)[0].Err
}

// conclude lets go of the object or says what is left, and when it is tried
// again.
func (v *Visit) conclude(ctx context.Context, outcomes []engine.Outcome) (reconcile.Result, error) {
	attempt := status.Attempt{Outcomes: outcomes, Now: v.Now, CorruptedAfter: v.Settings.CorruptedAfter}
	v.explain(ctx, outcomes)
	if attempt.Progress() {
		v.Retries.Forget(v.Object.GetUID())
	}
	if attempt.Failed() {
		attempt.Count = v.Retries.Attempt(v.Object.GetUID())
	}
	remaining := attempt.Remaining()
	if len(remaining) == 0 {
		result, err := v.letGo(ctx, v.Kind.Notes.Deleted)
		return result, v.late(ctx, err, outcomes)
	}
	v.keep(remaining)
	verdict := status.TornDown(*v.Before.Lifecycle(), attempt)
	v.status().Teardown.FailingSince = attempt.FailingSince(v.status().Teardown.FailingSince)
	if err := v.WriteVerdict(ctx, verdict); err != nil {
		return reconcile.Result{}, v.late(ctx, err, outcomes)
	}
	return reconcile.Result{RequeueAfter: v.Retries.Delay(attempt.Count, engine.Wait(outcomes, v.Clock.Now()))}, nil
}

// keep writes into the status what is left.
func (v *Visit) keep(remaining []v1alpha1.ExternalResource) {
	v.status().ExternalResources = remaining
}

// explain says what was left alone, and logs the causes of what failed.
func (v *Visit) explain(ctx context.Context, outcomes []engine.Outcome) {
	for _, outcome := range outcomes {
		if outcome.Note != "" {
			v.Event(corev1.EventTypeWarning, v1alpha1.ReasonLeftAlone, outcome.Note)
		}
		if outcome.Err != nil {
			log.FromContext(ctx).Info("Cleanup failed", "slot", outcome.Entry.Slot, "id", outcome.Entry.ID,
				"class", external.ClassOf(outcome.Err), "error", outcome.Err.Error())
		}
	}
}

// Hold shows what a deletion waits for. It goes on when that changes.
func (v *Visit) Hold(ctx context.Context, phase, message string) (reconcile.Result, error) {
	return reconcile.Result{}, v.WriteVerdict(ctx, status.Held(*v.status(), phase, message))
}

// patience is for how long a deletion waits for others, at the least, without saying so. A
// write to each of a thousand that are deleted at once would hold up those whose turn it is,
// and most of those that wait have soon had theirs.
const patience = 10 * time.Second

// holdInTurn is Hold for a wait that may be over soon.
func (v *Visit) holdInTurn(ctx context.Context, wait *Turn) (reconcile.Result, error) {
	if unsaid := v.unsaid(); unsaid > 0 {
		return reconcile.Result{RequeueAfter: unsaid}, nil
	}
	return v.Hold(ctx, wait.Reason, wait.Message)
}

// perSecond is how many deletions may say within a second that they wait: a thousand that
// did it within ten took half of the time from those whose turn it was.
const perSecond = 20

// longestPatience is how long one that may not say so yet waits until it asks again.
const longestPatience = 5 * time.Minute

// NewRemarks paces those that wait.
func NewRemarks() *rate.Limiter { return rate.NewLimiter(perSecond, perSecond) }

// unsaid is after how long a deletion that waits for others is to ask whether to say so,
// spread over as long again: longer each time, so that thousands do not ask all the time.
// It is 0 for whoever is to say so now, which counts; also where the clocks do not agree.
func (v *Visit) unsaid() time.Duration {
	deleted := v.Object.GetDeletionTimestamp()
	if deleted == nil || meta.FindStatusCondition(v.status().Conditions, v1alpha1.ConditionDeleting) != nil {
		return 0
	}
	now := v.Clock.Now()
	if left := deleted.Add(patience).Sub(now); left > 0 && left <= patience {
		return v.Retries.Spread(left)
	}
	if v.Remarks != nil && !v.Remarks.AllowN(now, 1) {
		return v.Retries.Spread(min(max(now.Sub(deleted.Time), patience), longestPatience))
	}
	return 0
}

// retain records what stays behind and lets go.
func (v *Visit) retain(ctx context.Context) (reconcile.Result, error) {
	if slices.ContainsFunc(v.status().ExternalResources, made) {
		if err := v.Orphans.Record(ctx, v.Object, v1alpha1.ReasonRetained, v.Now); err != nil {
			return reconcile.Result{}, err
		}
	}
	return v.letGo(ctx, v.Kind.Notes.Retained)
}

// letGo ends a deletion after which nothing is left that was not meant to be.
func (v *Visit) letGo(ctx context.Context, note string) (reconcile.Result, error) {
	if err := v.dropFinalizer(ctx); err != nil {
		return reconcile.Result{}, err
	}
	v.Event(corev1.EventTypeNormal, v1alpha1.ReasonDeleted, note)
	v.Kind.Deletions.WithLabelValues(string(v.Object.Policy())).Inc()
	took := v.Clock.Since(v.Before.GetDeletionTimestamp().Time) // by two clocks
	v.Kind.Durations.WithLabelValues(string(v.Object.Policy())).Observe(max(took, 0).Seconds())
	return reconcile.Result{}, nil
}

// dropFinalizer removes our finalizer, and only ours: with that the object is
// gone.
func (v *Visit) dropFinalizer(ctx context.Context) error {
	controllerutil.RemoveFinalizer(v.Object, v1alpha1.FinalizerTeardown)
	if err := v.WriteObject(ctx); err != nil {
		return err
	}
	v.Retries.Forget(v.Object.GetUID())
	v.Looks.Forget(v.Object.GetUID())
	v.Departed.note(v.Object.GetUID())
	return nil
}
