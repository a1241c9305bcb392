package account

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/callplane/callplane/api/v1alpha1"
)

var errConflict = apierrors.NewConflict(schema.GroupResource{Resource: "twilioaccounts"}, "main", nil)

// TestKept puts the finalizers on before the status says so, account first.
func TestKept(t *testing.T) {
	w := newWorld(t, newAccount("main", "key"), newSecret("key"), newNumber("line", "main"))
	w.visited("main")
	want := []string{"update TwilioAccount main", "update Secret key", "status TwilioAccount main"}
	if diff := cmp.Diff(want, w.writes); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	account := w.account("main")
	if diff := cmp.Diff([]string{v1alpha1.FinalizerInUse}, account.Finalizers); diff != "" || account.Status.SecretName != "key" || !w.held("key") {
		t.Errorf("the account and its Secret are kept while a number needs them, -want +got:\n%s", diff)
	}
}

// TestNotKept leaves alone what nobody uses.
func TestNotKept(t *testing.T) {
	w := newWorld(t, newAccount("main", "key"), newSecret("key"), newNumber("line", "another"))
	w.visited("main")
	if account := w.account("main"); len(account.Finalizers) > 0 || account.Status.SecretName != "" || w.held("key") {
		t.Errorf("kept without need: %+v", account)
	}
}

// TestLetGo releases the Secret before the account, once the last number is gone.
func TestLetGo(t *testing.T) {
	w := used(t)
	w.delete(newNumber("line", "main"))
	w.visited("main")
	want := []string{"update Secret key", "status TwilioAccount main", "update TwilioAccount main"}
	if diff := cmp.Diff(want, w.writes); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if account := w.account("main"); len(account.Finalizers) > 0 || account.Status.SecretName != "" || w.held("key") {
		t.Errorf("still kept: %+v", account)
	}
}

// TestLetGoIsRefused fails each write of letting go in turn: the next visit
// finishes, and nothing stays that keeps a namespace from being deleted.
func TestLetGoIsRefused(t *testing.T) {
	for nth := range 3 {
		w := used(t)
		w.delete(newAccount("main", "key"))
		w.delete(newSecret("key"))
		w.delete(newNumber("line", "main"))
		w.refuse = func(string) error {
			if len(w.writes) == nth+1 {
				return errConflict
			}
			return nil
		}
		if _, err := w.visit("main"); err == nil {
			t.Fatalf("write %d was accepted, want a conflict", nth+1)
		}
		w.refuse = nil
		w.visited("main")
		if w.account("main") != nil || w.secret("key") != nil {
			t.Errorf("after write %d was refused, the account or its Secret stays for ever", nth+1)
		}
	}
}

// TestDeletedWhileUsed keeps account and Secret until the last number is gone.
func TestDeletedWhileUsed(t *testing.T) {
	w := used(t)
	number := newNumber("line", "main")
	w.must(w.api.Get(t.Context(), named("line"), number))
	number.Finalizers = []string{v1alpha1.FinalizerTeardown}
	w.update(number)
	number.Status.ExternalResources = []v1alpha1.ExternalResource{{Slot: "trunk", Connection: v1alpha1.Connection{Kind: v1alpha1.KindTwilioAccount, Name: "main"}}}
	w.must(w.api.Status().Update(t.Context(), number))
	w.delete(newNumber("line", "main"))
	w.delete(newSecret("key"))
	w.delete(newAccount("main", "key"))
	for range 2 {
		w.visited("main")
	}
	if account := w.account("main"); account == nil || !w.held("key") {
		t.Fatal("the account or its Secret is gone, and a number still has something there")
	}
	w.must(w.api.Get(t.Context(), named("line"), number))
	number.Status.ExternalResources = nil
	w.must(w.api.Status().Update(t.Context(), number))
	w.visited("main")
	if w.account("main") != nil || w.secret("key") != nil {
		t.Error("the account or its Secret is still there, and no number needs them")
	}
}

