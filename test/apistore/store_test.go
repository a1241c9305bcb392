package apistore_test

import (
	"context"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/apistore"
)

// A write changes a store, and must succeed.
type write func(context.Context, client.Client) error

func TestBehind(t *testing.T) {
	cases := map[string]struct {
		reason string
		writes []write
		// want is what is there 0, 1 and 2 writes ago.
		want [apistore.MaxLag + 1][]string
	}{
		"created": {
			reason: "before its creation an object is not there",
			writes: []write{creates("a")},
			want:   [3][]string{{"a uid 2 generation 1"}, nil, nil},
		},
		"side by side": {
			reason: "writes to two objects of a kind follow each other",
			writes: []write{creates("b"), creates("a")},
			want:   [3][]string{{"a uid 3 generation 1", "b uid 2 generation 1"}, {"b uid 2 generation 1"}, nil},
		},
		"updated": {
			reason: "each version was there once",
			writes: []write{creates("a"), updates("a", "one"), updates("a", "two")},
			want:   [3][]string{{"a uid 2 generation 3"}, {"a uid 2 generation 2"}, {"a uid 2 generation 1"}},
		},
		"updated often": {
			reason: "older versions are forgotten",
			writes: []write{creates("a"), updates("a", "one"), updates("a", "two"), updates("a", "three")},
			want:   [3][]string{{"a uid 2 generation 4"}, {"a uid 2 generation 3"}, {"a uid 2 generation 2"}},
		},
		"deleted": {
			reason: "a cache shows what has gone",
			writes: []write{creates("a"), updates("a", "one"), deletes("a")},
			want:   [3][]string{nil, {"a uid 2 generation 2"}, {"a uid 2 generation 1"}},
		},
		"let go": {
			reason: "a cache may not know yet that an object is deleted",
			writes: []write{creates("a", "example.org/one"), deletes("a"), updates("a", "one"), letsGo("a")},
			want:   [3][]string{nil, {"a uid 2 generation 3 deleted"}, {"a uid 2 generation 2 deleted"}},
		},
		"created again": {
			reason: "a cache may show an object of the same name that has gone",
			writes: []write{creates("a"), deletes("a"), creates("a")},
			want:   [3][]string{{"a uid 3 generation 1"}, nil, {"a uid 2 generation 1"}},
		},
		"nothing changed": {
			reason: "a write that changes nothing is none",
			writes: []write{creates("a"), repeated(updates("a", "one")), creates("b", "example.org/one"), repeated(deletes("b"))},
			want:   [3][]string{{"a uid 2 generation 2", "b uid 3 generation 2 deleted"}, {"a uid 2 generation 2", "b uid 3 generation 1"}, {"a uid 2 generation 2"}},
		},
		"another kind": {
			reason: "what happens to another kind is seen by another cache",
			writes: []write{creates("a"), createsAccount("one"), createsAccount("two")},
			want:   [3][]string{{"a uid 2 generation 1"}, nil, nil},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			store := newStore(t, c.writes...)
			for lag, want := range c.want {
				if diff := cmp.Diff(want, texts(apistore.Behind[*v1alpha1.PhoneNumber](store, lag))); diff != "" {
					t.Errorf("%s\n%d writes ago, -want +got:\n%s", c.reason, lag, diff)
				}
				if diff := cmp.Diff(want, texts(cached(t, store.Client(lag)))); diff != "" {
					t.Errorf("%s\nread %d writes behind, -want +got:\n%s", c.reason, lag, diff)
				}
			}
		})
	}
}

func TestLaggingClientWritesToWhatIsStored(t *testing.T) {
	store := newStore(t, creates("a"), updates("a", "one"))
	lagging := store.Client(1)
	if err := updates("a", "two")(t.Context(), lagging); err == nil {
		t.Error("an update from a stale view must be refused")
	}
	if err := updates("a", "two")(t.Context(), store.Client(0)); err != nil {
		t.Error(err)
	}
}

