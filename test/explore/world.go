package explore

import (
	"context"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/apistore"
	"github.com/callplane/callplane/test/livekitsim"
	"github.com/callplane/callplane/test/twiliosim"
)

const (
	namespace        = "support"
	managerNamespace = "callplane-system"
	installation     = "abc234"
	e164             = "+15550100"
	accountSID       = "AC0123456789abcdef0123456789abcdef"
	host             = "my-project.livekit.cloud"
	line             = "support-line"

	grace          = 30 * time.Second
	corruptedAfter = 2 * time.Minute
	endless        = 1000 * time.Hour
	resync         = 10 * time.Hour
	// enoughAttempts is what the status counts to.
	enoughAttempts = 3
)

// A World is what can happen, from where.
type World struct {
	Name string
	// About says in a sentence what the world is for.
	About string
	// start adds to the namespace with its accounts what the world is about.
	start  func(*system)
	actors []Actor
	// lags are those that the cache may have. A visit whose cache lags meets a crash, and
	// in some worlds every fault.
	lags         []Lag
	faultsBehind bool
	events       []Event
	// pairwise spoils two effects of a teardown too, in different branches.
	pairwise bool
	// rivals lets several managers work at once.
	rivals bool
	// heals lets people mend what they have broken before a system is to settle.
	heals bool
	// lasting failures make a number Corrupted; in other worlds none lasts long enough.
	lasting bool
	// failures bounds the visits on each way that meet a fault, where caches are up to
	// date; zero for any number.
	failures int
}

// An Event is something that somebody else does. It reports whether it can happen
// in a state; only then is the system changed.
type Event struct {
	Name   string
	happen func(*system) bool
}

// newSystem holds an account, a project and what a number of theirs needs.
func (w World) newSystem() *system {
	s := &system{now: time.Unix(1_800_000_000, 0).UTC(), patience: endless, mayFail: -1, born: map[string]time.Time{}}
	if w.lasting {
		s.patience = corruptedAfter
	}
	if w.failures > 0 {
		s.mayFail = w.failures
	}
	s.store = apistore.New(kinds, s.clock)
	s.twilio = twiliosim.New(twiliosim.WithClock(s.clock), twiliosim.WithRandom(&s.random))
	s.token = twilioToken
	s.twilio.AddAccount(twiliosim.AccountOptions{SID: accountSID, AuthToken: s.token})
	s.twilio.AddNumber(accountSID, e164, twiliosim.NumberOptions{})
	// What others have in the account is nobody's business here, and old.
	s.twilio.AddTrunk(accountSID, switchboard, "switchboard.pstn.twilio.com")
	s.now = s.now.Add(time.Hour)
	s.foreignKey = s.twilio.AddAPIKey(s.twilio.AddAccount(twiliosim.AccountOptions{}).SID)
	s.livekit = livekitsim.New("livekit-key", liveKitSecret)
	for _, name := range []string{namespace, managerNamespace} {
		s.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: corev1.NamespaceSpec{Finalizers: []corev1.FinalizerName{corev1.FinalizerKubernetes}}})
	}
	for _, name := range []string{"twilio", "livekit"} {
		s.create(newSecret(name, s.credentials(name)))
	}
	s.verified(newAccount())
	s.verified(newProject())
	if w.start != nil {
		w.start(s)
	}
	return s
}

const (
	twilioToken   = "0123456789abcdef0123456789abcdef"
	liveKitSecret = "livekit-secret-of-at-least-32-characters"
)

// credentials are those that the providers accept at present.
func (s *system) credentials(secret string) map[string][]byte {
	if strings.HasPrefix(secret, "twilio") {
		return map[string][]byte{"authToken": []byte(s.token)}
	}
	return map[string][]byte{"apiKey": []byte("livekit-key"), "apiSecret": []byte(liveKitSecret)}
}

func newAgent(name string) *v1alpha1.VoiceAgent {
	return &v1alpha1.VoiceAgent{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Finalizers: []string{v1alpha1.FinalizerInUse}},
		Spec:       v1alpha1.VoiceAgentSpec{AgentName: name},
	}
}

func newSecret(name string, data map[string][]byte) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Finalizers: []string{v1alpha1.FinalizerInUse}}, Data: data}
}

func newAccount() *v1alpha1.TwilioAccount {
	return &v1alpha1.TwilioAccount{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "twilio", Finalizers: []string{v1alpha1.FinalizerInUse}},
		Spec:       v1alpha1.TwilioAccountSpec{AccountSID: accountSID, CredentialsSecretRef: v1alpha1.SecretReference{Name: "twilio"}},
	}
}

// newProject has no limit that could be reached in real time.
func newProject() *v1alpha1.LiveKitProject {
	return &v1alpha1.LiveKitProject{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "livekit", Finalizers: []string{v1alpha1.FinalizerInUse}},
		Spec: v1alpha1.LiveKitProjectSpec{
			URL: "wss://" + host, SIPHost: "my-project.sip.livekit.cloud",
			CredentialsSecretRef: v1alpha1.SecretReference{Name: "livekit"}, MaxRequestsPerMinute: ptr.To[int32](1 << 30),
		},
	}
}

// newNumber is an inbound number that the automatic dispatch answers.
func newNumber(name string) *v1alpha1.PhoneNumber {
	return &v1alpha1.PhoneNumber{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: v1alpha1.PhoneNumberSpec{
			Number:         e164,
			CarrierRef:     v1alpha1.CarrierReference{Kind: v1alpha1.KindTwilioAccount, Name: "twilio"},
			PlatformRef:    v1alpha1.PlatformReference{Kind: v1alpha1.KindLiveKitProject, Name: "livekit"},
			Inbound:        &v1alpha1.Inbound{},
			Acquisition:    v1alpha1.AcquisitionExisting,
			DeletionPolicy: v1alpha1.DeletionPolicyTeardown,
		},
	}
}

// people use the API server.
func (s *system) people() client.Client { return s.store.Client(0) }

// create panics on what cannot fail, in a store of its own.
func (s *system) create(object client.Object) {
	if err := s.people().Create(context.Background(), object); err != nil {
		panic(err)
	}
}

// verified creates an account or project whose credentials were accepted.
func (s *system) verified(object interface {
	client.Object
	ConnectionStatus() *v1alpha1.ConnectionStatus
	SecretName() string
}) {
	s.create(object)
	status := object.ConnectionStatus()
	status.ObservedGeneration, status.SecretName = 1, object.SecretName()
	status.Conditions = []metav1.Condition{{
		Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonVerified,
		Message: "the credentials are accepted", LastTransitionTime: metav1.NewTime(s.now), ObservedGeneration: 1,
	}}
	if err := s.people().Status().Update(context.Background(), object); err != nil {
		panic(err)
	}
}
