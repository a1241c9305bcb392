package phonenumber

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider/fake"
)

// TestLoginLostWhileActive generates a login once when its Secret is lost while
// everything else exists, and stores it before it is sent.
func TestLoginLostWhileActive(t *testing.T) {
	w := established(t)
	w.remove(w.loginSecret())
	w.visited()
	if w.loginSecret() == nil {
		t.Errorf("no Secret after the visit: %q", w.happened())
	}
	w.forget()
	w.visited()
	if len(w.mutations()) > 0 {
		t.Errorf("the next visit changes the login again: %q", w.happened())
	}
}

// TestNewLoginReachesTheCarrier stores a generated login and then fails once to
// send it: the ledger knows that the carrier still has the old one.
func TestNewLoginReachesTheCarrier(t *testing.T) {
	w := newWorld(t)
	// Something is still to be created, so that the Secret is stored.
	w.platform.Fail(fake.Fault{Operation: fake.Create, Kind: "Outbound", Nth: 1, Err: refusal(external.Throttled)})
	w.visited()
	w.remove(w.loginSecret())
	w.clock.SetTime(w.clock.Now().Add(2 * grace))
	w.restart(time.Second)
	w.carrier.Fail(fake.Fault{Operation: fake.Update, Kind: "Credential", Nth: 1, Err: refusal(external.Throttled)})
	w.settle("with another login")
	stored := string(w.loginSecret().Data[corev1.BasicAuthPasswordKey])
	if got := w.carrier.login("Credential").Password.Reveal(); got != stored {
		t.Errorf("Ready is Active, and the carrier has another password than the Secret:\n%q", w.happened())
	}
}
