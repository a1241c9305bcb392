package sharedtrunk

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/connection"
	"github.com/callplane/callplane/test/apistore"
)

const (
	namespace        = "support"
	managerNamespace = "callplane-system"
	accountSID       = "AC0123456789abcdef0123456789abcdef"
	otherSID         = "AC0123456789abcdef0123456789abcde0"
	token            = "0123456789abcdef0123456789abcdef"
	host             = "my-project.livekit.cloud"
	liveKitSecret    = "livekit-secret-of-at-least-32-characters"
	e164, second     = "+15550100", "+15550101"
)

// surroundings are what trunks and numbers refer to.
func surroundings() []client.Object {
	project := &v1alpha1.LiveKitProject{ObjectMeta: named("livekit"), Spec: v1alpha1.LiveKitProjectSpec{
		URL: "wss://" + host, SIPHost: "my-project.sip.livekit.cloud",
		CredentialsSecretRef: v1alpha1.SecretReference{Name: "livekit-key"}, MaxRequestsPerMinute: new(int32(1 << 30)),
	}}
	return []client.Object{
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: managerNamespace}},
		newSecret("twilio-key", map[string]string{"authToken": token}),
		newSecret("livekit-key", map[string]string{"apiKey": "livekit-key", "apiSecret": liveKitSecret}),
		newAccount("twilio", accountSID), newAccount("other", otherSID), project,
	}
}

func named(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: name, Finalizers: []string{v1alpha1.FinalizerInUse}}
}

func newSecret(name string, data map[string]string) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: named(name), StringData: data}
}

func newAccount(name, sid string) *v1alpha1.TwilioAccount {
	return &v1alpha1.TwilioAccount{ObjectMeta: named(name), Spec: v1alpha1.TwilioAccountSpec{
		AccountSID: sid, CredentialsSecretRef: v1alpha1.SecretReference{Name: "twilio-key"},
	}}
}

// newTrunk is a trunk at Twilio for calls in both directions.
func newTrunk(name string, changes ...func(*v1alpha1.SIPTrunk)) *v1alpha1.SIPTrunk {
	trunk := &v1alpha1.SIPTrunk{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Spec: v1alpha1.SIPTrunkSpec{
		PlatformRef: v1alpha1.PlatformReference{Kind: v1alpha1.KindLiveKitProject, Name: "livekit"},
		Twilio:      &v1alpha1.TwilioTrunk{AccountRef: v1alpha1.AccountReference{Name: "twilio"}},
		Inbound:     &v1alpha1.TrunkInbound{}, Outbound: &v1alpha1.Outbound{}, DeletionPolicy: v1alpha1.DeletionPolicyTeardown,
	}}
	for _, change := range changes {
		change(trunk)
	}
	return trunk
}

// atAddress has a carrier of one's own.
func atAddress(trunk *v1alpha1.SIPTrunk) {
	trunk.Spec.Twilio, trunk.Spec.Address = nil, &v1alpha1.CarrierAddress{Host: "sip.example.com"}
}

func inAccount(name string) func(*v1alpha1.SIPTrunk) {
	return func(trunk *v1alpha1.SIPTrunk) { trunk.Spec.Twilio.AccountRef.Name = name }
}

// carrierLogin is what a carrier of one's own asks for.
var carrierLogin = &corev1.Secret{
	ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "carrier"},
	StringData: map[string]string{"username": "example", "password": "not-a-real-password"},
}

// newNumber takes and makes calls on the trunk "main".
func newNumber(name, number string, changes ...func(*v1alpha1.PhoneNumber)) *v1alpha1.PhoneNumber {
	n := &v1alpha1.PhoneNumber{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Spec: v1alpha1.PhoneNumberSpec{
		Number:      number,
		CarrierRef:  v1alpha1.CarrierReference{Kind: v1alpha1.KindSIPTrunk, Name: "main"},
		PlatformRef: v1alpha1.PlatformReference{Kind: v1alpha1.KindLiveKitProject, Name: "livekit"},
		Inbound:     &v1alpha1.Inbound{}, Outbound: &v1alpha1.Outbound{},
		Acquisition: v1alpha1.AcquisitionExisting, DeletionPolicy: v1alpha1.DeletionPolicyTeardown,
	}}
	for _, change := range changes {
		change(n)
	}
	return n
}

