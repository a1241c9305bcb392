package explore

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/connection"
	"github.com/callplane/callplane/internal/controller/orphan"
	records "github.com/callplane/callplane/internal/orphan"
)

// sweepsTwilio and sweepsLiveKit look for what has no owner.
func sweepsTwilio() Actor {
	return Actor{Name: "sweep of twilio", reconcile: func(ctx context.Context, v *visit) (reconcile.Result, error) {
		return sweep(ctx, v, "twilio", &v1alpha1.TwilioAccount{})
	}}
}

func sweepsLiveKit() Actor {
	return Actor{Name: "sweep of livekit", reconcile: func(ctx context.Context, v *visit) (reconcile.Result, error) {
		return sweep(ctx, v, "livekit", &v1alpha1.LiveKitProject{})
	}}
}

func sweep[T connection.Object](ctx context.Context, v *visit, name string, object T) (reconcile.Result, error) {
	cached, direct := v.cached(), v.direct()
	if err := cached.Get(ctx, types.NamespacedName{Namespace: namespace, Name: name}, object); err != nil {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	set := v.providers()
	sweeper := &orphan.Sweeper[T]{
		Keeper: &orphan.Keeper{
			Direct: direct, Providers: set,
			Connections:  connection.Resolver{Objects: cached, Secrets: direct, Providers: set},
			Orphans:      records.Recorder{Client: direct, Namespace: managerNamespace},
			Installation: installation, Events: silence{},
			Clock: clocktesting.NewFakePassiveClock(v.system.now), Retries: experienced(""), Grace: grace,
		},
		Cached: cached, Interval: 10 * time.Hour,
	}
	return sweeper.Reconcile(ctx, object)
}

// losing lets a number go without its finalizer, as with a cluster of which there is
// a backup.
func losing(name string) Event {
	return Event{Name: "lose " + name, happen: func(s *system) bool {
		number := s.named(name)
		if number == nil || !s.edit(number, func(o client.Object) { o.SetFinalizers(nil) }) {
			return false
		}
		if left := s.named(name); left != nil {
			s.remove(left)
		}
		s.lost = append(s.lost, string(number.UID))
		return true
	}}
}
