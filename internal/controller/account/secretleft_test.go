package account

import (
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
)

// TestSecretHeldForEver lets go of a Secret that was held although nothing says
// so: the write of the status was refused, and the number is gone since.
func TestSecretHeldForEver(t *testing.T) {
	w := newWorld(t, newAccount("main", "key"), newSecret("key"), newNumber("line", "main"))
	w.refuse = func(what string) error {
		if strings.HasPrefix(what, "status") {
			return errConflict
		}
		return nil
	}
	_, _ = w.visit("main")
	w.refuse = nil
	w.delete(newNumber("line", "main"))
	for range 3 {
		w.visited("main")
	}
	if w.held("key") {
		t.Errorf("no number uses the account, and its Secret is held; status.secretName is %q", w.account("main").Status.SecretName)
	}
}

// TestSecretHeldForEverAfterMoving is the same when the reference moves twice.
func TestSecretHeldForEverAfterMoving(t *testing.T) {
	w := used(t)
	w.create(newSecret("second"))
	w.create(newSecret("third"))
	account := w.account("main")
	account.Spec.CredentialsSecretRef.Name = "second"
	w.update(account)
	w.refuse = func(what string) error {
		if strings.HasPrefix(what, "status") {
			return errConflict
		}
		return nil
	}
	_, _ = w.visit("main")
	w.refuse = nil
	account = w.account("main")
	account.Spec.CredentialsSecretRef.Name = "third"
	w.update(account)
	w.visited("main")
	if w.held("key") || w.held("second") || !w.held("third") {
		t.Errorf("held: key %v, second %v, third %v; want only the third", w.held("key"), w.held("second"), w.held("third"))
	}
}

// TestSharedSecretLoose keeps a Secret that another holder is about to note as
// kept while this one lets go.
func TestSharedSecretLoose(t *testing.T) {
	w := used(t)
	w.create(newAccount("other", "key"))
	w.create(newNumber("line-of-other", "other"))
	w.refuse = func(what string) error {
		if what == "status TwilioAccount other" {
			w.refuse = nil
			w.must(w.api.Delete(t.Context(), client.Object(newNumber("line", "main"))))
			w.visited("main")
		}
		return nil
	}
	w.visited("other")
	if other := w.account("other"); !w.held("key") && other.Status.SecretName == "key" && len(other.Finalizers) == 1 {
		t.Error("the Secret counts as kept by other, and is not")
	}
}

// TestStrippedSecret holds a Secret again that somebody has replaced as a whole, as
// often as that happens, but not as fast as others can do it.
func TestStrippedSecret(t *testing.T) {
	w := used(t)
	strip := func() {
		secret := w.secret("key")
		secret.Finalizers = nil
		w.update(secret)
	}
	for round := range 3 {
		strip()
		w.visited("main")
		if !w.held("key") {
			t.Fatalf("round %d: the Secret can be deleted although a number needs it", round)
		}
		strip()
		if wait := w.visited("main"); w.held("key") || wait <= 0 || wait > 10*time.Second {
			t.Errorf("round %d: held is %v and the next look after %s, want a wait", round, w.held("key"), wait)
		}
		w.pass(10 * time.Second)
		w.visited("main")
		if !w.held("key") {
			t.Errorf("round %d: the Secret is not held after the wait", round)
		}
		w.pass(10 * time.Second)
	}
}

// TestReplacedSecret holds at once what has never been held, such as the Secret of
// a number that came right after the last one had gone.
func TestReplacedSecret(t *testing.T) {
	w := used(t)
	for range 3 {
		w.delete(newNumber("line", "main"))
		w.visited("main")
		w.create(newNumber("line", "main"))
		w.visited("main")
		if !w.held("key") {
			t.Fatal("the number has to wait for its Secret to be held")
		}
	}
}

// TestAbandoned lets go of the Secret of an account whose finalizers were taken off
// by hand, once no number needs it: else its namespace could not be deleted.
func TestAbandoned(t *testing.T) {
	w := used(t)
	account := w.account("main")
	account.Finalizers = nil
	w.update(account)
	w.delete(newAccount("main", "key"))
	gone := func() {
		if _, err := w.Visits(&v1alpha1.TwilioAccount{})(t.Context(), reconcile.Request{NamespacedName: named("main")}); err != nil {
			t.Fatal(err)
		}
	}
	gone()
	if !w.held("key") {
		t.Error("the Secret is let go of, and a number needs it once the account is created again")
	}
	w.delete(newNumber("line", "main"))
	gone()
	if w.held("key") {
		t.Error("the Secret is held for nobody")
	}
}

// TestHeldForNobody lets go of a Secret that was restored as it was, but without its
// account, once it is to go: nobody else ever would.
func TestHeldForNobody(t *testing.T) {
	restored := newSecret("key")
	restored.Finalizers = []string{v1alpha1.FinalizerInUse}
	// An account of the Secret's name has another one.
	w := newWorld(t, newSecret("other"), newAccount("key", "other"), newNumber("line", "key"))
	w.visited("key")
	w.create(restored)
	w.delete(newSecret("key"))
	for _, request := range w.holders(v1alpha1.KindTwilioAccount)(t.Context(), w.secret("key")) {
		if _, err := w.Visits(&v1alpha1.TwilioAccount{})(t.Context(), request); err != nil {
			t.Fatal(err)
		}
	}
	if w.secret("key") != nil {
		t.Error("the Secret is held for nobody, and stays")
	}
}

// TestUnreadableHolders lets go of nothing: it may be that another account names
// the Secret.
func TestUnreadableHolders(t *testing.T) {
	w := used(t)
	w.delete(newNumber("line", "main"))
	w.Connections.Objects = unreadable{w.Client}
	if _, err := w.visit("main"); err == nil || !w.held("key") {
		t.Errorf("error %v, held %v, want an error and the Secret to be held", err, w.held("key"))
	}
}