// TestFinalizerIsNeverAddedLate leaves a deleted account and Secret alone.
func TestFinalizerIsNeverAddedLate(t *testing.T) {
	account, secret := newAccount("main", "key"), newSecret("key")
	account.Finalizers, secret.Finalizers = []string{"example.com/other"}, []string{"example.com/other"}
	w := newWorld(t, account, secret, newNumber("line", "main"))
	w.delete(newAccount("main", "key"))
	w.delete(newSecret("key"))
	w.visited("main")
	for _, finalizers := range [][]string{w.account("main").Finalizers, w.secret("key").Finalizers} {
		if slices.Contains(finalizers, v1alpha1.FinalizerInUse) {
			t.Errorf("finalizers %q, want none to be added to what is being deleted", finalizers)
		}
	}
	if got := w.account("main").Status.SecretName; got != "" {
		t.Errorf("%q counts as kept", got)
	}
}

// TestReferenceMoves holds the new Secret before it lets go of the old one.
func TestReferenceMoves(t *testing.T) {
	w := used(t)
	account := w.account("main")
	account.Spec.CredentialsSecretRef.Name = "new"
	account.Generation++
	w.update(account)
	w.visited("main")
	if account := w.account("main"); !w.held("key") || account.Status.SecretName != "key" || w.ready("main").Reason != v1alpha1.ReasonSecretNotFound {
		t.Errorf("the old Secret is let go of before there is a new one: %+v", account.Status)
	}
	w.create(newSecret("new"))
	w.forget()
	w.visited("main")
	want := []string{"update Secret new", "update Secret key", "status TwilioAccount main"}
	if diff := cmp.Diff(want, w.writes); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if w.held("key") || !w.held("new") || w.account("main").Status.SecretName != "new" {
		t.Errorf("the old Secret is kept: %v, the new one: %v", w.held("key"), w.held("new"))
	}
}

// TestSharedSecret stays for whoever still needs it.
func TestSharedSecret(t *testing.T) {
	project := &v1alpha1.LiveKitProject{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "livekit", UID: "project"}}
	project.Spec.CredentialsSecretRef.Name = "key"
	project.Status.SecretName = "key"
	cases := map[string]struct {
		reason string
		others []string
		want   bool
	}{
		"another account": {reason: "another account's numbers need it", others: []string{"other"}, want: true},
		"a project":       {reason: "a project's numbers need it", want: true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := used(t)
			for _, other := range c.others {
				w.create(newAccount(other, "key"))
				w.create(newNumber("line-of-"+other, other))
				w.visited(other)
			}
			if len(c.others) == 0 {
				w.create(project.DeepCopy())
				w.create(newNumber("line-of-nobody", "elsewhere"))
			}
			w.delete(newNumber("line", "main"))
			w.visited("main")
			if got := w.held("key"); got != c.want || w.account("main").Status.SecretName != "" {
				t.Errorf("%s: held is %v, want %v", c.reason, got, c.want)
			}
		})
	}
	w := used(t)
	w.create(newAccount("idle", "key"))
	w.visited("idle")
	w.delete(newNumber("line", "main"))
	w.visited("main")
	if w.held("key") {
		t.Error("an account that no number uses does not keep the Secret")
	}
}

// TestTerminatingSecret is kept and still read; its number is told.
func TestTerminatingSecret(t *testing.T) {
	w := used(t)
	w.delete(newSecret("key"))
	w.pass(recheck)
	w.visited("main")
	first := w.ready("main")
	if first.Status != metav1.ConditionFalse || first.Reason != v1alpha1.ReasonSecretTerminating || !w.held("key") {
		t.Fatalf("Ready is %+v and held %v, want the Secret to be kept and said to go", first, w.held("key"))
	}
	w.forget()
	w.pass(time.Hour)
	w.visited("main")
	if diff := cmp.Diff(first, w.ready("main")); diff != "" || len(w.writes) > 0 {
		t.Errorf("nothing is new, and there were %q, -want +got:\n%s", w.writes, diff)
	}
	w.delete(newNumber("line", "main"))
	w.visited("main")
	if w.secret("key") != nil {
		t.Error("the Secret is still there")
	}
}

// TestSecretGone does not stop an account from being let go of.
func TestSecretGone(t *testing.T) {
	w := used(t)
	secret := w.secret("key")
	secret.Finalizers = nil
	w.update(secret)
	w.delete(newSecret("key"))
	w.visited("main")
	if got := w.account("main").Status.SecretName; got != "key" {
		t.Errorf("kept is %q, want the name to stay for when it is created again", got)
	}
	w.delete(newNumber("line", "main"))
	w.delete(newAccount("main", "key"))
	w.visited("main")
	if w.account("main") != nil {
		t.Error("the account is still there")
	}
}