func TestClone(t *testing.T) {
	before := []string{"a uid 2 generation 2", "b uid 3 generation 1"}
	cases := map[string]struct {
		reason string
		change write
	}{
		"create": {reason: "what is created in one is not in the other", change: creates("c")},
		"update": {reason: "what is changed in one is as it was in the other", change: updates("a", "two")},
		"delete": {reason: "what is deleted in one is still in the other", change: deletes("b")},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			original := newStore(t, creates("a"), creates("b"), updates("a", "one"))
			clone := original.Clone(time.Now)
			for _, pair := range [][2]*apistore.Store{{original.Clone(time.Now), original}, {original, clone}} {
				changed, other := pair[0], pair[1]
				if err := c.change(t.Context(), changed.Client(0)); err != nil {
					t.Fatal(err)
				}
				if texts := texts(apistore.All[*v1alpha1.PhoneNumber](changed)); cmp.Equal(before, texts) {
					t.Errorf("nothing was changed: %v", texts)
				}
				if diff := cmp.Diff(before, texts(apistore.All[*v1alpha1.PhoneNumber](other))); diff != "" {
					t.Errorf("%s, -want +got:\n%s", c.reason, diff)
				}
				if diff := cmp.Diff([]string{"a uid 2 generation 1", "b uid 3 generation 1"}, texts(apistore.Behind[*v1alpha1.PhoneNumber](other, 1))); diff != "" {
					t.Errorf("%s, neither is what was before, -want +got:\n%s", c.reason, diff)
				}
				if got := other.Writes(reflect.TypeFor[*v1alpha1.PhoneNumber]()); got != 3 {
					t.Errorf("%s: %d writes, want 3", c.reason, got)
				}
			}
		})
	}
}

func TestCloneTellsItsOwnTime(t *testing.T) {
	original := newStore(t)
	clone := original.Clone(func() time.Time { return someTime.Add(time.Hour) })
	for store, want := range map[*apistore.Store]time.Time{original: someTime.Time, clone: someTime.Add(time.Hour)} {
		if err := creates("a")(t.Context(), store.Client(0)); err != nil {
			t.Fatal(err)
		}
		if got := apistore.All[*v1alpha1.PhoneNumber](store)[0].CreationTimestamp; !got.Time.Equal(want) {
			t.Errorf("created at %s, want %s", got, want)
		}
	}
}

func TestObjectsBelongToTheStore(t *testing.T) {
	store := newStore(t)
	sent := phoneNumbers.make(metav1.ObjectMeta{Namespace: "support", Name: "a"}).(*v1alpha1.PhoneNumber)
	if err := store.Client(0).Create(t.Context(), sent); err != nil {
		t.Fatal(err)
	}
	sent.Spec.Inbound.Transport = v1alpha1.TransportTLS
	read := cached(t, store.Client(0))[0]
	read.Spec.Inbound.Transport = v1alpha1.TransportTLS
	if got := apistore.All[*v1alpha1.PhoneNumber](store)[0].Spec.Inbound.Transport; got != v1alpha1.TransportTCP {
		t.Errorf("transport %s: what a client does to its copy must not change what is stored", got)
	}
}

func TestWrites(t *testing.T) {
	store := newStore(t, creates("a"), repeated(updates("a", "one")), createsAccount("one"),
		creates("b", "example.org/one"), repeated(deletes("b")), deletes("a"))
	if err := creates("b")(t.Context(), store.Client(0)); err == nil {
		t.Error("what is still there cannot be created")
	}
	want := map[string]int{"numbers": 5, "accounts": 1, "projects": 0}
	got := map[string]int{
		"numbers":  store.Writes(reflect.TypeFor[*v1alpha1.PhoneNumber]()),
		"accounts": store.Writes(reflect.TypeFor[*v1alpha1.TwilioAccount]()),
		"projects": store.Writes(reflect.TypeFor[*v1alpha1.LiveKitProject]()),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what changes something counts, -want +got:\n%s", diff)
	}
}

