package siptrunk

import (
	"context"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/controller/lifecycle"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/plan"
	"github.com/callplane/callplane/internal/provider"
	"github.com/callplane/callplane/internal/usage"
)

// provision makes the providers hold what the trunk needs, and shows which numbers
// are on it.
func (v *visit) provision(ctx context.Context) (reconcile.Result, error) {
	numbers, err := v.numbers(ctx)
	if err != nil {
		return reconcile.Result{}, err
	}
	if lifecycle.Paused(v.trunk) {
		wait := v.leave(ctx, numbers)
		return reconcile.Result{RequeueAfter: wait}, v.HoldProvisioning(ctx)
	}
	v.AcknowledgeRetry()
	wait := v.show(numbers)
	ends, err := v.Ends(ctx, usage.References(v.trunk))
	if err != nil {
		return v.failed(ctx, err, numbers)
	}
	login, err := v.login(ctx)
	if err != nil {
		return v.failed(ctx, err, numbers)
	}
	if v.Unchanged(v.resources(ends, login.Login, numbers), ends.Accounts, &login.Version) && !login.Fresh {
		result, err := v.Rest(ctx)
		return sooner(result, wait), err
	}
	if err := v.SignIn(ctx, &ends); err != nil {
		return v.failed(ctx, err, numbers)
	}
	if err := v.Protect(ctx); err != nil {
		return reconcile.Result{}, err
	}
	until, err := v.construct(ctx, ends, login, numbers)
	if err != nil {
		return v.failed(ctx, err, numbers)
	}
	if !until.IsZero() {
		return v.AwaitLists(ctx, until)
	}
	result, err := v.Active(ctx)
	return sooner(result, wait), err
}

// failed says what the trunk lacks, which the numbers that leave it do not wait for.
func (v *visit) failed(ctx context.Context, failure error, numbers []v1alpha1.PhoneNumber) (reconcile.Result, error) {
	wait := v.leave(ctx, numbers)
	result, err := v.Failed(ctx, failure)
	return sooner(result, wait), err
}

// leave lets the numbers that are being taken down go, or says when that is tried again:
// they see for themselves that they are on the list still.
func (v *visit) leave(ctx context.Context, numbers []v1alpha1.PhoneNumber) time.Duration {
	err := v.unlist(ctx, numbers)
	if err == nil {
		return 0
	}
	log.FromContext(ctx).Info("Numbers could not be taken off the outbound trunk", "error", err.Error())
	return max(again, external.RetryAfterOf(err))
}

// again is when numbers are taken off the list that could not be.
const again = 5 * time.Second

// sooner comes back after another wait as well, if there is one.
func sooner(result reconcile.Result, wait time.Duration) reconcile.Result {
	if wait > 0 && (result.RequeueAfter == 0 || wait < result.RequeueAfter) {
		result.RequeueAfter = wait
	}
	return result
}

// construct observes, plans, fences and makes. The time it returns is when to
// look again for something whose absence cannot be believed yet.
func (v *visit) construct(ctx context.Context, ends lifecycle.Ends, login *lifecycle.Login, numbers []v1alpha1.PhoneNumber) (time.Time, error) {
	journal, err := v.plan(ctx, ends, login, v.resources(ends, login.Login, numbers))
	if err != nil {
		return time.Time{}, err
	}
	return journal.CarryOut(ctx, login)
}

// plan observes and says what is to be done for some resources of the trunk.
func (v *visit) plan(ctx context.Context, ends lifecycle.Ends, login *lifecycle.Login, resources []external.Resource) (*lifecycle.Journal, error) {
	ordered, err := plan.Order(resources)
	if err != nil {
		return nil, err
	}
	construction := &engine.Construction{Sessions: ends.Sessions, Marker: v.Marker, Ledger: v.trunk.Status.ExternalResources}
	found, err := construction.Observe(ctx, ordered)
	if err != nil {
		return nil, err
	}
	login.Mark(found)
	steps, err := plan.Provision(ordered, v.trunk.Status.ExternalResources, found, v.Now.Time, v.Settings.Grace)
	if err != nil {
		return nil, err
	}
	return &lifecycle.Journal{Visit: v.Visit, Steps: steps, Construction: construction, Connections: ends.Connections, Establish: v.WriteStatus}, nil
}

// resources are what the trunk needs for the numbers that are on it.
func (v *visit) resources(ends lifecycle.Ends, login provider.Login, numbers []v1alpha1.PhoneNumber) []external.Resource {
	var carrier provider.Carrier
	if v.trunk.Spec.Twilio != nil {
		carrier = v.Providers.Carriers[v1alpha1.KindTwilioAccount]
	}
	platform := v.Providers.Platforms[v.trunk.Spec.PlatformRef.Kind]
	wiring := provider.Wiring{SIPHost: ends.SIPHost, Login: login, Numbers: v.callers(numbers)}
	return provider.TrunkResources(v.trunk, wiring, carrier, platform)
}
