package lifecycle

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/status"
)

// Retire takes down what the spec does not ask for any more, such as what outbound
// calls needed. It comes last, when all that is asked for is there. The time it
// returns is when to look again for something whose absence cannot be believed yet.
func (v *Visit) Retire(ctx context.Context, unwanted func(ledger.Entry) bool) (time.Time, error) {
	if !slices.ContainsFunc(v.status().ExternalResources, unwanted) {
		return time.Time{}, nil
	}
	if err := v.condemn(ctx, unwanted); err != nil {
		return time.Time{}, err
	}
	demolition := v.demolition()
	demolition.Stays = func(entry ledger.Entry) bool { return !unwanted(entry) }
	outcomes := demolition.Run(ctx)
	v.explain(ctx, outcomes)
	v.keep(status.Attempt{Outcomes: outcomes}.Remaining())
	var until time.Time
	var failures []error
	var awaited string
	for _, outcome := range outcomes {
		failures, awaited = append(failures, outcome.Err), cmp.Or(awaited, outcome.Awaits)
		if outcome.Until.After(until) {
			until = outcome.Until
		}
	}
	if awaited != "" {
		failures = append(failures, &external.Error{
			Class: v1alpha1.ReasonProvisioning, Message: awaited, RetryAfter: engine.Wait(outcomes, v.Now.Time),
		})
	}
	return until, errors.Join(failures...)
}

// condemn says of what is to go that it goes, as a fence: a view from before it was
// asked for again is refused here.
func (v *Visit) condemn(ctx context.Context, unwanted func(ledger.Entry) bool) error {
	for _, entry := range v.status().ExternalResources {
		if unwanted(entry) && entry.State != v1alpha1.StateDeleting {
			entry.State = v1alpha1.StateDeleting
			v.status().ExternalResources = ledger.Put(v.status().ExternalResources, nil, entry)
			v.Apply(status.Provisioning("what is not asked for any more is being taken down"))
		}
	}
	return v.WriteStatus(ctx)
}
