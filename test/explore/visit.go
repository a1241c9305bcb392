package explore

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/backoff"
	"github.com/callplane/callplane/internal/connection"
	"github.com/callplane/callplane/internal/controller/lifecycle"
	"github.com/callplane/callplane/internal/controller/phonenumber"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/failpoint"
	"github.com/callplane/callplane/internal/orphan"
	"github.com/callplane/callplane/internal/provider"
	"github.com/callplane/callplane/internal/provider/livekit"
	"github.com/callplane/callplane/internal/provider/twilio"
)

// A Visit says how one object is reconciled.
type Visit struct {
	// Actor reconciles which object.
	Actor Actor
	// Lag of the cache.
	Lag Lag
	// Injections spoil effects; there are several for branches side by side only.
	Injections []Injection
	// Order lets the branches of a teardown take turns; nil runs them in a row.
	Order *Order
	// Meanwhile happens before the effect StoppedAt.
	Meanwhile []move
	StoppedAt int
	// watched keeps what is there after each effect that changes something.
	watched bool
	// heard is what others were answered that began in the same system; nil where
	// something may happen beside this one.
	heard *answers
}

// A visit is a Visit as it happens.
type visit struct {
	Visit
	system *system
	wire   *wire
	// seen is the owner as the cache shows it; nil if it does not, or there is none.
	seen v1alpha1.Owner
	// fence is the owner as the last accepted status write of the visit left it.
	fence v1alpha1.Owner
	// changed stands for what the visit has changed at the providers.
	changed    digest
	result     reconcile.Result
	err        error
	violations []string
	moments    []*system
}

// run carries a visit out on a system, which it changes.
func (v Visit) run(s *system) *visit {
	running := &visit{Visit: v, system: s, wire: newWire(v.Injections)}
	if len(v.Meanwhile) > 0 {
		running.wire.pause = running.meanwhile
	}
	if v.watched {
		running.wire.done = func(changed bool) {
			var moment *system
			if changed {
				moment = s.clone()
				moment.noteBirths()
			}
			running.moments = append(running.moments, moment)
		}
	}
	ctx := log.IntoContext(context.Background(), logr.Discard())
	running.result, running.err = v.Actor.reconcile(ctx, running)
	s.noteBirths()
	return running
}

// noteBirths notes when what is new at LiveKit was made.
func (s *system) noteBirths() {
	for _, t := range s.platformThings() {
		if _, known := s.born[t.id]; !known {
			s.born[t.id] = s.now
		}
	}
}

// meanwhile lets others work while the visit is stopped, once.
func (v *visit) meanwhile() {
	if len(v.wire.effects) != v.StoppedAt {
		return
	}
	v.wire.pause = nil
	for _, move := range v.Meanwhile {
		if move.event != nil {
			move.event.happen(v.system)
			continue
		}
		done := move.visit.run(v.system)
		v.violations = append(v.violations, done.violations...)
	}
}

// An Actor is a controller and the object that it is woken for.
type Actor struct {
	Name      string
	reconcile func(context.Context, *visit) (reconcile.Result, error)
	// unharmed meets no fault.
	unharmed bool
}

// unharmed lets an actor meet no fault, where others of the world do.
func unharmed(a Actor) Actor {
	a.unharmed = true
	return a
}

// actor reconciles an object of a kind by its name, as the cache shows it; nothing is
// done where it shows none.
func actor[O any, P interface {
	*O
	client.Object
}](title, name string, reconciles func(context.Context, *visit, P) (reconcile.Result, error)) Actor {
	return Actor{Name: title, reconcile: func(ctx context.Context, v *visit) (reconcile.Result, error) {
		object := P(new(O))
		if err := v.cached().Get(ctx, types.NamespacedName{Namespace: namespace, Name: name}, object); err != nil {
			return reconcile.Result{}, client.IgnoreNotFound(err)
		}
		return reconciles(ctx, v, object)
	}}
}

