// Package batch carries out PhoneNumberDeletions: it sends the DELETE of each
// number and notes what becomes of it. Taking a number down is the business of its
// own reconciler, so that a batch which is deleted leaves nothing half done.
package batch

import (
	"context"
	"errors"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/batch"
	"github.com/callplane/callplane/internal/status"
)

const (
	// pace is the time between two visits of a batch: what many numbers do in it
	// costs one write.
	pace = time.Second
	// lookAgain is when a number is looked at of which nothing was heard.
	lookAgain = 30 * time.Second
	// defaultConcurrency is what the CRD fills in.
	defaultConcurrency = 10
)

// A Reconciler deletes the numbers of PhoneNumberDeletions.
type Reconciler struct {
	// Client reads from the cache.
	Client client.Client
	// Direct reads and writes without a cache: a number is gone, and may be deleted,
	// only as it is now.
	Direct client.Client
	Events events.EventRecorder
	Clock  clock.PassiveClock
}

// Reconcile takes a deletion one step further: which objects it deletes is written
// down before the first of them is deleted, so that every later visit means the same.
func (r *Reconciler) Reconcile(ctx context.Context, cached *v1alpha1.PhoneNumberDeletion) (reconcile.Result, error) {
	deletion := &v1alpha1.PhoneNumberDeletion{}
	err := r.Direct.Get(ctx, client.ObjectKeyFromObject(cached), deletion)
	if err != nil || !deletion.DeletionTimestamp.IsZero() {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	v := &visit{Reconciler: r, deletion: deletion, before: deletion.Status.DeepCopy(), now: metav1.NewTime(r.Clock.Now().Truncate(time.Second))}
	if deletion.Status.StartedAt == nil && !v.finished() {
		if err := v.resolve(ctx); err != nil {
			return reconcile.Result{}, err
		}
	}
	if v.finished() {
		return v.expire(ctx)
	}
	return v.advance(ctx)
}

// A visit is one reconcile of one deletion.
type visit struct {
	*Reconciler
	deletion *v1alpha1.PhoneNumberDeletion
	// before is the status as it was last written.
	before *v1alpha1.PhoneNumberDeletionStatus
	now    metav1.Time
}

func (v *visit) finished() bool { return v.deletion.Status.CompletedAt != nil }

// advance treats what remains and notes what came of it, an error or not, unless the
// deletion was deleted meanwhile.
func (v *visit) advance(ctx context.Context) (reconcile.Result, error) {
	failed := batch.Advance(&v.deletion.Status, v.concurrency(), func(number v1alpha1.RemainingNumber) (batch.Decision, error) {
		return v.treat(ctx, number)
	})
	status.Progress(v.deletion, v.now)
	if err := errors.Join(client.IgnoreNotFound(v.write(ctx)), failed); err != nil {
		return reconcile.Result{}, err
	}
	if v.finished() {
		return v.expire(ctx)
	}
	return reconcile.Result{RequeueAfter: v.next()}, nil
}

func (v *visit) concurrency() int {
	return int(ptr.Deref(v.deletion.Spec.Concurrency, defaultConcurrency))
}

// next is soon if more numbers can be begun; else an event tells when.
func (v *visit) next() time.Duration {
	if batch.More(v.deletion.Status, v.concurrency()) {
		return pace
	}
	return lookAgain
}

// write writes the status if it differs from what was read, and tells of the end.
func (v *visit) write(ctx context.Context) error {
	if equality.Semantic.DeepEqual(*v.before, v.deletion.Status) {
		return nil
	}
	if err := v.Direct.Status().Update(ctx, v.deletion); err != nil {
		return err
	}
	v.before = v.deletion.Status.DeepCopy()
	if v.finished() {
		v.announce()
	}
	return nil
}

func (v *visit) announce() {
	end := meta.FindStatusCondition(v.deletion.Status.Conditions, v1alpha1.ConditionComplete)
	severity := corev1.EventTypeWarning
	if end.Reason == v1alpha1.ReasonAllDeleted {
		severity = corev1.EventTypeNormal
	}
	v.Events.Eventf(v.deletion, nil, severity, end.Reason, end.Reason, "%s", end.Message)
}

// expire deletes a finished deletion once its time is over, if it is to.
func (v *visit) expire(ctx context.Context) (reconcile.Result, error) {
	ttl := v.deletion.Spec.TTLSecondsAfterFinished
	if ttl == nil {
		return reconcile.Result{}, nil
	}
	over := v.deletion.Status.CompletedAt.Add(time.Duration(*ttl) * time.Second)
	if wait := over.Sub(v.Clock.Now()); wait > 0 {
		return reconcile.Result{RequeueAfter: wait}, nil
	}
	err := v.Direct.Delete(ctx, v.deletion, client.Preconditions{UID: &v.deletion.UID})
	return reconcile.Result{}, client.IgnoreNotFound(err)
}
