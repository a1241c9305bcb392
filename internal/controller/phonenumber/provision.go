package phonenumber

import (
	"context"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/controller/lifecycle"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/plan"
	"github.com/callplane/callplane/internal/usage"
)

// provision makes the providers hold what the number needs. Any error that was
// not foreseen ends it; the next visit finds what was made by its marker.
func (v *visit) provision(ctx context.Context) (reconcile.Result, error) {
	if lifecycle.Paused(v.number) {
		return reconcile.Result{}, v.HoldProvisioning(ctx)
	}
	v.AcknowledgeRetry()
	ends, err := v.ends(ctx)
	if err != nil {
		return v.Failed(ctx, err)
	}
	if err := v.claim(ctx); err != nil {
		return v.Failed(ctx, err)
	}
	login, err := v.login(ctx)
	if err != nil {
		return v.Failed(ctx, err)
	}
	if v.Unchanged(v.resources(ends, login.Login), ends.Accounts, v.number.Spec.AgentRef, &login.Version) && !login.Fresh {
		return v.Rest(ctx)
	}
	if err := v.SignIn(ctx, &ends.Ends); err != nil {
		return v.Failed(ctx, err)
	}
	if err := v.Protect(ctx); err != nil {
		return reconcile.Result{}, err
	}
	until, err := v.construct(ctx, ends, login)
	if err != nil {
		return v.Failed(ctx, err)
	}
	if !until.IsZero() {
		return v.AwaitLists(ctx, until)
	}
	return v.Active(ctx)
}

// construct observes, plans, fences and makes. The time it returns is when to
// look again for something whose absence cannot be believed yet.
func (v *visit) construct(ctx context.Context, ends ends, login *lifecycle.Login) (time.Time, error) {
	ordered, err := plan.Order(v.resources(ends, login.Login))
	if err != nil {
		return time.Time{}, err
	}
	construction := &engine.Construction{Sessions: ends.Sessions, Marker: v.Marker, Ledger: v.number.Status.ExternalResources}
	heritage, err := v.inherit(ctx, ends, construction)
	if err != nil || !heritage.until.IsZero() {
		return heritage.until, v.lost(err, heritage)
	}
	ordered = heritage.withoutPurchase(ordered)
	found, err := construction.Observe(ctx, ordered)
	if err != nil {
		return time.Time{}, v.lost(err, heritage)
	}
	if err := v.mayImport(ctx, ordered, found); err != nil {
		return time.Time{}, err
	}
	login.Mark(found)
	steps, err := plan.Provision(ordered, v.number.Status.ExternalResources, found, v.Now.Time, v.Settings.Grace)
	if err != nil {
		return time.Time{}, err
	}
	return v.journal(ends, steps, construction).CarryOut(ctx, login)
}

// login is what the platform signs in with, if there are outbound calls on a trunk of
// the number's own.
func (v *visit) login(ctx context.Context) (*lifecycle.Login, error) {
	if v.number.Spec.Outbound == nil || usage.Trunk(v.number) != "" {
		return &lifecycle.Login{}, nil
	}
	return v.Login(ctx, v.number.Spec.Outbound.Username)
}

// notAgain is what else there is to say of a number that was lost.
var notAgain = map[v1alpha1.Acquisition]string{
	v1alpha1.AcquisitionPurchase: " any more; it is not bought a second time by itself: bring it back into the account, or delete this PhoneNumber and create one of another name",
}

// lost says that a number which was once there, for this object or for an earlier
// one of its name, is no longer in the account. It is never bought again by itself.
func (v *visit) lost(err error, h *heritage) error {
	if external.ClassOf(err) != external.NotFound {
		return err
	}
	reason := external.Class(v1alpha1.ReasonReferenceNotFound)
	message := external.MessageOf(err)
	if entry, _ := ledger.Find(v.number.Status.ExternalResources, external.SlotNumber); entry.ID != "" || h.hadNumber {
		reason = v1alpha1.ReasonNumberLost
		message += notAgain[v.number.Spec.Acquisition]
	}
	return &external.Error{Class: reason, Message: message, Err: err}
}