// numberActor reconciles a PhoneNumber.
func numberActor(name string) Actor {
	return actor(name, name, func(ctx context.Context, v *visit, number *v1alpha1.PhoneNumber) (reconcile.Result, error) {
		v.seen = number.DeepCopy()
		return (&phonenumber.Reconciler{Shell: v.newShell(experienced(number.UID))}).Reconcile(ctx, number)
	})
}

func (v *visit) cached() client.Client {
	return api{Client: v.system.store.StalledClient(v.Lag.of), visit: v}
}

func (v *visit) direct() client.Client {
	return api{Client: v.system.store.Client(0), visit: v, live: true}
}

// newShell is what cmd sets up, on this visit's wire.
func (v *visit) newShell(retries *backoff.Backoff) lifecycle.Shell {
	cached, direct, set := v.cached(), v.direct(), v.providers()
	schedule := engine.Serial
	if v.Order != nil {
		schedule = v.Order.scheduler(v.wire)
	}
	return lifecycle.Shell{
		Client: cached, Direct: direct, Providers: set,
		Connections:  connection.Resolver{Objects: cached, Secrets: direct, Providers: set},
		Orphans:      orphan.Recorder{Client: direct, Namespace: managerNamespace},
		Installation: installation, Events: silence{},
		Clock: clocktesting.NewFakePassiveClock(v.system.now), Random: &v.system.random,
		Retries: retries, Schedule: schedule,
		Settings: lifecycle.Settings{Grace: grace, CorruptedAfter: v.system.patience, Resync: resync},
	}
}

func (v *visit) providers() provider.Set {
	s := v.system
	return provider.Set{
		Carriers: map[string]provider.Carrier{v1alpha1.KindTwilioAccount: twilio.New(twilio.Options{
			Random: &s.random,
			Transport: cloud{
				visit: v, naming: failpoint.Twilio, nature: natureAtTwilio, refuse: refuseAsTwilio,
				handler: s.twilio,
				lagging: s.laggingTwilio,
			},
		})},
		Platforms: map[string]provider.Platform{v1alpha1.KindLiveKitProject: livekit.New(livekit.Options{
			AllowedHosts: []string{host},
			Transport: cloud{
				visit: v, naming: failpoint.LiveKit, nature: natureAtLiveKit, refuse: refuseAsLiveKit,
				handler: s.livekit,
				lagging: s.laggingLiveKit,
			},
		})},
	}
}

// laggingTwilio is Twilio with lists that do not show yet what was made within
// the grace.
func (s *system) laggingTwilio() http.Handler {
	lagging := s.twilio.Clone(s.clock, &s.random)
	lagging.HideSince(s.now.Add(time.Second-grace), s.now.Add(grace))
	return lagging
}

func (s *system) laggingLiveKit() http.Handler {
	lagging := s.livekit.Clone()
	for _, t := range s.platformThings() {
		if born, known := s.born[t.id]; !known || s.now.Sub(born) < grace-time.Second {
			_ = lagging.RemoveInboundTrunk(t.id) || lagging.RemoveOutboundTrunk(t.id) || lagging.RemoveDispatchRule(t.id)
		}
	}
	return lagging
}

// experienced is the memory of a manager that has tried often enough for whatever
// depends on that.
func experienced(uid types.UID) *backoff.Backoff {
	retries := backoff.New(rand.New(rand.NewPCG(1, 1)))
	for range enoughAttempts {
		retries.Attempt(uid)
	}
	return retries
}

// silence keeps no events.
type silence struct{}

func (silence) Eventf(runtime.Object, runtime.Object, string, string, string, string, ...any) {}

// reads notes a live read.
func (v *visit) reads(object client.Object) {
	if _, secret := object.(*corev1.Secret); secret && v.observedForce() {
		v.violate("I4", "a Secret is read after force was observed")
	}
}

func (v *visit) violate(invariant, format string, args ...any) {
	v.violations = append(v.violations, invariant+": "+fmt.Sprintf(format, args...))
}
