// Package lifecycle is what every object with external resources goes through,
// whatever its kind: what it needs is fenced, made and recorded, what it needs no
// more is taken down, and so is everything once it is deleted, or it is let go by
// force. It writes the part of the status that all kinds have. It does not know what
// an object needs, nor whose turn it is.
package lifecycle

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/backoff"
	"github.com/callplane/callplane/internal/budget"
	"github.com/callplane/callplane/internal/connection"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/marker"
	"github.com/callplane/callplane/internal/orphan"
	"github.com/callplane/callplane/internal/provider"
)

// Settings are the times that a life is measured by.
type Settings struct {
	// Grace is how long a provider's list may lag behind a create.
	Grace time.Duration
	// CorruptedAfter is how long a cleanup may fail for a passing cause before
	// the object counts as corrupted.
	CorruptedAfter time.Duration
	// Resync is how often an object that is set up is looked at.
	Resync time.Duration
}

// A Shell is what a reconciler has to do its work with.
type Shell struct {
	// Client reads from the cache and writes the objects.
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
	// Queue is where visits wait until they may call providers; nil lets all of them.
	Queue *budget.Queue
	// Bell asks for another visit.
	Bell *Bell
	// Looks are when those that are all right are compared with the providers.
	Looks *Looks
	// Departed are those that were let go of.
	Departed *Departed
	// Remarks paces how many say that they wait; nil lets all of them.
	Remarks *rate.Limiter
}

// A Kind is what kinds of objects differ in.
type Kind struct {
	// Blank returns an empty object, to read into.
	Blank func() v1alpha1.Owner
	// Status returns the whole status, to be compared.
	Status func(v1alpha1.Owner) any
	// Complete brings what only this kind has in its status into line with the rest,
	// before it is written; nil if there is nothing.
	Complete func(v1alpha1.Owner)
	Notes    Notes
	// Deletions counts those that ended, by policy, and Durations how long they took;
	// Forced counts those without cleanup.
	Deletions *prometheus.CounterVec
	Durations *prometheus.HistogramVec
	Forced    prometheus.Counter
}

// DeletionBuckets are seconds: most deletions take some, and a day is long.
var DeletionBuckets = []float64{1, 2, 5, 15, 30, 60, 120, 300, 900, 3600, 14400, 86400}

// Notes are the texts of the events that end a deletion, or refuse to.
type Notes struct {
	Deleted, Retained, ForceDeleted, ForceRefused, ForceWaits string
}

// A Visit is one reconcile of one object.
type Visit struct {
	*Shell
	Kind   *Kind
	Object v1alpha1.Owner
	// Before is the object as it was read, to write only what differs.
	Before v1alpha1.Owner
	// Awaits says who else is to take an entry of the ledger away; nil if nobody is.
	Awaits func(context.Context, v1alpha1.ExternalResource) (string, error)
	// Now is one instant for the whole visit, in the resolution of the API.
	Now metav1.Time

	// ticket lets it call providers; queued says that it waits for one.
	ticket *budget.Ticket
	queued bool
	// wanted is what the object asks for; nil if nobody needs to know. routine says that
	// nothing but the time asks for a look.
	wanted  []any
	routine bool
}

// Visit begins a visit of an object as it was read.
func (s *Shell) Visit(kind *Kind, object v1alpha1.Owner) *Visit {
	return &Visit{
		Shell:  s,
		Kind:   kind,
		Object: object,
		Before: object.DeepCopyObject().(v1alpha1.Owner),
		Now:    metav1.NewTime(s.Clock.Now().Truncate(time.Second)),
	}
}

func (v *Visit) status() *v1alpha1.LifecycleStatus { return v.Object.Lifecycle() }

// Marker is the name by which something of the object is found again.
func (v *Visit) Marker(slot external.Slot) string {
	return v.Named(string(v.Object.GetUID())).For(slot)
}

// Named is whose markers are those of the object, or of an earlier one of its name.
func (v *Visit) Named(uid string) marker.Owner {
	return marker.Owner{Installation: v.Installation, Kind: v.Object.Identity().Kind, UID: uid, Namespace: v.Object.GetNamespace(), Name: v.Object.GetName()}
}

// Paused reports whether somebody holds an object as it is.
func Paused(object client.Object) bool {
	return object.GetAnnotations()[v1alpha1.AnnotationPaused] == "true"
}

// HasTeardown reports whether an object is let go of only after its teardown.
func HasTeardown(object client.Object) bool {
	return controllerutil.ContainsFinalizer(object, v1alpha1.FinalizerTeardown)
}

// ForeignFinalizers are those of others.
func ForeignFinalizers(object client.Object) []string {
	return slices.DeleteFunc(slices.Clone(object.GetFinalizers()), func(name string) bool {
		return name == v1alpha1.FinalizerTeardown
	})
}
