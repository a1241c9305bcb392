package lifecycle

import (
	"context"
	"errors"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/status"
)

// WriteObject writes metadata, and only that: the answer must not undo what the
// visit has noted in the status meanwhile.
func (v *Visit) WriteObject(ctx context.Context) error {
	noted := v.status().DeepCopy()
	err := v.Client.Update(ctx, v.Object)
	*v.status() = *noted
	return err
}

// WriteStatus writes the status with the resourceVersion that was read, whether
// or not it differs: this is the fence. One event follows per transition.
func (v *Visit) WriteStatus(ctx context.Context) error {
	v.complete()
	if err := v.Client.Status().Update(ctx, v.Object); err != nil {
		return err
	}
	v.announce()
	v.Before = v.Object.DeepCopyObject().(v1alpha1.Owner)
	return nil
}

func (v *Visit) complete() {
	if v.Kind.Complete != nil {
		v.Kind.Complete(v.Object)
	}
}

// Apply says in the conditions what a verdict says.
func (v *Visit) Apply(verdict status.Verdict) {
	status.Apply(v.status(), v.Object.GetGeneration(), v.Now, verdict)
}

// WriteVerdict writes what the conditions are to say, if that is news.
func (v *Visit) WriteVerdict(ctx context.Context, verdict status.Verdict) error {
	v.Apply(verdict)
	return v.WriteNews(ctx)
}

// WriteNews writes the status if it differs from what was read.
func (v *Visit) WriteNews(ctx context.Context) error {
	v.complete()
	if equality.Semantic.DeepEqual(v.Kind.Status(v.Before), v.Kind.Status(v.Object)) {
		return nil
	}
	return v.WriteStatus(ctx)
}

// Failed shows why the object cannot be set up and tries again later. An error
// that nobody classified is of the API server, such as a refused write: no
// trouble of the object's, and the next visit reads anew.
func (v *Visit) Failed(ctx context.Context, err error) (reconcile.Result, error) {
	if line, ok := errors.AsType[*inLineError](err); ok {
		return v.await(ctx, line.wait, lookAgain)
	}
	classified, ok := errors.AsType[*external.Error](err)
	switch {
	case !ok:
		return reconcile.Result{}, err
	case classified.OwnLimit:
		return v.await(ctx, classified.RetryAfter, max(classified.RetryAfter, time.Second))
	}
	verdict := status.Failed(string(classified.Class), classified.Message)
	if classified.Class == v1alpha1.ReasonProvisioning {
		verdict = status.Provisioning(classified.Message)
	} else {
		log.FromContext(ctx).Info("Setting up failed", "class", classified.Class, "error", err.Error())
	}
	if err := v.WriteVerdict(ctx, verdict); err != nil {
		return reconcile.Result{}, err
	}
	attempts := v.Retries.Attempt(v.Object.GetUID())
	return reconcile.Result{RequeueAfter: v.Retries.Delay(attempts, external.RetryAfterOf(err))}, nil
}

// announce emits an event if Ready or Corrupted changed its reason.
func (v *Visit) announce() {
	for _, kind := range []string{v1alpha1.ConditionCorrupted, v1alpha1.ConditionReady} {
		now := meta.FindStatusCondition(v.status().Conditions, kind)
		before := meta.FindStatusCondition(v.Before.Lifecycle().Conditions, kind)
		if now == nil || now.Reason == v1alpha1.ReasonNotCorrupted || before != nil && before.Reason == now.Reason {
			continue
		}
		severity := corev1.EventTypeNormal
		if v.status().Problem != "" {
			severity = corev1.EventTypeWarning
		}
		v.Event(severity, now.Reason, now.Message)
		return
	}
}

// Event tells of what happened to the object.
func (v *Visit) Event(severity, reason, note string) {
	v.Events.Eventf(v.Object, nil, severity, reason, reason, "%s", status.Message(note))
}

// AcknowledgeRetry begins anew when somebody asked for a retry.
func (v *Visit) AcknowledgeRetry() {
	requested := v.Object.GetAnnotations()[v1alpha1.AnnotationRetryRequestedAt]
	if requested == "" || requested == v.status().LastHandledRetryAt {
		return
	}
	// Kubernetes does not bound an annotation as tightly as the status does.
	if len(requested) <= 64 {
		v.status().LastHandledRetryAt = requested
		v.Retries.Forget(v.Object.GetUID())
	}
}
