// Package phonenumber sets numbers up and tears them down. It is the thin shell
// around the pure packages: it reads objects, opens sessions, asks plan, engine
// and status what is to be done, and is the only writer of a PhoneNumber.
package phonenumber

import (
	"context"
	"io"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/backoff"
	"github.com/callplane/callplane/internal/brake"
	"github.com/callplane/callplane/internal/connection"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/marker"
	"github.com/callplane/callplane/internal/orphan"
	"github.com/callplane/callplane/internal/provider"
)

// Settings are the times that a number's life is measured by.
type Settings struct {
	// Grace is how long a provider's list may lag behind a create.
	Grace time.Duration
	// CorruptedAfter is how long a cleanup may fail for a passing cause before
	// the number counts as corrupted.
	CorruptedAfter time.Duration
	// Resync is how often a number that is set up is looked at.
	Resync time.Duration
	// MaxConcurrentTeardowns is how many numbers may be torn down at once in an
	// account that does not say so itself; 0 is as many as there are.
	MaxConcurrentTeardowns int
}

// A Reconciler makes the providers hold what a PhoneNumber asks for, and takes
// it down when the PhoneNumber is deleted.
type Reconciler struct {
	// Client reads from the cache and writes PhoneNumbers.
	Client client.Client
	// Direct reads and writes without a cache: Secrets, and objects that must be
	// seen as they are now.
	Direct      client.Client
	Providers   provider.Set
	Connections connection.Resolver
	Orphans     orphan.Recorder
	// Installation is part of every marker.
	Installation string
	Events       events.EventRecorder
	Clock        clock.PassiveClock
	// Random makes SIP passwords: crypto/rand.
	Random   io.Reader
	Retries  *backoff.Backoff
	Schedule engine.Scheduler
	Settings Settings

	places brake.Register
}

// Reconcile sets a number up or, once it is deleted, tears it down. That somebody
// wants it gone without cleanup comes before either.
func (r *Reconciler) Reconcile(ctx context.Context, number *v1alpha1.PhoneNumber) (reconcile.Result, error) {
	v := r.visit(number)
	switch {
	case forced(number):
		return v.force(ctx)
	case number.DeletionTimestamp.IsZero():
		return v.provision(ctx)
	default:
		return v.teardown(ctx)
	}
}

// A visit is one reconcile of one number.
type visit struct {
	*Reconciler
	number *v1alpha1.PhoneNumber
	// before is the number as it was read, to write only what differs.
	before *v1alpha1.PhoneNumber
	// now is one instant for the whole visit, in the resolution of the API.
	now metav1.Time
}

func (r *Reconciler) visit(number *v1alpha1.PhoneNumber) *visit {
	return &visit{
		Reconciler: r,
		number:     number,
		before:     number.DeepCopy(),
		now:        metav1.NewTime(r.Clock.Now().Truncate(time.Second)),
	}
}

func (v *visit) marker(slot external.Slot) string { return v.owner(string(v.number.UID)).For(slot) }

// owner is the number, or an earlier object of its name.
func (v *visit) owner(uid string) marker.Owner {
	return marker.Owner{Installation: v.Installation, UID: uid, Namespace: v.number.Namespace, Name: v.number.Name}
}

func paused(number *v1alpha1.PhoneNumber) bool {
	return number.Annotations[v1alpha1.AnnotationPaused] == "true"
}
