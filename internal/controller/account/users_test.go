package account

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
)

func named(name string) client.ObjectKey {
	return client.ObjectKey{Namespace: namespace, Name: name}
}

func TestUsers(t *testing.T) {
	w := newWorld(t, newAccount("main", "key"), newSecret("key"), newNumber("b", "main"), newNumber("a", "main"), newNumber("c", "another"))
	w.visited("main")
	want := &v1alpha1.Users{Count: new(int32(2)), Names: []string{"a", "b"}, Truncated: new(false)}
	if diff := cmp.Diff(want, w.account("main").Status.PhoneNumbers); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestUsersAreBounded(t *testing.T) {
	w := newWorld(t, newAccount("main", "key"), newSecret("key"))
	for i := range 101 {
		w.create(newNumber(fmt.Sprintf("line-%03d", i), "main"))
	}
	w.visited("main")
	got := w.account("main").Status.PhoneNumbers
	if *got.Count != 101 || len(got.Names) != 100 || got.Names[99] != "line-099" || !*got.Truncated {
		t.Errorf("%d numbers, %d of them named, truncated %v; want the first 100 of 101", *got.Count, len(got.Names), *got.Truncated)
	}
}

// TestUsersAreThrottled writes the list once in 10 s, and then as it is.
func TestUsersAreThrottled(t *testing.T) {
	w := used(t)
	w.pass(3 * time.Second)
	w.create(newNumber("another", "main"))
	if wait := w.visited("main"); wait != 7*time.Second || len(w.writes) > 0 {
		t.Errorf("looked at again after %s, with %q written, want the rest of 10 s and nothing", wait, w.writes)
	}
	w.pass(6 * time.Second)
	w.create(newNumber("third", "main"))
	if wait := w.visited("main"); wait != time.Second || len(w.writes) > 0 {
		t.Errorf("looked at again after %s, with %q written, want the rest of 10 s and nothing", wait, w.writes)
	}
	w.pass(time.Second)
	w.visited("main")
	if got := w.account("main").Status.PhoneNumbers.Names; !slices.Equal(got, []string{"another", "line", "third"}) {
		t.Errorf("got %q, want all of them", got)
	}
}

// TestThrottleDoesNotDelay what matters: the condition, and letting go.
func TestThrottleDoesNotDelay(t *testing.T) {
	w := used(t)
	w.delete(newNumber("line", "main"))
	w.delete(newAccount("main", "key"))
	w.visited("main")
	if w.account("main") != nil {
		t.Error("the account is still there")
	}
}

// TestUnreadableCache changes nothing: it may be that numbers use the account.
func TestUnreadableCache(t *testing.T) {
	w := used(t)
	w.Client = unreadable{w.Client}
	if _, err := w.Reconcile(t.Context(), w.account("main")); err == nil || len(w.writes) > 0 || !w.held("key") {
		t.Errorf("error %v, with %q written, want nothing", err, w.writes)
	}
}

type unreadable struct{ client.Client }

func (unreadable) List(context.Context, client.ObjectList, ...client.ListOption) error {
	return errConflict
}

func TestWhoIsWoken(t *testing.T) {
	other := newAccount("moving", "new")
	other.Status.SecretName = "key"
	project := &v1alpha1.LiveKitProject{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "livekit"}}
	project.Spec.CredentialsSecretRef.Name = "key"
	w := newWorld(t, newAccount("main", "key"), other, project, newAccount("third", "other"))
	var got []string
	for _, request := range w.holders(v1alpha1.KindTwilioAccount)(t.Context(), &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "key"}}) {
		got = append(got, request.Name)
	}
	if diff := cmp.Diff([]string{"main", "moving"}, got); diff != "" {
		t.Errorf("a Secret wakes the accounts that name it, or that keep it, -want +got:\n%s", diff)
	}
}

// woken is a queue that keeps what is to be visited.
type woken struct {
	workqueue.TypedRateLimitingInterface[reconcile.Request]
	names []string
}

func (w *woken) AddAfter(request reconcile.Request, _ time.Duration) {
	w.names = append(w.names, request.Name)
}

// TestNumbersWakeTheirAccount when they come, go, or have things elsewhere.
func TestNumbersWakeTheirAccount(t *testing.T) {
	moved := newNumber("line", "new")
	moved.Status.ExternalResources = []v1alpha1.ExternalResource{{Connection: v1alpha1.Connection{Kind: v1alpha1.KindTwilioAccount, Name: "old"}}}
	var queue woken
	usedBy(v1alpha1.KindTwilioAccount).Create(t.Context(), event.CreateEvent{Object: moved}, &queue)
	got := slices.Sorted(slices.Values(queue.names))
	if diff := cmp.Diff([]string{"new", "old"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestFinalizersChanged(t *testing.T) {
	kept := newAccount("main", "key")
	kept.Finalizers = []string{v1alpha1.FinalizerInUse}
	if !finalizersChanged.Update(event.UpdateEvent{ObjectOld: newAccount("main", "key"), ObjectNew: kept}) {
		t.Error("a finalizer that was stripped by hand is put back")
	}
	if finalizersChanged.Update(event.UpdateEvent{ObjectOld: kept, ObjectNew: kept}) {
		t.Error("other updates are no news")
	}
}
