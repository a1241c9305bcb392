package main

import (
	"context"
	"crypto/rand"
	mathrand "math/rand/v2"
	"time"

	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/backoff"
	"github.com/callplane/callplane/internal/budget"
	"github.com/callplane/callplane/internal/connection"
	"github.com/callplane/callplane/internal/controller/account"
	"github.com/callplane/callplane/internal/controller/agent"
	"github.com/callplane/callplane/internal/controller/batch"
	"github.com/callplane/callplane/internal/controller/lifecycle"
	orphans "github.com/callplane/callplane/internal/controller/orphan"
	"github.com/callplane/callplane/internal/controller/phonenumber"
	"github.com/callplane/callplane/internal/controller/siptrunk"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/orphan"
	"github.com/callplane/callplane/internal/provider"
	"github.com/callplane/callplane/internal/provider/livekit"
	"github.com/callplane/callplane/internal/provider/twilio"
	"github.com/callplane/callplane/internal/slim"
	"github.com/callplane/callplane/internal/telemetry"
	"github.com/callplane/callplane/internal/usage"
)

// trunkWorkers is enough: there are few trunks.
const trunkWorkers = 4

// again is short beside the seconds that a provider has for a call.
const again = 200 * time.Millisecond

// providers is where a provider is added to the build.
func providers(o options) provider.Set {
	requests := telemetry.NewRequests(clock.RealClock{}, metrics.Registry)
	return provider.Set{
		Carriers: map[string]provider.Carrier{
			v1alpha1.KindTwilioAccount: twilio.New(twilio.Options{
				BaseURL: o.twilioURL, UserAgent: userAgent, Transport: twilioTransport(), Again: again,
				Watch: requests.Of(twilio.Name),
			}),
		},
		Platforms: map[string]provider.Platform{
			v1alpha1.KindLiveKitProject: livekit.New(livekit.Options{
				AllowedHosts: o.liveKitHosts, UserAgent: userAgent, Transport: liveKitTransport(), Again: again,
				Watch: requests.Of(livekit.Name),
			}),
		},
	}
}

// setUp adds the controllers to the manager.
func setUp(ctx context.Context, mgr ctrl.Manager, direct client.Client, o options) error {
	if err := index(ctx, mgr, &v1alpha1.PhoneNumber{}, usage.Indexes); err != nil {
		return err
	}
	if err := index(ctx, mgr, &v1alpha1.SIPTrunk{}, usage.TrunkIndexes); err != nil {
		return err
	}
	set := providers(o)
	connections := connection.Resolver{
		Objects: mgr.GetClient(), Secrets: direct, Providers: set,
		Budgets: budget.New(clock.RealClock{}), Doubts: &connection.Doubts{},
	}
	phonenumber.RegisterMetrics()
	siptrunk.RegisterMetrics()
	shell := lifecycle.Shell{
		Client: mgr.GetClient(), Direct: direct, Providers: set, Connections: connections,
		Orphans:      orphan.Recorder{Client: direct, Namespace: o.namespace},
		Installation: o.installation, Events: mgr.GetEventRecorder("callplane"),
		Clock: clock.RealClock{}, Random: rand.Reader, Retries: newBackoff(), Schedule: engine.Parallel,
		Departed: lifecycle.NewDeparted(), Remarks: lifecycle.NewRemarks(),
		Settings: lifecycle.Settings{Grace: o.grace, CorruptedAfter: o.corruptedAfter, Resync: o.resync},
	}
	numbers, trunks := owners(shell, o)
	telemetry.WatchBudgets(numbers.Queue, connections.Budgets, connections.ProviderOf, metrics.Registry)
	telemetry.WatchObjects(ctx, mgr.GetCache(), metrics.Registry)
	for _, add := range []func() error{
		func() error { return addChecks(mgr) },
		func() error { return numbers.SetupWithManager(ctx, mgr, o.workers) },
		func() error { return trunks.SetupWithManager(mgr, trunkWorkers) },
		func() error { return accounts(mgr, direct, connections, o, &v1alpha1.TwilioAccount{}) },
		func() error { return accounts(mgr, direct, connections, o, &v1alpha1.LiveKitProject{}) },
		func() error {
			return (&agent.Reconciler{Client: mgr.GetClient(), Direct: direct, Clock: clock.RealClock{}}).SetupWithManager(mgr)
		},
		func() error { return batches(ctx, mgr, direct) },
		func() error { return records(ctx, mgr, direct, connections, o, suspecting(numbers, trunks)) },
	} {
		if err := add(); err != nil {
			return err
		}
	}
	return nil
}

