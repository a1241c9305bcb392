package account

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	apifake "sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/backoff"
	"github.com/callplane/callplane/internal/connection"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider"
	"github.com/callplane/callplane/internal/provider/fake"
	"github.com/callplane/callplane/internal/usage"
)

const (
	namespace  = "support"
	accountSID = "AC0123456789abcdef0123456789abcdef"
	recheck    = 10 * time.Minute
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

// An end is a provider that is only signed in to.
type end struct{ *fake.Provider }

func (end) Resources(*v1alpha1.PhoneNumber, provider.Wiring) []external.Resource { return nil }

func (end) TrunkResources(*v1alpha1.SIPTrunk, provider.Wiring) []external.Resource { return nil }
func (end) Termination() external.Ref                                              { return external.Ref{} }
func (end) Link() external.Slot                                                    { return "" }

// A world is an API server, a provider, and a reconciler of accounts.
type world struct {
	t     *testing.T
	api   client.WithWatch
	cloud end
	clock *clocktesting.FakePassiveClock
	// writes are what the reconciler wrote; refuse may fail one.
	writes []string
	refuse func(what string) error

	*Reconciler[*v1alpha1.TwilioAccount]
}

func newWorld(t *testing.T, objects ...client.Object) *world {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	builder := apifake.NewClientBuilder().WithScheme(scheme).WithGlobalResourceVersionCounter().WithObjects(objects...).
		WithStatusSubresource(&v1alpha1.PhoneNumber{}, &v1alpha1.TwilioAccount{}, &v1alpha1.LiveKitProject{})
	for name, keys := range usage.TrunkIndexes {
		builder = builder.WithIndex(&v1alpha1.SIPTrunk{}, name, keys)
	}
	for name, keys := range usage.Indexes {
		builder = builder.WithIndex(&v1alpha1.PhoneNumber{}, name, keys)
	}
	w := &world{t: t, api: builder.Build(), cloud: end{fake.New("twilio", nil)}, clock: clocktesting.NewFakePassiveClock(instant)}
	w.Reconciler = w.newReconciler()
	return w
}

func (w *world) newReconciler() *Reconciler[*v1alpha1.TwilioAccount] {
	c := interceptor.NewClient(w.api, interceptor.Funcs{
		Update: func(ctx context.Context, c client.WithWatch, object client.Object, opts ...client.UpdateOption) error {
			return w.write("update", object, func() error { return c.Update(ctx, object, opts...) })
		},
		SubResourceUpdate: func(ctx context.Context, c client.Client, name string, object client.Object, opts ...client.SubResourceUpdateOption) error {
			return w.write(name, object, func() error { return c.SubResource(name).Update(ctx, object, opts...) })
		},
	})
	providers := provider.Set{
		Carriers:  map[string]provider.Carrier{v1alpha1.KindTwilioAccount: w.cloud},
		Platforms: map[string]provider.Platform{v1alpha1.KindLiveKitProject: w.cloud},
	}
	return &Reconciler[*v1alpha1.TwilioAccount]{
		Client: c, Direct: c, Connections: connection.Resolver{Objects: c, Secrets: c, Providers: providers},
		Clock: w.clock, Retries: backoff.New(rand.New(rand.NewPCG(seed, 0))), Recheck: recheck,
	}
}

func (w *world) write(verb string, object client.Object, work func() error) error {
	what := fmt.Sprintf("%s %s %s", verb, reflect.TypeOf(object).Elem().Name(), object.GetName())
	w.writes = append(w.writes, what)
	if w.refuse != nil {
		if err := w.refuse(what); err != nil {
			return err
		}
	}
	return work()
}

func newAccount(name, secret string) *v1alpha1.TwilioAccount {
	account := &v1alpha1.TwilioAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, UID: types.UID("uid-of-" + name), Generation: 1}}
	account.Spec.AccountSID, account.Spec.CredentialsSecretRef.Name = accountSID, secret
	return account
}

func newSecret(name string) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Data: map[string][]byte{"authToken": []byte("token")}}
}

// newNumber uses an account.
func newNumber(name, account string) *v1alpha1.PhoneNumber {
	number := &v1alpha1.PhoneNumber{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	number.Spec.CarrierRef = v1alpha1.CarrierReference{Kind: v1alpha1.KindTwilioAccount, Name: account}
	number.Spec.PlatformRef = v1alpha1.PlatformReference{Kind: v1alpha1.KindLiveKitProject, Name: "livekit"}
	return number
}

// used is a world with an account that numbers use.
func used(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, newAccount("main", "key"), newSecret("key"), newNumber("line", "main"))
	w.visited("main")
	w.forget()
	return w
}

func (w *world) forget() {
	w.writes = nil
	w.cloud.Forget()
}

func (w *world) account(name string) *v1alpha1.TwilioAccount {
	w.t.Helper()
	account := &v1alpha1.TwilioAccount{}
	if !w.read(name, account) {
		return nil
	}
	return account
}

func (w *world) secret(name string) *corev1.Secret {
	w.t.Helper()
	secret := &corev1.Secret{}
	if !w.read(name, secret) {
		return nil
	}
	return secret
}

// held reports whether a Secret is kept.
func (w *world) held(name string) bool {
	w.t.Helper()
	secret := w.secret(name)
	return secret != nil && len(secret.Finalizers) > 0
}

func (w *world) read(name string, into client.Object) bool {
	w.t.Helper()
	err := w.api.Get(w.t.Context(), client.ObjectKey{Namespace: namespace, Name: name}, into)
	if err != nil && !apierrors.IsNotFound(err) {
		w.t.Fatal(err)
	}
	return err == nil
}

func (w *world) visit(name string) (reconcile.Result, error) {
	w.t.Helper()
	account := w.account(name)
	if account == nil {
		return reconcile.Result{}, nil
	}
	return w.Reconcile(w.t.Context(), account)
}

func (w *world) visited(name string) time.Duration {
	w.t.Helper()
	result, err := w.visit(name)
	if err != nil {
		w.t.Fatalf("the visit failed: %v", err)
	}
	return result.RequeueAfter
}

func (w *world) pass(d time.Duration) { w.clock.SetTime(w.clock.Now().Add(d)) }

func (w *world) create(object client.Object) { w.must(w.api.Create(w.t.Context(), object)) }
func (w *world) update(object client.Object) { w.must(w.api.Update(w.t.Context(), object)) }
func (w *world) delete(object client.Object) { w.must(w.api.Delete(w.t.Context(), object)) }

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// ready is the condition of an account.
func (w *world) ready(name string) metav1.Condition {
	w.t.Helper()
	return *meta.FindStatusCondition(w.account(name).Status.Conditions, v1alpha1.ConditionReady)
}

// verifications counts how often credentials were tried.
func (w *world) verifications() int { return len(w.cloud.Log(fake.Verify)) }