// An update that sends another spec of a Namespace leaves traces in the API server
// that the store does not keep, so the two cannot be compared there.
func TestNamespaceIsFreedByFinalizationAlone(t *testing.T) {
	c := newStore(t).Client(0)
	var namespace corev1.Namespace
	if err := c.Get(t.Context(), client.ObjectKey{Name: "support"}, &namespace); err != nil {
		t.Fatal(err)
	}
	if err := c.Delete(t.Context(), &namespace); err != nil {
		t.Fatal(err)
	}
	namespace.ResourceVersion, namespace.Spec.Finalizers = "", nil
	if err := c.Update(t.Context(), &namespace); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]corev1.FinalizerName{corev1.FinalizerKubernetes}, namespace.Spec.Finalizers); diff != "" {
		t.Errorf("an update must not let a namespace go, -want +got:\n%s", diff)
	}
	namespace.Spec.Finalizers = nil
	if err := c.SubResource("finalize").Update(t.Context(), &namespace); err != nil {
		t.Fatal(err)
	}
	if err := c.Get(t.Context(), client.ObjectKeyFromObject(&namespace), &namespace); !apierrors.IsNotFound(err) {
		t.Errorf("nothing is left to keep the namespace, got %v", err)
	}
}

// newStore has a namespace, and what was written.
func newStore(t *testing.T, writes ...write) *apistore.Store {
	t.Helper()
	store := apistore.New(apistore.Callplane(), func() time.Time { return someTime.Time })
	makeNamespace := func(ctx context.Context, c client.Client) error {
		return c.Create(ctx, namespaces.make(metav1.ObjectMeta{Name: "support"}))
	}
	for i, write := range append([]write{makeNamespace}, writes...) {
		if err := write(t.Context(), store.Client(0)); err != nil {
			t.Fatalf("write %d: %v", i, err)
		}
	}
	return store
}

func creates(name string, finalizers ...string) write {
	return func(ctx context.Context, c client.Client) error {
		return c.Create(ctx, phoneNumbers.make(metav1.ObjectMeta{Namespace: "support", Name: name, Finalizers: finalizers}))
	}
}

func createsAccount(name string) write {
	return func(ctx context.Context, c client.Client) error {
		return c.Create(ctx, twilioAccounts.make(metav1.ObjectMeta{Namespace: "support", Name: name}))
	}
}

func updates(name, displayName string) write {
	return changes(name, func(number *v1alpha1.PhoneNumber) { number.Spec.DisplayName = displayName })
}

func letsGo(name string) write {
	return changes(name, func(number *v1alpha1.PhoneNumber) { number.Finalizers = nil })
}

func changes(name string, change func(*v1alpha1.PhoneNumber)) write {
	return func(ctx context.Context, c client.Client) error {
		var number v1alpha1.PhoneNumber
		if err := c.Get(ctx, client.ObjectKey{Namespace: "support", Name: name}, &number); err != nil {
			return err
		}
		change(&number)
		return c.Update(ctx, &number)
	}
}

func deletes(name string) write {
	return func(ctx context.Context, c client.Client) error {
		return c.Delete(ctx, &v1alpha1.PhoneNumber{ObjectMeta: metav1.ObjectMeta{Namespace: "support", Name: name}})
	}
}

// repeated does the same twice, the second time in vain.
func repeated(write write) write {
	return func(ctx context.Context, c client.Client) error {
		if err := write(ctx, c); err != nil {
			return err
		}
		return write(ctx, c)
	}
}

func cached(t *testing.T, c client.Client) []*v1alpha1.PhoneNumber {
	t.Helper()
	var list v1alpha1.PhoneNumberList
	if err := c.List(t.Context(), &list); err != nil {
		t.Fatal(err)
	}
	var numbers []*v1alpha1.PhoneNumber
	for i := range list.Items {
		numbers = append(numbers, &list.Items[i])
	}
	return numbers
}

// texts tell objects and their versions apart. The namespace has the first uid.
func texts(numbers []*v1alpha1.PhoneNumber) []string {
	var texts []string
	for _, number := range numbers {
		text := fmt.Sprintf("%s uid %s generation %d", number.Name, number.UID[len(number.UID)-1:], number.Generation)
		if number.DeletionTimestamp != nil {
			text += " deleted"
		}
		texts = append(texts, text)
	}
	return texts
}