// owners are the reconcilers of what has external resources. Only numbers wait in line:
// there are few trunks, and many numbers wait for each.
func owners(shell lifecycle.Shell, o options) (*phonenumber.Reconciler, *siptrunk.Reconciler) {
	trunks := &siptrunk.Reconciler{Shell: shell}
	trunks.Retries, trunks.Bell, trunks.Looks = newBackoff(), &lifecycle.Bell{}, newLooks(o)
	numbers := &phonenumber.Reconciler{Shell: shell, MaxConcurrentTeardowns: o.teardowns, SeveralCaches: len(o.watched) > 1}
	numbers.Client = slim.Writer{Client: shell.Client}
	numbers.Bell, numbers.Looks, numbers.Queue = &lifecycle.Bell{}, newLooks(o), budget.NewQueue(clock.RealClock{})
	return numbers, trunks
}

// suspecting has an owner looked at by the reconciler of its kind.
func suspecting(numbers *phonenumber.Reconciler, trunks *siptrunk.Reconciler) func(v1alpha1.Owner) {
	return func(owner v1alpha1.Owner) {
		if owner.Identity().Kind == v1alpha1.KindSIPTrunk {
			trunks.Suspect(owner)
		} else {
			numbers.Suspect(owner)
		}
	}
}

func index(ctx context.Context, mgr ctrl.Manager, object client.Object, indexes map[string]client.IndexerFunc) error {
	for name, extract := range indexes {
		if err := mgr.GetFieldIndexer().IndexField(ctx, object, name, extract); err != nil {
			return err
		}
	}
	return nil
}

func accounts[T connection.Object](mgr ctrl.Manager, direct client.Client, connections connection.Resolver, o options, empty T) error {
	reconciler := &account.Reconciler[T]{
		Client: mgr.GetClient(), Direct: direct, Connections: connections,
		Clock: clock.RealClock{}, Retries: newBackoff(), Recheck: o.recheck,
	}
	return reconciler.SetupWithManager(mgr, empty)
}

func batches(ctx context.Context, mgr ctrl.Manager, direct client.Client) error {
	reconciler := &batch.Reconciler{
		Client: mgr.GetClient(), Direct: direct,
		Events: mgr.GetEventRecorder("callplane"), Clock: clock.RealClock{},
	}
	return reconciler.SetupWithManager(ctx, mgr)
}

// records adds who looks for orphans and for what has drifted, and who deletes orphans.
func records(ctx context.Context, mgr ctrl.Manager, direct client.Client, connections connection.Resolver, o options, suspect func(v1alpha1.Owner)) error {
	keeper := &orphans.Keeper{
		Direct: direct, Providers: connections.Providers, Connections: connections,
		Orphans:      orphan.Recorder{Client: direct, Namespace: o.namespace},
		Installation: o.installation, Events: mgr.GetEventRecorder("callplane"),
		Clock: clock.RealClock{}, Retries: newBackoff(), Grace: o.grace,
	}
	keeper.RegisterMetrics(ctx, mgr.GetCache(), metrics.Registry, twilio.Name, livekit.Name)
	if err := sweeps(mgr, keeper, o, suspect, &v1alpha1.TwilioAccount{}); err != nil {
		return err
	}
	if err := sweeps(mgr, keeper, o, suspect, &v1alpha1.LiveKitProject{}); err != nil {
		return err
	}
	return (&orphans.Reconciler{Keeper: keeper, Schedule: engine.Parallel}).SetupWithManager(mgr)
}

func sweeps[T connection.Object](mgr ctrl.Manager, keeper *orphans.Keeper, o options, suspect func(v1alpha1.Owner), empty T) error {
	sweeper := &orphans.Sweeper[T]{Keeper: keeper, Cached: mgr.GetCache(), Interval: o.sweepInterval, Suspect: suspect}
	return sweeper.SetupWithManager(mgr, empty)
}

func newBackoff() *backoff.Backoff { return backoff.New(newRandom()) }

func newLooks(o options) *lifecycle.Looks { return lifecycle.NewLooks(o.resync, newRandom()) }

// newRandom spreads things in time; how is of no consequence for security.
func newRandom() *mathrand.Rand {
	return mathrand.New(mathrand.NewPCG(mathrand.Uint64(), mathrand.Uint64()))
}
