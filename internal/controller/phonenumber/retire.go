package phonenumber

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/status"
)

// retire takes down what the spec does not ask for any more, such as what outbound
// calls needed. It comes last, when all that is asked for is there. The time it
// returns is when to look again for something whose absence cannot be believed yet.
func (v *visit) retire(ctx context.Context, unwanted func(ledger.Entry) bool) (time.Time, error) {
	if !slices.ContainsFunc(v.number.Status.ExternalResources, unwanted) {
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
	for _, outcome := range outcomes {
		failures = append(failures, outcome.Err)
		if outcome.Until.After(until) {
			until = outcome.Until
		}
	}
	return until, errors.Join(failures...)
}

// condemn says of what is to go that it goes, as a fence: a view from before it was
// asked for again is refused here.
func (v *visit) condemn(ctx context.Context, unwanted func(ledger.Entry) bool) error {
	for _, entry := range v.number.Status.ExternalResources {
		if unwanted(entry) && entry.State != v1alpha1.StateDeleting {
			entry.State = v1alpha1.StateDeleting
			v.number.Status.ExternalResources = ledger.Put(v.number.Status.ExternalResources, nil, entry)
			v.apply(status.Provisioning("what is not asked for any more is being taken down"))
		}
	}
	return v.writeStatus(ctx)
}
