package phonenumber

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
func (v *visit) late(ctx context.Context, refusal error, outcomes []engine.Outcome) error {
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
	return errors.Join(client.IgnoreNotFound(refusal), err, v.Orphans.Settle(ctx, v.number.UID, settle))
}

func (v *visit) settleLedger(ctx context.Context, change func([]ledger.Entry) []ledger.Entry) error {
	live, err := v.live(ctx)
	if err != nil || live == nil {
		return err
	}
	settled := change(live.Status.ExternalResources)
	if equality.Semantic.DeepEqual(settled, live.Status.ExternalResources) {
		return nil
	}
	live.Status.ExternalResources = settled
	return client.IgnoreNotFound(v.Client.Status().Update(ctx, live))
}

// live reads the object as it is now; nil if it is gone, whoever bears its name.
func (v *visit) live(ctx context.Context) (*v1alpha1.PhoneNumber, error) {
	var live v1alpha1.PhoneNumber
	err := v.Direct.Get(ctx, client.ObjectKeyFromObject(v.number), &live)
	if apierrors.IsNotFound(err) || err == nil && live.UID != v.number.UID {
		return nil, nil
	}
	return &live, err
}
