package slim

import (
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/callplane/callplane/api/v1alpha1"
)

func newNumber() *v1alpha1.PhoneNumber {
	number := &v1alpha1.PhoneNumber{ObjectMeta: metav1.ObjectMeta{
		Namespace: "support", Name: "line", UID: "uid", Labels: map[string]string{"team": "support"},
		Annotations: map[string]string{
			"kubectl.kubernetes.io/last-applied-configuration": "{…}", "example.com/note": "ours",
			v1alpha1.AnnotationPaused: "true", v1alpha1.AnnotationForceDelete: "true",
		},
		Finalizers:      []string{"example.com/first", v1alpha1.FinalizerTeardown},
		OwnerReferences: []metav1.OwnerReference{{Name: "app"}},
		ManagedFields:   []metav1.ManagedFieldsEntry{{Manager: "kubectl"}},
	}}
	number.Spec.Number = "+15550100"
	number.Spec.CarrierRef = v1alpha1.CarrierReference{Kind: v1alpha1.KindTwilioAccount, Name: "main"}
	number.Spec.AgentRef = &v1alpha1.AgentReference{Name: "agent"}
	number.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonActive, Message: "all is there"}}
	number.Status.ExternalResources = []v1alpha1.ExternalResource{{Slot: "trunk", Provider: "twilio", Kind: "Trunk", Account: "AC1", ID: "TK1", Name: "name"}}
	return number
}

// strip is what a cache keeps of a number.
func strip(t *testing.T, number *v1alpha1.PhoneNumber) *v1alpha1.PhoneNumber {
	t.Helper()
	kept, err := Number(number.DeepCopy())
	if err != nil {
		t.Fatal(err)
	}
	return kept.(*v1alpha1.PhoneNumber)
}

// TestNumber shows that nothing is lost but what nobody reads.
func TestNumber(t *testing.T) {
	want := newNumber()
	want.ManagedFields, want.OwnerReferences, want.Labels = nil, nil, nil
	want.Annotations = map[string]string{v1alpha1.AnnotationPaused: "true", v1alpha1.AnnotationForceDelete: "true"}
	if diff := cmp.Diff(want, strip(t, newNumber())); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	bare := newNumber()
	bare.Annotations = map[string]string{"example.com/note": "theirs"}
	if got := strip(t, bare).Annotations; got != nil {
		t.Errorf("an empty map is kept: %v", got)
	}
	for _, other := range []any{cache.DeletedFinalStateUnknown{Key: "support/line"}, &v1alpha1.SIPTrunk{}} {
		if got, err := Number(other); err != nil || !cmp.Equal(got, other) {
			t.Errorf("got %v and %v, want %v as it is", got, err, other)
		}
	}
}

// TestShared shows that two numbers hold a text that both have once.
func TestShared(t *testing.T) {
	first, second := strip(t, newNumber()), strip(t, newNumber())
	for name, text := range map[string]func(*v1alpha1.PhoneNumber) string{
		"namespace": func(n *v1alpha1.PhoneNumber) string { return n.Namespace },
		"message":   func(n *v1alpha1.PhoneNumber) string { return n.Status.Conditions[0].Message },
		"account":   func(n *v1alpha1.PhoneNumber) string { return n.Status.ExternalResources[0].Account },
		"agent":     func(n *v1alpha1.PhoneNumber) string { return n.Spec.AgentRef.Name },
		"finalizer": func(n *v1alpha1.PhoneNumber) string { return n.Finalizers[0] },
	} {
		if unsafe.StringData(text(first)) != unsafe.StringData(text(second)) {
			t.Errorf("each number holds a %s of its own", name)
		}
	}
}

// TestFit shows that lists have no room that nobody uses, and none is one of another kind.
func TestFit(t *testing.T) {
	number := newNumber()
	number.Status.ExternalResources = append(make([]v1alpha1.ExternalResource, 0, 8), number.Status.ExternalResources...)
	want := number.DeepCopy()
	if _, err := Number(number); err != nil {
		t.Fatal(err)
	}
	if got := number.Status.ExternalResources; cap(got) != len(got) || !cmp.Equal(got, want.Status.ExternalResources) {
		t.Errorf("got %v in the room of %d, want the same in that of %d", got, cap(got), len(got))
	}
	number.Status.ExternalResources = nil
	if _, err := Number(number); err != nil || number.Status.ExternalResources != nil {
		t.Errorf("got %v and %v, want none to stay none", number.Status.ExternalResources, err)
	}
}

