package phonenumber

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
)

func newNumber(changes ...change) *v1alpha1.PhoneNumber {
	number := &v1alpha1.PhoneNumber{ObjectMeta: metav1.ObjectMeta{
		Namespace: key.Namespace, Name: key.Name, UID: "11111111-aaaa-4aaa-8aaa-aaaaaaaaaaaa", Generation: 1,
		CreationTimestamp: metav1.NewTime(instant.Truncate(time.Second)),
	}}
	number.Spec = v1alpha1.PhoneNumberSpec{
		Number:         e164,
		CarrierRef:     v1alpha1.CarrierReference{Kind: v1alpha1.KindTwilioAccount, Name: "twilio"},
		PlatformRef:    v1alpha1.PlatformReference{Kind: v1alpha1.KindLiveKitProject, Name: "livekit"},
		AgentRef:       &v1alpha1.AgentReference{Name: "agent"},
		Inbound:        &v1alpha1.Inbound{},
		Outbound:       &v1alpha1.Outbound{},
		Acquisition:    v1alpha1.AcquisitionExisting,
		DeletionPolicy: v1alpha1.DeletionPolicyTeardown,
	}
	for _, change := range changes {
		change(number)
	}
	return number
}

// verified is the status of an account whose Secret is kept.
func verified(secret string) v1alpha1.ConnectionStatus {
	return v1alpha1.ConnectionStatus{SecretName: secret, Conditions: []metav1.Condition{{
		Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonVerified,
		LastTransitionTime: metav1.NewTime(instant),
	}}}
}

func newAccount() *v1alpha1.TwilioAccount {
	account := &v1alpha1.TwilioAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "twilio", UID: "account", Finalizers: []string{v1alpha1.FinalizerInUse}}}
	account.Spec.AccountSID, account.Spec.CredentialsSecretRef.Name = accountSID, "twilio-key"
	account.Status = verified("twilio-key")
	return account
}

func newProject() *v1alpha1.LiveKitProject {
	project := &v1alpha1.LiveKitProject{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "livekit", UID: "project", Finalizers: []string{v1alpha1.FinalizerInUse}}}
	project.Spec.URL, project.Spec.SIPHost, project.Spec.CredentialsSecretRef.Name = "wss://"+host, "my-project.sip.livekit.cloud", "livekit-key"
	project.Status = verified("livekit-key")
	return project
}

func newAgent() *v1alpha1.VoiceAgent {
	agent := &v1alpha1.VoiceAgent{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "agent", Finalizers: []string{v1alpha1.FinalizerInUse}}}
	agent.Spec.AgentName = "receptionist"
	return agent
}

func newNamespace() *corev1.Namespace {
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}
}

func newSecret(name string) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
}

func condition(number *v1alpha1.PhoneNumber, kind string) metav1.Condition {
	if found := meta.FindStatusCondition(number.Status.Conditions, kind); found != nil {
		return *found
	}
	return metav1.Condition{}
}