func on(trunk string) func(*v1alpha1.PhoneNumber) {
	return func(n *v1alpha1.PhoneNumber) { n.Spec.CarrierRef.Name = trunk }
}

func withoutInbound(n *v1alpha1.PhoneNumber)  { n.Spec.Inbound = nil }
func withoutOutbound(n *v1alpha1.PhoneNumber) { n.Spec.Outbound = nil }

// people use the API server, and are not on the wire.
func (w *world) people() client.Client { return w.store.Client(0) }

func (w *world) create(object client.Object) {
	w.t.Helper()
	if err := w.people().Create(w.t.Context(), object); err != nil {
		w.t.Fatal(err)
	}
	account, ok := object.(connection.Object)
	if !ok {
		return
	}
	status := account.ConnectionStatus()
	status.SecretName = account.SecretName()
	status.Conditions = []metav1.Condition{{
		Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonVerified, LastTransitionTime: metav1.NewTime(w.clock.Now()),
	}}
	if err := w.people().Status().Update(w.t.Context(), object); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) number(name string) *v1alpha1.PhoneNumber {
	w.t.Helper()
	var number v1alpha1.PhoneNumber
	if err := w.people().Get(w.t.Context(), client.ObjectKey{Namespace: namespace, Name: name}, &number); err != nil {
		w.t.Fatal(err)
	}
	return &number
}

func (w *world) trunk(name string) *v1alpha1.SIPTrunk {
	w.t.Helper()
	var trunk v1alpha1.SIPTrunk
	if err := w.people().Get(w.t.Context(), client.ObjectKey{Namespace: namespace, Name: name}, &trunk); err != nil {
		w.t.Fatal(err)
	}
	return &trunk
}

// edit changes the spec of a number.
func (w *world) edit(name string, changes ...func(*v1alpha1.PhoneNumber)) {
	w.t.Helper()
	number := w.number(name)
	for _, change := range changes {
		change(number)
	}
	w.update(number)
}

func (w *world) update(object client.Object) {
	w.t.Helper()
	if err := w.people().Update(w.t.Context(), object); err != nil {
		w.t.Fatal(err)
	}
}

// refuseAccount lets the account of the trunk be found to be refused.
func (w *world) refuseAccount() {
	w.t.Helper()
	var account v1alpha1.TwilioAccount
	if err := w.people().Get(w.t.Context(), client.ObjectKey{Namespace: namespace, Name: "twilio"}, &account); err != nil {
		w.t.Fatal(err)
	}
	account.Status.Conditions[0].Status, account.Status.Conditions[0].Reason = metav1.ConditionFalse, v1alpha1.ClassAuthenticationFailed
	if err := w.people().Status().Update(w.t.Context(), &account); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) gone(name string) bool {
	return !slices.ContainsFunc(apistore.All[*v1alpha1.PhoneNumber](w.store), func(n *v1alpha1.PhoneNumber) bool { return n.Name == name })
}

// remove deletes objects, as kubectl does.
func (w *world) remove(objects ...client.Object) {
	w.t.Helper()
	for _, object := range objects {
		if err := client.IgnoreNotFound(w.people().Delete(w.t.Context(), object)); err != nil {
			w.t.Fatal(err)
		}
	}
}

// removeAll deletes every trunk and every number.
func (w *world) removeAll() {
	w.t.Helper()
	for _, name := range []string{"main", "spare", "third"} {
		w.remove(&v1alpha1.SIPTrunk{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}})
	}
	for _, name := range []string{"first", "second"} {
		w.remove(&v1alpha1.PhoneNumber{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}})
	}
}