// TestPacked shows that the texts of a number lie one behind the other, and none twice.
func TestPacked(t *testing.T) {
	number := newNumber()
	number.Status.ExternalResources = []v1alpha1.ExternalResource{
		{ID: strings.Clone("PN1"), Name: "marker-1"}, {ID: strings.Clone("PN1")}, {ID: "SDR_1", Name: "marker-2"},
	}
	got := strip(t, number)
	if diff := cmp.Diff(number.Status.ExternalResources, got.Status.ExternalResources); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	first, second, third := got.Status.ExternalResources[0], got.Status.ExternalResources[1], got.Status.ExternalResources[2]
	if unsafe.StringData(first.ID) != unsafe.StringData(second.ID) {
		t.Error("an id is held twice")
	}
	begin := uintptr(unsafe.Pointer(unsafe.StringData(got.Spec.Number)))
	end := uintptr(unsafe.Pointer(unsafe.StringData(third.Name))) + uintptr(len(third.Name))
	if want := uintptr(len("+15550100" + "PN1" + "marker-1" + "SDR_1" + "marker-2")); end-begin != want {
		t.Errorf("the texts take %d bytes, want %d", end-begin, want)
	}
}

// TestWriter writes what came from a cache, and looks what becomes of the rest.
func TestWriter(t *testing.T) {
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	stored := newNumber()
	stored.ManagedFields = nil
	api := fake.NewClientBuilder().WithScheme(scheme).WithObjects(stored, &v1alpha1.VoiceAgent{ObjectMeta: metav1.ObjectMeta{Namespace: "support", Name: "agent"}}).Build()
	live := func() *v1alpha1.PhoneNumber {
		t.Helper()
		number := &v1alpha1.PhoneNumber{}
		if err := api.Get(t.Context(), client.ObjectKeyFromObject(stored), number); err != nil {
			t.Fatal(err)
		}
		return number
	}
	writer, cached := Writer{api}, strip(t, live())

	cached.Finalizers = []string{"example.com/first"}
	delete(cached.Annotations, v1alpha1.AnnotationForceDelete)
	if err := writer.Update(t.Context(), cached); err != nil {
		t.Fatal(err)
	}
	want := newNumber()
	want.ManagedFields, want.Finalizers = nil, []string{"example.com/first"}
	delete(want.Annotations, v1alpha1.AnnotationForceDelete)
	want.ResourceVersion = live().ResourceVersion
	if diff := cmp.Diff(want, live()); diff != "" {
		t.Errorf("all that a cache does not have stays, -want +got:\n%s", diff)
	}
	if cached.ResourceVersion != live().ResourceVersion {
		t.Error("what was written cannot be written again")
	}

	stale := strip(t, live())
	stale.ResourceVersion = "1"
	stale.Finalizers = nil
	if err := writer.Update(t.Context(), stale); !apierrors.IsConflict(err) || len(live().Finalizers) != 1 {
		t.Errorf("got %v, want a stale view to be refused", err)
	}

	cached = strip(t, live())
	cached.Finalizers = nil
	if err := writer.Update(t.Context(), cached); err != nil || len(live().Finalizers) > 0 {
		t.Errorf("got %v, want the last finalizer to be gone", err)
	}

	agent := &v1alpha1.VoiceAgent{}
	if err := api.Get(t.Context(), client.ObjectKey{Namespace: "support", Name: "agent"}, agent); err != nil {
		t.Fatal(err)
	}
	agent.Spec.AgentName = "another"
	if err := writer.Update(t.Context(), agent); err != nil || agent.Spec.AgentName != "another" {
		t.Errorf("got %v, want others to be written whole", err)
	}
}
