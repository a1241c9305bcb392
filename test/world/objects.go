package world

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
)

// Names of the objects that Populate makes.
const (
	AccountName   = "twilio"
	AccountSecret = "twilio-credentials"
	ProjectName   = "livekit"
	ProjectSecret = "livekit-credentials"
	AgentName     = "support"
)

// Populate makes everything that a number refers to.
func (w *World) Populate(ctx context.Context) error {
	for _, object := range []client.Object{
		w.TwilioSecret(), w.TwilioAccount(), w.LiveKitSecret(), w.LiveKitProject(), w.VoiceAgent(),
	} {
		if err := w.Client.Create(ctx, object); err != nil {
			return err
		}
	}
	return nil
}

// TwilioSecret holds the account's token.
func (w *World) TwilioSecret() *corev1.Secret {
	return w.secret(AccountSecret, map[string]string{"authToken": w.Account.AuthToken})
}

// LiveKitSecret holds the project's key.
func (w *World) LiveKitSecret() *corev1.Secret {
	return w.secret(ProjectSecret, map[string]string{"apiKey": w.LiveKit.APIKey(), "apiSecret": w.LiveKit.APISecret()})
}

func (w *World) secret(name string, data map[string]string) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: w.meta(name), StringData: data}
}

// TwilioAccount names the simulated account.
func (w *World) TwilioAccount() *v1alpha1.TwilioAccount {
	return &v1alpha1.TwilioAccount{ObjectMeta: w.meta(AccountName), Spec: v1alpha1.TwilioAccountSpec{
		AccountSID: w.Account.SID, CredentialsSecretRef: v1alpha1.SecretReference{Name: AccountSecret},
	}}
}

// LiveKitProject names the server, behind its proxy.
func (w *World) LiveKitProject() *v1alpha1.LiveKitProject {
	return &v1alpha1.LiveKitProject{ObjectMeta: w.meta(ProjectName), Spec: v1alpha1.LiveKitProjectSpec{
		URL: w.Proxy.URL(), SIPHost: "example.sip.livekit.cloud",
		CredentialsSecretRef: v1alpha1.SecretReference{Name: ProjectSecret},
	}}
}

// VoiceAgent is the agent that numbers are answered by.
func (w *World) VoiceAgent() *v1alpha1.VoiceAgent {
	return &v1alpha1.VoiceAgent{ObjectMeta: w.meta(AgentName), Spec: v1alpha1.VoiceAgentSpec{AgentName: "support-agent", Metadata: "en"}}
}

// PhoneNumber is the world's number for inbound calls; change may edit it
// before it is used.
func (w *World) PhoneNumber(name string, change ...func(*v1alpha1.PhoneNumber)) *v1alpha1.PhoneNumber {
	number := &v1alpha1.PhoneNumber{ObjectMeta: w.meta(name), Spec: v1alpha1.PhoneNumberSpec{
		Number:      w.Number,
		CarrierRef:  v1alpha1.CarrierReference{Kind: v1alpha1.KindTwilioAccount, Name: AccountName},
		PlatformRef: v1alpha1.PlatformReference{Kind: v1alpha1.KindLiveKitProject, Name: ProjectName},
		AgentRef:    &v1alpha1.AgentReference{Name: AgentName},
		Inbound:     &v1alpha1.Inbound{},
	}}
	return edited(number, change)
}

// SIPTrunk is a trunk at the simulated Twilio for calls in both directions; change may
// edit it before it is used.
func (w *World) SIPTrunk(name string, change ...func(*v1alpha1.SIPTrunk)) *v1alpha1.SIPTrunk {
	trunk := &v1alpha1.SIPTrunk{ObjectMeta: w.meta(name), Spec: v1alpha1.SIPTrunkSpec{
		PlatformRef: v1alpha1.PlatformReference{Kind: v1alpha1.KindLiveKitProject, Name: ProjectName},
		Twilio:      &v1alpha1.TwilioTrunk{AccountRef: v1alpha1.AccountReference{Name: AccountName}},
		Inbound:     &v1alpha1.TrunkInbound{},
		Outbound:    &v1alpha1.Outbound{},
	}}
	return edited(trunk, change)
}

func edited[T client.Object](object T, changes []func(T)) T {
	for _, change := range changes {
		change(object)
	}
	return object
}

// OnTrunk has a number share a trunk.
func OnTrunk(name string) func(*v1alpha1.PhoneNumber) {
	return func(number *v1alpha1.PhoneNumber) {
		number.Spec.CarrierRef = v1alpha1.CarrierReference{Kind: v1alpha1.KindSIPTrunk, Name: name}
	}
}

// Outbound lets a number make calls too.
func Outbound(number *v1alpha1.PhoneNumber) {
	number.Spec.Outbound = &v1alpha1.Outbound{AllowedAddresses: []string{"143.223.88.0/21"}}
}

// Policy sets what deleting a number does.
func Policy(policy v1alpha1.DeletionPolicy) func(*v1alpha1.PhoneNumber) {
	return func(number *v1alpha1.PhoneNumber) { number.Spec.DeletionPolicy = policy }
}

func (w *World) meta(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: w.Namespace, Name: name}
}
