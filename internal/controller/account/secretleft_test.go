package account

import (
	"strings"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

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
	_ = v1alpha1.FinalizerInUse
}
