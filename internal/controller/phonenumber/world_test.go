package phonenumber

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/backoff"
	"github.com/callplane/callplane/internal/connection"
	"github.com/callplane/callplane/internal/controller/lifecycle"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/orphan"
	"github.com/callplane/callplane/internal/provider"
	"github.com/callplane/callplane/internal/provider/fake"
)

const (
	namespace        = "support"
	managerNamespace = "callplane-system"
	e164             = "+15550100"
	accountSID       = "AC0123456789abcdef0123456789abcdef"
	host             = "my-project.livekit.cloud"

	grace          = 30 * time.Second
	corruptedAfter = 2 * time.Minute
	resync         = 10 * time.Hour
)

// seed and instant are random; what fails prints them.
var (
	seed    = rand.Uint64()
	instant = time.Unix(rand.Int64N(4e9), rand.Int64N(1e9)).UTC()
)

func TestMain(m *testing.M) {
	code := m.Run()
	if code != 0 {
		fmt.Println("the time was", instant, "and the seed", seed)
	}
	os.Exit(code)
}

// key of the number that the tests are about.
var key = client.ObjectKey{Namespace: namespace, Name: "line"}

// A world is an API server, two providers and a reconciler between them.
type world struct {
	*tape
	t *testing.T
	// api is what people use; the reconciler's own client is manager.
	api         client.WithWatch
	secretReads int
	// unreadable and secretFails are what reading the number, or a Secret, fails
	// with.
	unreadable, secretFails error
	versions                []*v1alpha1.PhoneNumber
	carrier                 carrier
	platform                platform
	clock                   *clocktesting.FakePassiveClock
	events                  *diary
	visits                  int

	*Reconciler
}

type change func(*v1alpha1.PhoneNumber)

func newWorld(t *testing.T, changes ...change) *world {
	t.Helper()
	w := &world{tape: &tape{}, t: t, clock: clocktesting.NewFakePassiveClock(instant), events: &diary{}}
	w.api = newAPI(t, newNamespace(), newNumber(changes...), newAccount(), newProject(), newAgent(), newSecret("twilio-key"), newSecret("livekit-key"))
	w.carrier = carrier{w.newEnd("twilio")}
	w.platform = platform{w.newEnd("livekit")}
	w.carrier.Add(fake.Resource{Account: accountSID, Kind: "Number", ID: "PN", Name: e164})
	w.Reconciler = w.newReconciler()
	t.Cleanup(func() { w.audit(t) })
	return w
}

func (w *world) newEnd(name string) end {
	e := end{Provider: fake.New(name, cloudKinds), tape: w.tape, sent: w.sent}
	e.Now = w.clock.Now
	return e
}

// newReconciler is a manager that has just started.
func (w *world) newReconciler() *Reconciler {
	c := w.manager()
	providers := provider.Set{
		Carriers:  map[string]provider.Carrier{v1alpha1.KindTwilioAccount: w.carrier},
		Platforms: map[string]provider.Platform{v1alpha1.KindLiveKitProject: w.platform},
	}
	return &Reconciler{Shell: lifecycle.Shell{
		Client: c, Direct: c, Providers: providers,
		Connections:  connection.Resolver{Objects: c, Secrets: c, Providers: providers},
		Orphans:      orphan.Recorder{Client: c, Namespace: managerNamespace},
		Installation: "abc234", Events: w.events, Clock: w.clock,
		Random:   rand.NewChaCha8([32]byte{byte(w.visits), byte(seed)}),
		Retries:  backoff.New(rand.New(rand.NewPCG(seed, 0))),
		Schedule: engine.Serial,
		Settings: lifecycle.Settings{Grace: grace, CorruptedAfter: corruptedAfter, Resync: resync},
	}}
}

// number is the live object; nil once it is gone.
func (w *world) number() *v1alpha1.PhoneNumber {
	w.t.Helper()
	var number v1alpha1.PhoneNumber
	if err := w.api.Get(w.t.Context(), key, &number); apierrors.IsNotFound(err) {
		return nil
	} else if err != nil {
		w.t.Fatal(err)
	}
	return &number
}

// visit reconciles the object as it is now.
func (w *world) visit() (reconcile.Result, error) {
	w.t.Helper()
	number := w.number()
	if number == nil {
		return reconcile.Result{}, nil
	}
	return w.visitAs(number)
}

// visitAs reconciles the object as a cache may show it.
func (w *world) visitAs(number *v1alpha1.PhoneNumber) (reconcile.Result, error) {
	w.visits++
	ctx := log.IntoContext(context.WithValue(w.t.Context(), visitKey{}, w.visits), logr.Discard())
	return w.Reconcile(ctx, number.DeepCopy())
}

// visited reconciles and wants no error.
func (w *world) visited() reconcile.Result {
	w.t.Helper()
	result, err := w.visit()
	if err != nil {
		w.t.Fatalf("the visit failed: %v\n%q", err, w.happened())
	}
	return result
}

// restart starts another manager, a while later.
func (w *world) restart(after time.Duration) {
	w.rewind()
	w.visits++
	w.clock.SetTime(w.clock.Now().Add(after))
	w.Reconciler = w.newReconciler()
}

// settle lets time pass until the number is set up or gone.
func (w *world) settle(what string) {
	w.t.Helper()
	for range 12 {
		result, err := w.visit()
		number := w.number()
		if number == nil || err == nil && number.DeletionTimestamp.IsZero() && condition(number, v1alpha1.ConditionReady).Reason == v1alpha1.ReasonActive {
			return
		}
		w.clock.SetTime(w.clock.Now().Add(max(result.RequeueAfter, time.Second)))
	}
	w.t.Fatalf("%s: does not settle: %+v\n%q", what, w.number(), w.happened())
}

// holds compares what exists at the providers.
func (w *world) holds(what string, want map[string]int) {
	w.t.Helper()
	got := map[string]int{}
	for _, resource := range append(w.carrier.All(""), w.platform.All("")...) {
		got[resource.Kind]++
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("%s: at the providers, -want +got:\n%s\n%q", what, diff, w.happened())
	}
}

// sent wants a login to be in its Secret before it is sent.
func (w *world) sent(login provider.Login) {
	w.t.Helper()
	var stored corev1.SecretList
	if err := w.api.List(w.t.Context(), &stored); err != nil {
		w.t.Fatal(err)
	}
	if !slices.ContainsFunc(stored.Items, func(secret corev1.Secret) bool {
		return string(secret.Data[corev1.BasicAuthPasswordKey]) == login.Password.Reveal()
	}) {
		w.t.Errorf("a password was sent that is in no Secret:\n%q", w.happened())
	}
}

func (w *world) loginSecret() *corev1.Secret {
	var stored corev1.Secret
	if err := w.api.Get(w.t.Context(), types.NamespacedName{Namespace: namespace, Name: lifecycle.LoginSecret(newNumber())}, &stored); err != nil {
		return nil
	}
	return &stored
}

// established is a world with a number that is set up, and an empty tape.
func established(t *testing.T, changes ...change) *world {
	t.Helper()
	w := newWorld(t, changes...)
	w.visited()
	w.forget()
	w.events.lines = nil
	w.secretReads = 0
	return w
}

// forget empties the tape, once it has been held against the invariants.
func (w *world) forget() {
	w.t.Helper()
	w.audit(w.t)
	w.tape.forget()
}

// mutations lists the calls that change something at a provider.
func (w *world) mutations() []string {
	return w.chosen(func(e effect) bool {
		return !e.write && !strings.HasPrefix(e.what, "observe") && !strings.HasPrefix(e.what, "usedBy")
	})
}
