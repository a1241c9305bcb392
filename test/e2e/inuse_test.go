package e2e

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/world"
)

// replace writes a Secret as an operator does that synchronises it: as a whole, with
// no finalizer of others.
func replace(t *testing.T, w *world.World, secret *corev1.Secret) {
	t.Helper()
	if err := w.Client.Update(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
}

func awaitHeld(t *testing.T, w *world.World, secret client.Object) {
	t.Helper()
	eventually(t, secret.GetName()+" to be held", func(ctx context.Context) string {
		if err := w.Client.Get(ctx, client.ObjectKeyFromObject(secret), secret); err != nil {
			return err.Error()
		}
		if !slices.Contains(secret.GetFinalizers(), v1alpha1.FinalizerInUse) {
			return fmt.Sprintf("it has the finalizers %v", secret.GetFinalizers())
		}
		return ""
	})
}

// TestReplacedSecret shows that a Secret which is replaced as a whole is held again
// each time, and that good credentials in it are noticed at once.
func TestReplacedSecret(t *testing.T) {
	w, _ := calmWorld(t)
	create(t, w, w.PhoneNumber("support-line"))
	number := awaitActive(t, w, "support-line")
	for range 2 {
		replace(t, w, w.TwilioSecret())
		awaitHeld(t, w, w.TwilioSecret())
	}
	setToken(t, w, "wrongtokenwrongtokenwrongtoken00")
	remove(t, w, number)
	awaitReason(t, w, "support-line", v1alpha1.ConditionCorrupted, v1alpha1.ClassAuthenticationFailed)
	replace(t, w, w.TwilioSecret())
	healed := time.Now()
	awaitGone(t, w, number)
	if took := time.Since(healed); took > 10*time.Second {
		t.Errorf("it took %s, want 10s at most", took)
	}
	wantHoldings(t, w, nothing)
}

// TestSecretOfAnotherName shows that a Secret which bears a hash of its content in
// its name is free as soon as the account names the next one, and that a number needs
// no other.
func TestSecretOfAnotherName(t *testing.T) {
	w, _ := calmWorld(t)
	create(t, w, w.PhoneNumber("support-line"))
	number := awaitActive(t, w, "support-line")
	remove(t, w, w.TwilioSecret())
	awaitHeld(t, w, w.TwilioSecret())
	next := w.TwilioSecret()
	next.Name += "-8f4c2"
	account := w.TwilioAccount()
	if err := w.Client.Get(t.Context(), client.ObjectKeyFromObject(account), account); err != nil {
		t.Fatal(err)
	}
	account.Spec.CredentialsSecretRef.Name = next.Name
	if err := w.Client.Update(t.Context(), account); err != nil {
		t.Fatal(err)
	}
	create(t, w, next)
	awaitGone(t, w, w.TwilioSecret())
	awaitHeld(t, w, next)
	awaitActive(t, w, "support-line")
	remove(t, w, next, number)
	awaitGone(t, w, number)
	awaitGone(t, w, next)
	wantHoldings(t, w, nothing)
}
