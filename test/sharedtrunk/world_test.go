package sharedtrunk

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	protocol "github.com/livekit/protocol/livekit"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/backoff"
	"github.com/callplane/callplane/internal/connection"
	"github.com/callplane/callplane/internal/controller/lifecycle"
	"github.com/callplane/callplane/internal/controller/phonenumber"
	"github.com/callplane/callplane/internal/controller/siptrunk"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/failpoint"
	"github.com/callplane/callplane/internal/orphan"
	"github.com/callplane/callplane/internal/provider"
	"github.com/callplane/callplane/internal/provider/livekit"
	"github.com/callplane/callplane/internal/provider/twilio"
	"github.com/callplane/callplane/test/apistore"
	"github.com/callplane/callplane/test/livekitsim"
	"github.com/callplane/callplane/test/twiliosim"
)

// pace is how often every object is visited: a grace takes a few visits.
const (
	pace  = 8 * time.Second
	grace = 30 * time.Second
	// patience is how many visits of everything may be needed.
	patience = 25
)

// A world is an API server and two providers in memory, and the reconcilers of trunks
// and of numbers between them.
type world struct {
	*wire
	t       *testing.T
	clock   *clocktesting.FakePassiveClock
	store   *apistore.Store
	twilio  *twiliosim.Simulator
	livekit *livekitsim.Simulator
	random  *rand.ChaCha8

	trunks  *siptrunk.Reconciler
	numbers *phonenumber.Reconciler
	// carried says that every number is on a trunk, and is to stay on one.
	carried bool
	// results of the latest visits, by kind and name.
	results map[string]reconcile.Result
}

func newWorld(t *testing.T, objects ...client.Object) *world {
	t.Helper()
	w := &world{t: t, clock: clocktesting.NewFakePassiveClock(time.Unix(1_800_000_000, 0)), random: rand.NewChaCha8([32]byte{1}), results: map[string]reconcile.Result{}}
	w.store = apistore.New(apistore.Callplane(), w.clock.Now)
	w.twilio = twiliosim.New(twiliosim.WithClock(w.clock.Now), twiliosim.WithRandom(w.random))
	for sid, numbers := range map[string][]string{accountSID: {e164, second}, otherSID: nil} {
		w.twilio.AddAccount(twiliosim.AccountOptions{SID: sid, AuthToken: token})
		for _, number := range numbers {
			w.twilio.AddNumber(sid, number, twiliosim.NumberOptions{})
		}
	}
	w.livekit = livekitsim.New("livekit-key", liveKitSecret)
	for _, object := range slices.Concat(surroundings(), objects) {
		w.create(object)
	}
	w.restart()
	return w
}

// restart is another manager, with nothing in its memory.
func (w *world) restart() {
	w.wire = &wire{after: w.holdsAlways}
	set := provider.Set{
		Carriers: map[string]provider.Carrier{v1alpha1.KindTwilioAccount: twilio.New(twilio.Options{
			Random: w.random, Transport: cloud{w.wire, failpoint.Twilio, w.twilio},
		})},
		Platforms: map[string]provider.Platform{v1alpha1.KindLiveKitProject: livekit.New(livekit.Options{
			AllowedHosts: []string{host}, Transport: cloud{w.wire, failpoint.LiveKit, w.livekit},
		})},
	}
	people := api{w.store.Client(0), w.wire}
	shell := lifecycle.Shell{
		Client: people, Direct: people, Providers: set,
		Connections:  connection.Resolver{Objects: people, Secrets: people, Providers: set},
		Orphans:      orphan.Recorder{Client: people, Namespace: managerNamespace},
		Installation: "abc234", Events: silence{}, Clock: w.clock, Random: w.random,
		Retries: backoff.New(rand.New(rand.NewPCG(1, 1))), Schedule: engine.Serial,
		Settings: lifecycle.Settings{Grace: grace, CorruptedAfter: time.Hour, Resync: 10 * time.Hour},
	}
	w.trunks, w.numbers = &siptrunk.Reconciler{Shell: shell}, &phonenumber.Reconciler{Shell: shell}
}

// holdsAlways is what must be so after every effect.
func (w *world) holdsAlways(effect string) {
	for _, trunk := range w.livekit.OutboundTrunks() {
		if len(trunk.Numbers) == 0 {
			w.t.Errorf("after %s the trunk %s has no numbers: it is everybody's", effect, trunk.SipTrunkId)
		}
	}
	for _, number := range w.twilio.Numbers(accountSID) {
		if w.carried && number.TrunkSID == "" {
			w.t.Errorf("after %s %s is on no trunk", effect, number.PhoneNumber)
		}
	}
	for _, number := range apistore.All[*v1alpha1.PhoneNumber](w.store) {
		makesCalls := number.Spec.Outbound != nil && number.DeletionTimestamp.IsZero() && active(number.Status.LifecycleStatus, number.Generation)
		if makesCalls && !slices.ContainsFunc(w.livekit.OutboundTrunks(), func(trunk *protocol.SIPOutboundTrunkInfo) bool {
			return slices.Contains(trunk.Numbers, number.Spec.Number)
		}) {
			w.t.Errorf("after %s %s is Ready, and no calls can be made from it", effect, number.Name)
		}
	}
}

