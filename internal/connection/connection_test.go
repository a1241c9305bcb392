package connection

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	apifake "sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider"
	"github.com/callplane/callplane/internal/provider/fake"
)

const (
	namespace  = "support"
	accountSID = "AC0123456789abcdef0123456789abcdef"
)

// end is a provider that a number can be set up at; it keeps what it was given.
type end struct {
	*fake.Provider
	access *provider.Access
}

func (end) Resources(*v1alpha1.PhoneNumber, provider.Wiring) []external.Resource { return nil }

func (end) TrunkResources(*v1alpha1.SIPTrunk, provider.Wiring) []external.Resource { return nil }
func (end) Termination() external.Ref                                              { return external.Ref{} }
func (end) Link() external.Slot                                                    { return "" }

func (e end) Connect(ctx context.Context, access provider.Access) (external.Session, error) {
	*e.access = access
	return e.Provider.Connect(ctx, access)
}

func newEnd(name string) end { return end{Provider: fake.New(name, nil), access: &provider.Access{}} }

var (
	twilio  = v1alpha1.Connection{Kind: v1alpha1.KindTwilioAccount, Name: "main"}
	livekit = v1alpha1.Connection{Kind: v1alpha1.KindLiveKitProject, Name: "main"}
)

func twilioAccount() *v1alpha1.TwilioAccount {
	object := &v1alpha1.TwilioAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "main"}}
	object.Spec.AccountSID = accountSID
	object.Spec.CredentialsSecretRef.Name = "twilio-key"
	object.Spec.MaxConcurrentRequests = new(int32(3))
	return object
}

func liveKitProject() *v1alpha1.LiveKitProject {
	object := &v1alpha1.LiveKitProject{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "main"}}
	object.Spec.URL = "wss://My-Project.livekit.cloud"
	object.Spec.CredentialsSecretRef.Name = "livekit-key"
	return object
}

func secret(name string) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Data: map[string][]byte{"key": []byte(" as it is\n")}}
}

// world is what a resolver sees.
type world struct {
	Resolver
	carrier, platform end
}

func newWorld(t *testing.T, funcs interceptor.Funcs, objects ...client.Object) world {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	w := world{carrier: newEnd("twilio"), platform: newEnd("livekit")}
	c := apifake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).WithInterceptorFuncs(funcs).Build()
	w.Resolver = Resolver{Objects: c, Secrets: c, Providers: provider.Set{
		Carriers:  map[string]provider.Carrier{v1alpha1.KindTwilioAccount: w.carrier},
		Platforms: map[string]provider.Platform{v1alpha1.KindLiveKitProject: w.platform},
	}}
	return w
}

func TestOpen(t *testing.T) {
	cases := map[string]struct {
		reason     string
		connection v1alpha1.Connection
		access     func(world) *provider.Access
		want       provider.Access
	}{
		"account": {
			reason: "an account is its SID", connection: twilio, access: func(w world) *provider.Access { return w.carrier.access },
			want: provider.Access{Account: accountSID},
		},
		"project": {
			reason: "a project is its host, in lower case", connection: livekit, access: func(w world) *provider.Access { return w.platform.access },
			want: provider.Access{Account: "my-project.livekit.cloud", URL: "wss://My-Project.livekit.cloud"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, interceptor.Funcs{}, twilioAccount(), liveKitProject(), secret("twilio-key"), secret("livekit-key"))
			c.want.Credentials = map[string][]byte{"key": []byte(" as it is\n")}
			session, err := w.Reopen(t.Context(), namespace, c.connection, c.want.Account)
			if err != nil || session.Account() != c.want.Account {
				t.Fatalf("got %v and %v, want a session in %s", session, err, c.want.Account)
			}
			if diff := cmp.Diff(c.want, *c.access(w)); diff != "" {
				t.Errorf("%s, -want +got:\n%s", c.reason, diff)
			}
		})
	}
}

