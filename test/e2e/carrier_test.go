package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/twiliosim"
	"github.com/callplane/callplane/test/world"
)

// carrierLogin is the Secret with what a carrier of one's own is signed in to with.
const carrierLogin = "carrier-login"

func carrierSecret(w *world.World, name, password string) *corev1.Secret {
	secret := w.TwilioSecret()
	secret.Name, secret.StringData = name, map[string]string{"username": "callplane", "password": password}
	return secret
}

// atCarrier has a trunk at a carrier of one's own.
func atCarrier(trunk *v1alpha1.SIPTrunk) {
	trunk.Spec.Twilio = nil
	trunk.Spec.Address = &v1alpha1.CarrierAddress{
		Host: "sip.example.com:5061", CredentialsSecretRef: &v1alpha1.SecretReference{Name: carrierLogin},
	}
	trunk.Spec.Inbound.Transport, trunk.Spec.Outbound.Transport = v1alpha1.TransportTLS, v1alpha1.TransportTLS
}

// awaitSignIn waits until calls are made at a host, with a user name and a password.
func awaitSignIn(t *testing.T, w *world.World, want ...string) {
	t.Helper()
	eventually(t, "calls to be made with the login", func(ctx context.Context) string {
		trunks, err := w.LiveKit.OutboundTrunks(ctx)
		if err != nil || len(trunks) != 1 {
			return fmt.Sprintf("there are %d outbound trunks, error %v", len(trunks), err)
		}
		return cmp.Diff(want, []string{trunks[0].Address, trunks[0].AuthUsername, trunks[0].AuthPassword})
	})
}

// TestCarrierOfOnesOwn sets a number up at a carrier that nothing is known of but its
// address: calls go both ways, nothing is made at Twilio, and the login follows its
// Secret.
func TestCarrierOfOnesOwn(t *testing.T) {
	w, _ := calmWorld(t)
	create(t, w, carrierSecret(w, carrierLogin, "Password1234"), w.SIPTrunk("carrier", atCarrier))
	// The first one only makes calls: nothing is made for it but its place on the list.
	first := w.PhoneNumber("first", world.OnTrunk("carrier"), makesCalls, func(n *v1alpha1.PhoneNumber) { n.Spec.Inbound = nil })
	other := w.PhoneNumber("second", world.OnTrunk("carrier"), makesCalls, numbered(second))
	create(t, w, first)
	awaitActive(t, w, "first")
	awaitCallers(t, w, w.Number)
	create(t, w, other)
	awaitActive(t, w, "second")
	awaitCallers(t, w, w.Number, second)
	awaitSignIn(t, w, "sip.example.com:5061", "callplane", "Password1234")
	got, err := callsTo(t.Context(), w, second)
	if err != nil || len(got.Agents) != 1 {
		t.Errorf("a call gets %+v, %v, want the agent", got, err)
	}

	secret := carrierSecret(w, carrierLogin, "Password5678")
	if err := w.Client.Update(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	awaitSignIn(t, w, "sip.example.com:5061", "callplane", "Password5678")
	remove(t, w, secret)
	trunk := awaitTrunk(t, w, "carrier", v1alpha1.ConditionReady, v1alpha1.ClassCredentialsMissing)
	const sentence = `the Secret "carrier-login" with the carrier's username and password does not exist in this namespace`
	if ready := meta.FindStatusCondition(trunk.Status.Conditions, v1alpha1.ConditionReady); ready.Message != sentence || trunk.Status.Problem == "" {
		t.Errorf("the trunk says %q, want %q, and to be painted red", ready.Message, sentence)
	}
	// Who leaves does not wait for the login, and who stays is as before.
	remove(t, w, first)
	awaitGone(t, w, first)
	awaitCallers(t, w, second)
	awaitActive(t, w, "second")
	create(t, w, carrierSecret(w, carrierLogin, "Password9012"))
	awaitSignIn(t, w, "sip.example.com:5061", "callplane", "Password9012")
	awaitActive(t, w, "second")

	remove(t, w, other, trunk)
	awaitGone(t, w, trunk)
	wantHoldings(t, w, nothing)
	if sent := w.Twilio.Mutations(); len(sent) > 0 {
		t.Errorf("%v was sent to Twilio, which has no part in it", sent)
	}
}

// TestTrunkThatDoesNotFit says of a number why it cannot be on the trunk that it names,
// and makes nothing for it.
func TestTrunkThatDoesNotFit(t *testing.T) {
	w, _ := calmWorld(t)
	w.Twilio.AddNumber(w.Account.SID, second, twiliosim.NumberOptions{})
	leaving := w.SIPTrunk("leaving")
	create(t, w, leaving, w.PhoneNumber("last", world.OnTrunk("leaving"), numbered(second)), w.SIPTrunk("broken", func(trunk *v1alpha1.SIPTrunk) {
		trunk.Spec.Twilio.AccountRef.Name = "nowhere"
	}), w.SIPTrunk("main"), w.SIPTrunk("own", func(trunk *v1alpha1.SIPTrunk) { addressed("sip.example.com")(&trunk.Spec) }))
	awaitActive(t, w, "last")
	awaitTrunk(t, w, "main", v1alpha1.ConditionReady, v1alpha1.ReasonActive)
	awaitTrunk(t, w, "broken", v1alpha1.ConditionReady, v1alpha1.ReasonReferenceNotFound)
	remove(t, w, leaving)
	awaitTrunk(t, w, "leaving", v1alpha1.ConditionDeleting, v1alpha1.ReasonBlocked)
	cases := map[string]struct {
		trunk  string
		change func(*v1alpha1.PhoneNumber)
		reason string
		says   string
	}{
		"another-platform": {
			trunk: "main", change: func(n *v1alpha1.PhoneNumber) { n.Spec.PlatformRef.Name = "elsewhere" }, reason: v1alpha1.ClassInvalidConfiguration,
			says: `platformRef is "elsewhere", and that of the SIPTrunk "main" is "livekit": they must be the same`,
		},
		"encrypted": {
			trunk: "main", change: func(n *v1alpha1.PhoneNumber) {
				n.Spec.Inbound.Transport, n.Spec.Inbound.MediaEncryption = v1alpha1.TransportTLS, v1alpha1.MediaEncryptionRequire
			}, reason: v1alpha1.ClassInvalidConfiguration,
			says: `inbound.mediaEncryption is Require, and that of the SIPTrunk "main" is Disable: both must be Require, or neither`,
		},
		"over-something-else": {
			trunk: "main", change: func(n *v1alpha1.PhoneNumber) { n.Spec.Inbound.Transport = v1alpha1.TransportUDP }, reason: v1alpha1.ClassInvalidConfiguration,
			says: `inbound.transport is UDP, and calls come to the SIPTrunk "main" over TCP: set that, or leave it out`,
		},
		"to-be-released": {
			trunk: "own", change: func(n *v1alpha1.PhoneNumber) { n.Spec.DeletionPolicy = v1alpha1.DeletionPolicyRelease }, reason: v1alpha1.ClassInvalidConfiguration,
			says: `the SIPTrunk "own" is at a carrier of your own, where numbers are neither bought, taken over nor released: use acquisition Existing and deletionPolicy Teardown or Retain`,
		},
		"not-there": {
			trunk: "not-there", change: makesCalls, reason: v1alpha1.ReasonReferenceNotFound,
			says: `the SIPTrunk "not-there" does not exist in this namespace`,
		},
		"not-ready": {
			trunk: "broken", change: makesCalls, reason: v1alpha1.ReasonReferenceNotFound,
			says: `the SIPTrunk "broken" is not ready: the TwilioAccount "nowhere" does not exist in this namespace`,
		},
		"being-deleted": {
			trunk: "leaving", change: makesCalls, reason: v1alpha1.ReasonReferenceNotFound,
			says: `the SIPTrunk "leaving" is being deleted`,
		},
	}
	before, calls := holdings(t, w), changes(w)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			number := w.PhoneNumber(name, world.OnTrunk(c.trunk), c.change)
			create(t, w, number)
			number = awaitReason(t, w, name, v1alpha1.ConditionReady, c.reason)
			if _, message := condition(number, v1alpha1.ConditionReady); message != c.says {
				t.Errorf("it says %q, want %q", message, c.says)
			}
			if name == "not-there" {
				return // it comes up in the end
			}
			remove(t, w, number)
			awaitGone(t, w, number)
		})
	}
	wantHoldings(t, w, before)
	if now := changes(w); now != calls {
		t.Errorf("%d calls changed something", now-calls)
	}
	create(t, w, w.SIPTrunk("not-there"))
	awaitActive(t, w, "not-there")
}