// visitAll visits everything once, and lets time pass.
func (w *world) visitAll() {
	for _, trunk := range apistore.All[*v1alpha1.SIPTrunk](w.store) {
		w.visited("trunk "+trunk.Name, func(ctx context.Context) (reconcile.Result, error) {
			return w.trunks.Reconcile(ctx, trunk.DeepCopy())
		})
	}
	for _, number := range apistore.All[*v1alpha1.PhoneNumber](w.store) {
		w.visited("number "+number.Name, func(ctx context.Context) (reconcile.Result, error) {
			return w.numbers.Reconcile(ctx, number.DeepCopy())
		})
	}
	w.clock.SetTime(w.clock.Now().Add(pace))
}

func (w *world) context() context.Context { return log.IntoContext(w.t.Context(), logr.Discard()) }

func (w *world) visited(name string, visit func(context.Context) (reconcile.Result, error)) {
	w.t.Helper()
	if w.dead {
		return
	}
	result, err := visit(w.context())
	if err != nil && !w.dead {
		w.t.Fatalf("%s: %v\n%s", name, err, strings.Join(w.effects, "\n"))
	}
	w.results[name] = result
}

// run visits everything until that is enough, or the process dies.
func (w *world) run(what string, enough func(*world) bool) {
	w.t.Helper()
	for range patience {
		w.visitAll()
		if w.dead || enough(w) {
			return
		}
	}
	w.t.Fatalf("%s: does not settle: %+v %+v\n%s", what, apistore.All[*v1alpha1.SIPTrunk](w.store), apistore.All[*v1alpha1.PhoneNumber](w.store), strings.Join(w.effects, "\n"))
}

// settled reports whether everything is set up as it was last asked for, or gone.
func settled(w *world) bool {
	for _, trunk := range apistore.All[*v1alpha1.SIPTrunk](w.store) {
		if !trunk.DeletionTimestamp.IsZero() || !active(trunk.Status.LifecycleStatus, trunk.Generation) {
			return false
		}
	}
	for _, number := range apistore.All[*v1alpha1.PhoneNumber](w.store) {
		if !number.DeletionTimestamp.IsZero() || !active(number.Status.LifecycleStatus, number.Generation) {
			return false
		}
	}
	return true
}

func active(status v1alpha1.LifecycleStatus, generation int64) bool {
	ready := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionReady)
	return ready != nil && ready.Reason == v1alpha1.ReasonActive && ready.ObservedGeneration == generation
}

// lists are the numbers that calls are made from, by the name of the SIPTrunk.
func (w *world) lists() map[string]string {
	lists := map[string]string{}
	for _, info := range w.livekit.OutboundTrunks() {
		owner := "nobody"
		for _, trunk := range apistore.All[*v1alpha1.SIPTrunk](w.store) {
			if strings.Contains(info.Name, string(trunk.UID)) {
				owner = trunk.Name
			}
		}
		lists[owner] = strings.TrimSpace(lists[owner] + " " + strings.Join(info.Numbers, " "))
	}
	return lists
}

// places are the SIPTrunks that numbers are on at Twilio.
func (w *world) places() map[string]string {
	places := map[string]string{}
	for _, number := range w.twilio.Numbers(accountSID) {
		for _, trunk := range w.twilio.Trunks("") {
			if trunk.SID != number.TrunkSID {
				continue
			}
			for _, object := range apistore.All[*v1alpha1.SIPTrunk](w.store) {
				if strings.Contains(trunk.FriendlyName, string(object.UID)) {
					places[number.PhoneNumber] = object.Name
				}
			}
		}
	}
	return places
}

// holds compares what exists at both providers.
func (w *world) holds(what string, want map[string]int) {
	w.t.Helper()
	got := map[string]int{
		"trunks": len(w.twilio.Trunks("")), "urls": len(w.twilio.OriginationURLs("")), "lists": len(w.twilio.CredentialLists("")),
		"inbound": len(w.livekit.InboundTrunks()), "rules": len(w.livekit.DispatchRules()), "outbound": len(w.livekit.OutboundTrunks()),
	}
	for kind, count := range got {
		if count == 0 {
			delete(got, kind)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("%s: at the providers, -want +got:\n%s\n%s", what, diff, strings.Join(w.effects, "\n"))
	}
}

// silence keeps no events.
type silence struct{}

func (silence) Eventf(runtime.Object, runtime.Object, string, string, string, string, ...any) {}