func TestReopenFails(t *testing.T) {
	const canary = "correct-horse-battery-staple"
	away := errors.New("the API server is away, " + canary)
	refuse := func(kind client.Object) interceptor.Funcs {
		return interceptor.Funcs{Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
			if cmp.Equal(objectKind(kind), objectKind(object)) {
				return away
			}
			return c.Get(ctx, key, object, options...)
		}}
	}
	another := twilioAccount()
	another.Spec.AccountSID = "ACffffffffffffffffffffffffffffffff"
	cases := map[string]struct {
		reason     string
		connection v1alpha1.Connection
		objects    []client.Object
		funcs      interceptor.Funcs
		fault      error
		class      external.Class
		says       []string
	}{
		"no object": {
			reason: "it can be created again", connection: twilio, objects: []client.Object{secret("twilio-key")},
			class: external.CredentialsMissing, says: []string{`the TwilioAccount "main"`, accountSID},
		},
		"no Secret": {
			reason: "it can be created again", connection: twilio, objects: []client.Object{twilioAccount()},
			class: external.CredentialsMissing, says: []string{`the Secret "twilio-key"`, `the TwilioAccount "main"`},
		},
		"another account": {
			reason: "a 404 there would prove nothing", connection: twilio, objects: []client.Object{another, secret("twilio-key")},
			class: external.AccountMismatch, says: []string{another.Spec.AccountSID, accountSID},
		},
		"a kind of another version": {
			reason: "what is not known is not gone", connection: v1alpha1.Connection{Kind: "TelnyxAccount", Name: "main"},
			class: external.InvalidConfiguration, says: []string{`"TelnyxAccount"`},
		},
		"refused": {
			reason: "the provider knows why", connection: twilio, objects: []client.Object{twilioAccount(), secret("twilio-key")},
			fault: &external.Error{Class: external.InvalidConfiguration, Message: "a key is not in the Secret"},
			class: external.InvalidConfiguration, says: []string{"a key is not in the Secret"},
		},
		"no read of the object": {
			reason: "a failed read is no absence", connection: twilio, objects: []client.Object{twilioAccount()}, funcs: refuse(&v1alpha1.TwilioAccount{}),
			class: external.Unknown,
		},
		"no read of the Secret": {
			reason: "a failed read is no absence", connection: twilio, objects: []client.Object{twilioAccount()}, funcs: refuse(&corev1.Secret{}),
			class: external.Unknown,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.funcs, c.objects...)
			if c.fault != nil {
				w.carrier.Fail(fake.Fault{Operation: fake.Connect, Err: c.fault})
			}
			session, err := w.Reopen(t.Context(), namespace, c.connection, accountSID)
			if session != nil || err == nil || external.ClassOf(err) != c.class {
				t.Fatalf("got %v and %v, want the class %s: %s", session, err, c.class, c.reason)
			}
			for _, words := range c.says {
				if !strings.Contains(external.MessageOf(err), words) {
					t.Errorf("%q does not say %q: %s", external.MessageOf(err), words, c.reason)
				}
			}
			if strings.Contains(external.MessageOf(err), canary) {
				t.Errorf("%q shows the text of a foreign error", external.MessageOf(err))
			}
			if c.class == external.Unknown && !errors.Is(err, away) {
				t.Errorf("%v does not wrap its cause", err)
			}
		})
	}
}

func objectKind(object client.Object) string {
	switch object.(type) {
	case *corev1.Secret:
		return "Secret"
	case *v1alpha1.TwilioAccount:
		return "TwilioAccount"
	}
	return "other"
}

func TestGetIsInOneNamespace(t *testing.T) {
	w := newWorld(t, interceptor.Funcs{}, twilioAccount())
	if _, err := w.Get(t.Context(), "sales", twilio); !apierrors.IsNotFound(err) {
		t.Errorf("got %v, want not found: nobody uses the credentials of another namespace", err)
	}
}