// TestTrunkOfAnotherAccount leaves a number where it is that is sent to a trunk in
// another account.
func TestTrunkOfAnotherAccount(t *testing.T) {
	w, _ := calmWorld(t)
	secondAccount(t, w)
	awaitActive(t, w, "elsewhere")
	create(t, w, w.SIPTrunk("main"), w.SIPTrunk("other", func(trunk *v1alpha1.SIPTrunk) { trunk.Spec.Twilio.AccountRef.Name = "second" }))
	awaitTrunk(t, w, "other", v1alpha1.ConditionReady, v1alpha1.ReasonActive)
	create(t, w, w.PhoneNumber("first", world.OnTrunk("main"), makesCalls))
	number := awaitActive(t, w, "first")
	before, place := holdings(t, w), numberOnTrunk(t, w)
	number.Spec.CarrierRef.Name = "other"
	if err := w.Client.Update(t.Context(), number); err != nil {
		t.Fatal(err)
	}
	number = awaitReason(t, w, "first", v1alpha1.ConditionReady, v1alpha1.ClassInvalidConfiguration)
	if _, message := condition(number, v1alpha1.ConditionReady); !strings.HasPrefix(message, `the number cannot move to the SIPTrunk "other", which is in another account`) {
		t.Errorf("it says %q", message)
	}
	quiet(t, w)
	wantHoldings(t, w, before)
	if now := numberOnTrunk(t, w); now != place {
		t.Errorf("the number is on %s, want it where it was, on %s", now, place)
	}
	awaitCallers(t, w, w.Number)
	wantRoute(t, w, number)
	remove(t, w, number)
	awaitGone(t, w, number)
	if slices.ContainsFunc(w.Twilio.Numbers(w.Account.SID), func(n twilioNumber) bool { return n.TrunkSID != "" }) {
		t.Error("a number is still on a trunk")
	}
}
