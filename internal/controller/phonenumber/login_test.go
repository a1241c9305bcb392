package phonenumber

import (
	"errors"
	"io"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider"
	"github.com/callplane/callplane/internal/provider/fake"
)

// That a password is in a Secret before it is sent is held against every test,
// by world.sent.

func TestLoginSecret(t *testing.T) {
	w := newWorld(t)
	w.visited()
	stored := w.loginSecret()
	if stored == nil {
		t.Fatal("there is no Secret")
	}
	want := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: namespace, Name: "line-sip-11111111", Labels: map[string]string{v1alpha1.LabelGenerated: "true"},
			OwnerReferences: []metav1.OwnerReference{{
				APIVersion: "callplane.io/v1alpha1", Kind: "PhoneNumber", Name: "line", UID: newNumber().UID, Controller: new(true),
			}},
			ResourceVersion: stored.ResourceVersion,
		},
		Type: corev1.SecretTypeBasicAuth,
		Data: map[string][]byte{"username": []byte("cp11111111"), "password": stored.Data["password"]},
	}
	if diff := cmp.Diff(want, stored); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	// 24 random bytes, and what Twilio asks for.
	if !regexp.MustCompile(`^Cp1[A-Za-z0-9_-]{32}$`).Match(stored.Data["password"]) {
		t.Errorf("the password has %d characters or others than it should", len(stored.Data["password"]))
	}
	if got := w.carrier.login("Credential"); got.Username != "cp11111111" || got.Password.Reveal() != string(stored.Data["password"]) {
		t.Errorf("the carrier was sent %q and another password than the stored one", got.Username)
	}
	if !w.carrier.login("Credential").Password.Equal(w.platform.login("Outbound").Password) {
		t.Error("the platform signs in with another password than the carrier expects")
	}
}

// login is what a provider was sent last.
func (e end) login(kind string) provider.Login {
	login, _ := e.All(kind)[0].Spec.(provider.Login)
	return login
}

func TestUsernameOfTheSpec(t *testing.T) {
	w := newWorld(t, func(n *v1alpha1.PhoneNumber) { n.Spec.Outbound.Username = "frank" })
	w.visited()
	if got := w.carrier.login("Credential").Username; got != "frank" {
		t.Errorf("got %q, want the user name of the spec", got)
	}
	w.edit(func(n *v1alpha1.PhoneNumber) { n.Spec.Outbound.Username = "grace" })
	w.visited()
	if diff := cmp.Diff([]string{"grace", "grace"}, []string{w.carrier.login("Credential").Username, w.platform.login("Outbound").Username}); diff != "" {
		t.Errorf("the user name of the spec goes before the stored one, -want +got:\n%s", diff)
	}
}

func TestWithoutOutboundCalls(t *testing.T) {
	w := newWorld(t, func(n *v1alpha1.PhoneNumber) { n.Spec.Outbound = nil })
	w.visited()
	if w.loginSecret() != nil {
		t.Error("there is a Secret, want none where nobody signs in")
	}
	w.holds("inbound only", map[string]int{"Number": 1, "Trunk": 1, "URL": 1, "Attachment": 1, "Inbound": 1, "Rule": 1})
}

// TestLoginOfOthers refuses a Secret that was there before.
func TestLoginOfOthers(t *testing.T) {
	cases := map[string]struct {
		reason string
		owners []metav1.OwnerReference
	}{
		"nobody's":      {reason: "a Secret of a person is not used"},
		"of another":    {reason: "a Secret of an object of the same name is not used", owners: []metav1.OwnerReference{{APIVersion: "callplane.io/v1alpha1", Kind: "PhoneNumber", Name: "line", UID: otherUID, Controller: new(true)}}},
		"not ours only": {reason: "an owner that does not control it did not generate it", owners: []metav1.OwnerReference{{APIVersion: "callplane.io/v1alpha1", Kind: "PhoneNumber", Name: "line", UID: newNumber().UID}}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			secret := newSecret("line-sip-11111111")
			secret.OwnerReferences = c.owners
			if err := w.api.Create(t.Context(), secret); err != nil {
				t.Fatal(err)
			}
			w.visited()
			if got := condition(w.number(), v1alpha1.ConditionReady).Reason; got != v1alpha1.ClassInvalidConfiguration || len(w.calls()) > 0 {
				t.Errorf("%s: Ready says %s after %q", c.reason, got, w.calls())
			}
			w.remove(secret)
			w.settle("once it is out of the way")
			w.holds("once it is out of the way", oneOfEach)
		})
	}
}

// TestLoginAppearsMeanwhile creates a Secret in the way after the read: the next
// visit sees whose it is.
func TestLoginAppearsMeanwhile(t *testing.T) {
	w := newWorld(t)
	w.pauseAt(4, func() {
		if err := w.api.Create(t.Context(), newSecret("line-sip-11111111")); err != nil {
			t.Fatal(err)
		}
	})
	if _, err := w.visit(); err == nil || len(w.creates()) > 0 {
		t.Errorf("error %v and %q, want the visit to end at the Secret", err, w.creates())
	}
	w.visited()
	if got := condition(w.number(), v1alpha1.ConditionReady).Reason; got != v1alpha1.ClassInvalidConfiguration {
		t.Errorf("Ready says %s, want that the Secret is in the way", got)
	}
}

// TestLoginLostHalfway loses the Secret of a number whose setup is not finished:
// the credential that exists takes the new password.
func TestLoginLostHalfway(t *testing.T) {
	w := newWorld(t)
	w.platform.Fail(fake.Fault{Operation: fake.Create, Kind: "Outbound", Nth: 1, Err: refusal(external.Throttled)})
	w.visited()
	before := w.carrier.login("Credential")
	w.remove(w.loginSecret())
	w.clock.SetTime(w.clock.Now().Add(2 * grace))
	w.restart(0)
	w.settle("with another login")
	if w.loginSecret() == nil || w.carrier.login("Credential").Password.Equal(before.Password) {
		t.Fatal("want a new password at the carrier, and in a Secret")
	}
	if !w.carrier.login("Credential").Password.Equal(w.platform.login("Outbound").Password) {
		t.Error("the platform signs in with another password than the carrier expects")
	}
}

// TestNoRandomness makes nothing rather than a password that can be guessed.
func TestNoRandomness(t *testing.T) {
	w := newWorld(t)
	w.Random = io.LimitReader(w.Random, 23)
	if _, err := w.visit(); !errors.Is(err, io.ErrUnexpectedEOF) || len(w.calls()) > 0 {
		t.Errorf("error %v and %q, want the visit to end", err, w.calls())
	}
}

// TestLoginUnreadable does not take a Secret that cannot be read for a lost one.
func TestLoginUnreadable(t *testing.T) {
	w := established(t)
	w.secretFails = errAway
	if _, err := w.visit(); !errors.Is(err, errAway) || len(w.mutations()) > 0 {
		t.Errorf("error %v and %q, want nothing to be changed", err, w.mutations())
	}
}
