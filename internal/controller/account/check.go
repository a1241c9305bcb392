package account

import (
	"context"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/connection"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider"
	"github.com/callplane/callplane/internal/status"
)

// check verifies the credentials if they changed since they were accepted, or
// if that was long ago, and returns when to look again.
func (r *Reconciler[T]) check(ctx context.Context, object T) time.Duration {
	secret, err := r.secret(ctx, object.GetNamespace(), object.SecretName())
	if err != nil {
		return r.judge(object, err)
	}
	if secret == nil {
		return r.judge(object, connection.SecretMissing(object))
	}
	proof := evidence(object, secret)
	if wait := r.checks.fresh(object.GetUID(), proof, r.Clock.Now()); wait > 0 && isReady(object) {
		return wait
	}
	session, err := r.Connections.Probe(ctx, object)
	if err == nil {
		err = session.Verify(ctx)
	}
	if err == nil {
		r.checks.passed(object.GetUID(), proof, r.Clock.Now().Add(r.Retries.Jitter(r.Recheck)))
	}
	if err == nil && !secret.DeletionTimestamp.IsZero() {
		r.set(object, metav1.ConditionFalse, v1alpha1.ReasonSecretTerminating, fmt.Sprintf("the Secret %q is being deleted; it is kept until no number needs it, or credentialsSecretRef names another one", secret.Name))
		return r.Recheck
	}
	return r.judge(object, err)
}

// judge sets the condition from the outcome of a verification. Credentials that
// were accepted stay accepted while the provider just cannot be reached.
func (r *Reconciler[T]) judge(object T, err error) time.Duration {
	if err == nil {
		r.Retries.Forget(object.GetUID())
		r.set(object, metav1.ConditionTrue, v1alpha1.ReasonVerified, "the credentials are accepted")
		return r.Recheck
	}
	class := external.ClassOf(err)
	if class.Lasting() || !isReady(object) {
		r.set(object, metav1.ConditionFalse, reasonOf(class), external.MessageOf(err))
	}
	return r.Retries.Delay(r.Retries.Attempt(object.GetUID()), external.RetryAfterOf(err))
}

// reasonOf is the reason of Ready for an error of signing in.
func reasonOf(class external.Class) string {
	switch class {
	case external.CredentialsMissing:
		return v1alpha1.ReasonSecretNotFound
	case external.PermissionDenied:
		return v1alpha1.ReasonAccountSuspended
	case external.AuthenticationFailed, external.AccountMismatch, external.InvalidConfiguration:
		return string(class)
	default:
		return v1alpha1.ReasonUnreachable
	}
}

func (r *Reconciler[T]) set(object T, value metav1.ConditionStatus, reason, message string) {
	shown := object.ConnectionStatus()
	meta.SetStatusCondition(&shown.Conditions, metav1.Condition{
		Type: v1alpha1.ConditionReady, Status: value, Reason: reason, Message: status.Message(message),
		ObservedGeneration: object.GetGeneration(), LastTransitionTime: r.now(),
	})
	shown.ObservedGeneration = object.GetGeneration()
	shown.Problem = ""
	if value != metav1.ConditionTrue {
		shown.Problem = reason
	}
}

func isReady(object connection.Object) bool {
	return meta.IsStatusConditionTrue(object.ConnectionStatus().Conditions, v1alpha1.ConditionReady)
}

// evidence is what a verification was about: it is due again when that changes.
// The credentials are in it as a digest, which lives in memory only; the
// Secret's resourceVersion would change with our own finalizer.
func evidence(object connection.Object, secret *corev1.Secret) string {
	return fmt.Sprintf("%d/%s", object.GetGeneration(), provider.Fingerprint(secret.Data))
}

// checks remember which credentials were accepted, in memory only.
type checks struct {
	mu     sync.Mutex
	latest map[types.UID]checked
}

type checked struct {
	proof string
	until time.Time
}

func (c *checks) passed(uid types.UID, proof string, until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.latest == nil {
		c.latest = map[types.UID]checked{}
	}
	c.latest[uid] = checked{proof: proof, until: until}
}

// doubt forgets that credentials were accepted.
func (c *checks) doubt(uid types.UID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.latest, uid)
}

// fresh returns how long an earlier verification still holds.
func (c *checks) fresh(uid types.UID, proof string, now time.Time) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	latest := c.latest[uid]
	if latest.proof != proof {
		return 0
	}
	return latest.until.Sub(now)
}
