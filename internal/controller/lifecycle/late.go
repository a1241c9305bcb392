package lifecycle

import (
	"context"
	"errors"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/ledger"
)

// late keeps what an attempt found out although its write was refused, because
// the object was changed, or forced and let go, while calls were under way. What
// a read has shown to be gone leaves the ledger, or the OrphanRecord, all the same.
func (v *Visit) late(ctx context.Context, refusal error, outcomes []engine.Outcome) error {
	if !apierrors.IsConflict(refusal) && !apierrors.IsNotFound(refusal) {
		return refusal
	}
	for _, outcome := range outcomes {
		log.FromContext(ctx).Info("Late result of a cleanup", "slot", outcome.Entry.Slot, "kind", outcome.Entry.Kind,
			"id", outcome.Entry.ID, "gone", outcome.Gone)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), compensationTimeout)
	defer cancel()
	settle := func(entries []ledger.Entry) []ledger.Entry { return engine.Settle(entries, outcomes) }
	err := retry.RetryOnConflict(retry.DefaultRetry, func() error { return v.settleLedger(ctx, settle) })
	// Force may have come before this or in between, with a record of its own.
	return errors.Join(client.IgnoreNotFound(refusal), err, v.Orphans.Settle(ctx, v.Object.GetUID(), settle))
}

func (v *Visit) settleLedger(ctx context.Context, change func([]ledger.Entry) []ledger.Entry) error {
	live, err := v.Live(ctx)
	if err != nil || live == nil {
		return err
	}
	recorded := live.Lifecycle()
	settled := change(recorded.ExternalResources)
	if equality.Semantic.DeepEqual(settled, recorded.ExternalResources) {
		return nil
	}
	recorded.ExternalResources = settled
	return client.IgnoreNotFound(v.Client.Status().Update(ctx, live))
}

// Live reads the object as it is now; nil if it is gone, whoever bears its name.
func (v *Visit) Live(ctx context.Context) (v1alpha1.Owner, error) {
	live := v.Kind.Blank()
	err := v.Direct.Get(ctx, client.ObjectKeyFromObject(v.Object), live)
	if apierrors.IsNotFound(err) || err == nil && live.GetUID() != v.Object.GetUID() {
		return nil, nil
	}
	return live, err
}
