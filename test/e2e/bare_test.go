package e2e

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/world"
)

// bareNumber is a number that no manager looks after, with our finalizer and one
// of somebody else.
func bareNumber(namespace, name string, changes ...func(*v1alpha1.PhoneNumber)) *v1alpha1.PhoneNumber {
	number := &v1alpha1.PhoneNumber{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Finalizers: []string{v1alpha1.FinalizerTeardown, "example.org/theirs"}},
		Spec: v1alpha1.PhoneNumberSpec{
			Number:      "+14155550100",
			CarrierRef:  v1alpha1.CarrierReference{Name: "account"},
			PlatformRef: v1alpha1.PlatformReference{Name: "project"},
			Inbound:     &v1alpha1.Inbound{},
		},
	}
	for _, change := range changes {
		change(number)
	}
	return number
}

// bareTrunk is a trunk that no manager looks after, with our finalizer and one of
// somebody else.
func bareTrunk(namespace, name string, changes ...func(*v1alpha1.SIPTrunk)) *v1alpha1.SIPTrunk {
	trunk := &v1alpha1.SIPTrunk{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Finalizers: []string{v1alpha1.FinalizerTeardown, "example.org/theirs"}},
		Spec: v1alpha1.SIPTrunkSpec{
			PlatformRef: v1alpha1.PlatformReference{Name: "project"},
			Twilio:      &v1alpha1.TwilioTrunk{AccountRef: v1alpha1.AccountReference{Name: "account"}},
			Inbound:     &v1alpha1.TrunkInbound{},
		},
	}
	for _, change := range changes {
		change(trunk)
	}
	return trunk
}

// bareRecord is a record that lists nothing. Records are in the manager's namespace,
// so that of the test is in the name.
func bareRecord(namespace, name, reason string) *v1alpha1.OrphanRecord {
	return &v1alpha1.OrphanRecord{
		ObjectMeta: metav1.ObjectMeta{Namespace: world.ManagerNamespace, Name: name + "-" + namespace},
		Spec: v1alpha1.OrphanRecordSpec{
			Owner:  v1alpha1.OrphanOwner{Kind: v1alpha1.KindPhoneNumber, UID: namespace},
			Reason: reason, Since: metav1.Unix(1, 0),
		},
	}
}

func annotatedRecord(namespace, name string) *v1alpha1.OrphanRecord {
	record := bareRecord(namespace, name, v1alpha1.ReasonSwept)
	deleteExternal(record)
	return record
}

func deleteExternal(object client.Object) {
	object.SetAnnotations(map[string]string{v1alpha1.AnnotationDeleteExternal: "true"})
}

func annotated(key string) func(*v1alpha1.PhoneNumber) {
	return func(number *v1alpha1.PhoneNumber) { number.Annotations = map[string]string{key: "true"} }
}

func annotatedTrunk(key string) func(*v1alpha1.SIPTrunk) {
	return func(trunk *v1alpha1.SIPTrunk) { trunk.Annotations = map[string]string{key: "true"} }
}

// corrupt writes the status that a failed cleanup leaves.
func corrupt(t *testing.T, owners ...v1alpha1.Owner) {
	t.Helper()
	admin := asAdmin(t)
	for _, owner := range owners {
		if err := admin.Get(t.Context(), client.ObjectKeyFromObject(owner), owner); err != nil {
			t.Fatal(err)
		}
		left(owner.Lifecycle())
		if err := admin.Status().Update(t.Context(), owner); err != nil {
			t.Fatal(err)
		}
	}
}

func left(status *v1alpha1.LifecycleStatus) {
	status.ExternalResources = []v1alpha1.ExternalResource{{
		Slot: "trunk", Provider: "twilio", Kind: "Trunk", Account: "AC00000000000000000000000000000000", ID: "TK00000000000000000000000000000000",
		Connection: v1alpha1.Connection{Kind: v1alpha1.KindTwilioAccount, Name: "account"}, Origin: v1alpha1.OriginCreated, State: v1alpha1.StateReady,
	}}
	meta.SetStatusCondition(&status.Conditions, metav1.Condition{
		Type: v1alpha1.ConditionCorrupted, Status: metav1.ConditionTrue, Reason: v1alpha1.ClassAuthenticationFailed,
		Message: "Failed to cleanup external resources. Twilio refused the credentials.",
	})
}

func aNumber(name string) func(string) client.Object {
	return func(namespace string) client.Object { return bareNumber(namespace, name) }
}

func aTrunk(name string) func(string) client.Object {
	return func(namespace string) client.Object { return bareTrunk(namespace, name) }
}

func aRecord(name string) func(string) client.Object {
	return func(namespace string) client.Object { return bareRecord(namespace, name, v1alpha1.ReasonSwept) }
}

func anAccount(namespace string) client.Object {
	return &v1alpha1.TwilioAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "account"}}
}

func aSecret(name string) func(string) client.Object {
	return func(namespace string) client.Object {
		return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	}
}

func aCRD(string) client.Object {
	crd := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Name: "phonenumbers.callplane.io"}}
	crd.SetGroupVersionKind(apiextensions.SchemeGroupVersion.WithKind("CustomResourceDefinition"))
	return crd
}
