package orphan

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/marker"
	"github.com/callplane/callplane/internal/status"
	"github.com/callplane/callplane/internal/sweep"
	"github.com/callplane/callplane/internal/usage"
)

const noteRetained = "What was retained is meant to stay, so it is not deleted for an annotation: delete it by hand."

// A Reconciler deletes what a record lists, for whoever may ask for it.
type Reconciler struct {
	*Keeper
	Schedule engine.Scheduler
}

// Reconcile judges a record as it is now: what a cache shows may be from before it
// was settled, or taken over.
func (r *Reconciler) Reconcile(ctx context.Context, cached *v1alpha1.OrphanRecord) (reconcile.Result, error) {
	if !asked(cached) {
		return reconcile.Result{}, nil
	}
	record := &v1alpha1.OrphanRecord{}
	if err := r.Direct.Get(ctx, client.ObjectKeyFromObject(cached), record); err != nil || !asked(record) {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	if len(record.Status.Resources) == 0 {
		return reconcile.Result{}, r.withdraw(ctx, record)
	}
	why, err := r.refusal(ctx, record)
	switch {
	case err != nil:
		return reconcile.Result{}, err
	case why != "":
		return reconcile.Result{}, r.refuse(ctx, record, why)
	}
	return r.delete(ctx, record)
}

// refusal says why nothing of a record may be deleted; "" if it may.
func (r *Reconciler) refusal(ctx context.Context, record *v1alpha1.OrphanRecord) (string, error) {
	if record.Spec.Reason == v1alpha1.ReasonRetained {
		return noteRetained, nil
	}
	owners, err := usage.Owners(ctx, r.Direct)
	if err != nil {
		return "", fmt.Errorf("looking for an owner: %w", err)
	}
	owner, found := sweep.Owner(*record, owners)
	if !found {
		return "", nil
	}
	return fmt.Sprintf("The %s %s/%s is there, and this is its own: nothing is deleted before it is gone.", owner.Identity().Kind, owner.GetNamespace(), owner.GetName()), nil
}

// refuse takes the annotation off again: what is refused now must not come into
// force by itself later.
func (r *Reconciler) refuse(ctx context.Context, record *v1alpha1.OrphanRecord, why string) error {
	if err := r.withdraw(ctx, record); err != nil {
		return err
	}
	r.event(record, corev1.EventTypeWarning, v1alpha1.ReasonDeleteExternalRefused, why)
	_, err := r.Orphans.Change(ctx, record.Name, func(record *v1alpha1.OrphanRecord) {
		status.Refused(record, r.now(), why)
	})
	return err
}

// withdraw takes the annotation off: what is found later was not meant by it.
func (r *Reconciler) withdraw(ctx context.Context, record *v1alpha1.OrphanRecord) error {
	delete(record.Annotations, v1alpha1.AnnotationDeleteExternal)
	r.Retries.Forget(record.UID)
	return client.IgnoreNotFound(r.Direct.Update(ctx, record))
}

// delete makes one attempt and writes down what is left.
func (r *Reconciler) delete(ctx context.Context, record *v1alpha1.OrphanRecord) (reconcile.Result, error) {
	outcomes := r.demolition(record).Run(ctx)
	explain(ctx, outcomes)
	for i := range outcomes {
		outcomes[i] = kept(outcomes[i])
	}
	attempt := status.Attempt{Outcomes: outcomes, Now: r.now()}
	if attempt.Progress() {
		r.Retries.Forget(record.UID)
	}
	written, err := r.Orphans.Change(ctx, record.Name, func(record *v1alpha1.OrphanRecord) {
		record.Status.Resources = engine.Settle(record.Status.Resources, outcomes)
		if len(attempt.Remaining()) > 0 {
			status.Unfinished(record, attempt)
		}
	})
	if err != nil {
		return reconcile.Result{}, err
	}
	if written != nil && written.Status.State == v1alpha1.OrphanClosed {
		r.announceClosed(written)
		return reconcile.Result{}, r.withdraw(ctx, written)
	}
	r.announce(record, written)
	wait := r.Retries.Delay(r.Retries.Attempt(record.UID), engine.Wait(outcomes, r.Clock.Now()))
	return reconcile.Result{RequeueAfter: wait}, nil
}

func (r *Reconciler) demolition(record *v1alpha1.OrphanRecord) engine.Demolition {
	owner := marker.Owner{Installation: r.Installation, Kind: record.Spec.Owner.Kind, UID: record.Spec.Owner.UID, Namespace: record.Spec.Owner.Namespace, Name: record.Spec.Owner.Name}
	return engine.Demolition{
		Ledger: r.inOrder(record.Status.Resources),
		Marker: owner.For,
		Link:   external.SlotDispatchRule,
		Open: func(ctx context.Context, _ string, used v1alpha1.Connection, account string) (external.Session, error) {
			return r.signIn(ctx, types.NamespacedName{Namespace: owner.Namespace, Name: used.Name}, used.Kind, account)
		},
		Now:      r.Clock.Now(),
		Grace:    r.Grace,
		Schedule: r.Schedule,
	}
}

// signIn uses the object that made something, if it is there and verified, or else
// any that stands for the same account: the namespace of the owner may be gone.
func (r *Reconciler) signIn(ctx context.Context, used types.NamespacedName, kind, account string) (external.Session, error) {
	object, err := r.Connections.Standing(ctx, kind, account, used)
	if err != nil {
		return nil, err
	}
	if object == nil {
		return nil, &external.Error{Class: external.CredentialsMissing, Message: fmt.Sprintf("no %s that is Ready stands for %s: create one, or mend its credentials", kind, account)}
	}
	return r.Connections.Open(ctx, object)
}

// inOrder sorts entries as they are made, since they are taken down from the end:
// a sweep puts them on record as it finds them.
func (r *Reconciler) inOrder(entries []ledger.Entry) []ledger.Entry {
	rank := map[string]int{}
	for _, resource := range r.Providers.Everything() {
		rank[resource.Kind] = len(rank)
	}
	return slices.SortedStableFunc(slices.Values(entries), func(a, b ledger.Entry) int {
		return cmp.Compare(rank[a.Kind], rank[b.Kind])
	})
}

// kept is an outcome for a record: what bears our name and is left to others who use
// it is still there, and would be found again.
func kept(outcome engine.Outcome) engine.Outcome {
	if outcome.Gone && outcome.Note != "" && outcome.Entry.Name != "" {
		outcome.Gone, outcome.Err = false, &external.Error{Class: external.ResourceInUse, Message: outcome.Note}
	}
	return outcome
}

func explain(ctx context.Context, outcomes []engine.Outcome) {
	for _, outcome := range outcomes {
		entry := log.FromContext(ctx).WithValues("slot", outcome.Entry.Slot, "kind", outcome.Entry.Kind, "id", outcome.Entry.ID)
		if outcome.Err != nil {
			entry.Info("Deleting what a record lists failed", "class", external.ClassOf(outcome.Err), "error", outcome.Err.Error())
		} else if outcome.Gone {
			entry.Info("What a record lists is gone", "note", outcome.Note)
		}
	}
}

// announce emits an event if what is wrong is news.
func (r *Reconciler) announce(before, now *v1alpha1.OrphanRecord) {
	if now == nil {
		return
	}
	stalled := meta.FindStatusCondition(now.Status.Conditions, v1alpha1.ConditionStalled)
	known := meta.FindStatusCondition(before.Status.Conditions, v1alpha1.ConditionStalled)
	if stalled != nil && (known == nil || known.Reason != stalled.Reason) {
		r.event(now, corev1.EventTypeWarning, stalled.Reason, stalled.Message)
	}
}

func asked(record *v1alpha1.OrphanRecord) bool {
	return record.Annotations[v1alpha1.AnnotationDeleteExternal] == "true"
}
