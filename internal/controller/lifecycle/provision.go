package lifecycle

import (
	"context"
	"fmt"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/plan"
	"github.com/callplane/callplane/internal/status"
)

// HoldProvisioning leaves a paused object as it is. Only one that was never
// visited has something to be told.
func (v *Visit) HoldProvisioning(ctx context.Context) error {
	if len(v.status().Conditions) > 0 {
		return nil
	}
	return v.WriteVerdict(ctx, status.Provisioning(fmt.Sprintf("the annotation %s holds it as it is", v1alpha1.AnnotationPaused)))
}

// Protect puts our finalizer on the object, before anything is made for it.
func (v *Visit) Protect(ctx context.Context) error {
	if !controllerutil.AddFinalizer(v.Object, v1alpha1.FinalizerTeardown) {
		return nil
	}
	return v.WriteObject(ctx)
}

// until is when the first step that must wait may be looked at again.
func until(steps []plan.Step) time.Time {
	for _, step := range steps {
		if !step.Until.IsZero() {
			return step.Until
		}
	}
	return time.Time{}
}

// Active says that all is as wanted, and when to look again.
func (v *Visit) Active(ctx context.Context) (reconcile.Result, error) {
	v.Retries.Forget(v.Object.GetUID())
	v.activate()
	if err := v.WriteNews(ctx); err != nil {
		return reconcile.Result{}, err
	}
	if v.Looks != nil {
		return reconcile.Result{RequeueAfter: v.Looks.looked(v.Object.GetUID(), v.Clock.Now())}, nil
	}
	return reconcile.Result{RequeueAfter: v.Retries.Jitter(v.Settings.Resync)}, nil
}

// activate says in the status that all is as wanted, and what that was.
func (v *Visit) activate() {
	if v.wanted != nil {
		v.status().AppliedConfiguration = digest(v.wanted)
	}
	v.Apply(status.Active())
}

// AwaitLists leaves a failure as it is shown: whether it is over will be known when
// the wait is. What was found to be missing is written in any case, or its grace
// would begin anew with every visit.
func (v *Visit) AwaitLists(ctx context.Context, until time.Time) (reconcile.Result, error) {
	if v.status().Problem == "" {
		v.Apply(status.AwaitingLists())
	}
	if err := v.WriteNews(ctx); err != nil {
		return reconcile.Result{}, err
	}
	return reconcile.Result{RequeueAfter: max(until.Sub(v.Clock.Now()), 0) + time.Second}, nil
}
