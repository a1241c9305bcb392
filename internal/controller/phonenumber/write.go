package phonenumber

import (
	"context"
	"errors"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/status"
)

// writeObject writes metadata, and only that: the answer must not undo what the
// visit has noted in the status meanwhile.
func (v *visit) writeObject(ctx context.Context) error {
	noted := v.number.Status.DeepCopy()
	err := v.Client.Update(ctx, v.number)
	v.number.Status = *noted
	return err
}

// writeStatus writes the status with the resourceVersion that was read, whether
// or not it differs: this is the fence. One event follows per transition.
func (v *visit) writeStatus(ctx context.Context) error {
	if err := v.Client.Status().Update(ctx, v.number); err != nil {
		return err
	}
	v.announce()
	v.before = v.number.DeepCopy()
	return nil
}

func (v *visit) apply(verdict status.Verdict) {
	status.Apply(&v.number.Status.LifecycleStatus, v.number.Generation, v.now, verdict)
}

// writeVerdict writes what the conditions are to say, if that is news.
func (v *visit) writeVerdict(ctx context.Context, verdict status.Verdict) error {
	v.apply(verdict)
	return v.writeNews(ctx)
}

// writeNews writes the status if it differs from what was read.
func (v *visit) writeNews(ctx context.Context) error {
	if equality.Semantic.DeepEqual(v.before.Status, v.number.Status) {
		return nil
	}
	return v.writeStatus(ctx)
}

// failed shows why the number cannot be set up and tries again later. An error
// that nobody classified is of the API server, such as a refused write: no
// trouble of the number's, and the next visit reads anew.
func (v *visit) failed(ctx context.Context, err error) (reconcile.Result, error) {
	classified, ok := errors.AsType[*external.Error](err)
	if !ok {
		return reconcile.Result{}, err
	}
	verdict := status.Failed(string(classified.Class), classified.Message)
	if classified.Class == v1alpha1.ReasonProvisioning {
		verdict = status.Provisioning(classified.Message)
	} else {
		log.FromContext(ctx).Info("Setting up failed", "class", classified.Class, "error", err.Error())
	}
	if err := v.writeVerdict(ctx, verdict); err != nil {
		return reconcile.Result{}, err
	}
	attempts := v.Retries.Attempt(v.number.UID)
	return reconcile.Result{RequeueAfter: v.Retries.Delay(attempts, external.RetryAfterOf(err))}, nil
}

// announce emits an event if Ready or Corrupted changed its reason.
func (v *visit) announce() {
	for _, kind := range []string{v1alpha1.ConditionCorrupted, v1alpha1.ConditionReady} {
		now := meta.FindStatusCondition(v.number.Status.Conditions, kind)
		before := meta.FindStatusCondition(v.before.Status.Conditions, kind)
		if now == nil || now.Reason == v1alpha1.ReasonNotCorrupted || before != nil && before.Reason == now.Reason {
			continue
		}
		severity := corev1.EventTypeNormal
		if v.number.Status.Problem != "" {
			severity = corev1.EventTypeWarning
		}
		v.event(severity, now.Reason, now.Message)
		return
	}
}

func (v *visit) event(severity, reason, note string) {
	v.Events.Eventf(v.number, nil, severity, reason, reason, "%s", status.Message(note))
}

// acknowledgeRetry begins anew when somebody asked for a retry.
func (v *visit) acknowledgeRetry() {
	requested := v.number.Annotations[v1alpha1.AnnotationRetryRequestedAt]
	if requested == "" || requested == v.number.Status.LastHandledRetryAt {
		return
	}
	// Kubernetes does not bound an annotation as tightly as the status does.
	if len(requested) <= 64 {
		v.number.Status.LastHandledRetryAt = requested
		v.Retries.Forget(v.number.UID)
	}
}
