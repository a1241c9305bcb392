package orphan

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/backoff"
	"github.com/callplane/callplane/internal/connection"
	"github.com/callplane/callplane/internal/orphan"
	"github.com/callplane/callplane/internal/provider"
)

// A Keeper is what it takes to look after records.
type Keeper struct {
	// Direct reads and writes without a cache.
	Direct      client.Client
	Providers   provider.Set
	Connections connection.Resolver
	Orphans     orphan.Recorder
	// Installation is whose markers count.
	Installation string
	Events       events.EventRecorder
	Clock        clock.PassiveClock
	Retries      *backoff.Backoff
	// Grace is how long a provider's list may lag behind a create.
	Grace time.Duration

	swept diary
}

const noteGone = "Nothing that this record listed is left without an owner."

// announceClosed emits an event if a record was just closed.
func (k *Keeper) announceClosed(written *v1alpha1.OrphanRecord) {
	if written != nil && written.Status.State == v1alpha1.OrphanClosed {
		k.event(written, corev1.EventTypeNormal, v1alpha1.ReasonOrphansGone, noteGone)
	}
}

func (k *Keeper) event(regarding client.Object, severity, reason, note string) {
	k.Events.Eventf(regarding, nil, severity, reason, reason, "%s", note)
}

func (k *Keeper) now() metav1.Time { return metav1.NewTime(k.Clock.Now().Truncate(time.Second)) }
