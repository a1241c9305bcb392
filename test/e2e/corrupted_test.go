package e2e

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/twiliosim"
	"github.com/callplane/callplane/test/world"
)

// TestCorruptedAndHealed shows that a cleanup which fails for good keeps the
// object, says what is left, and ends by itself once the cause is mended.
func TestCorruptedAndHealed(t *testing.T) {
	w, _, number := corruptedWorld(t)
	wantCorrupted(t, number)
	h := holdings(t, w)
	if len(h.Rules)+len(h.InboundTrunks)+len(h.OutboundTrunks) > 0 {
		t.Errorf("LiveKit still holds %v", h)
	}
	wantLeftoversListed(t, w, number)
	wantEvent(t, w, number, v1alpha1.ClassAuthenticationFailed)

	setToken(t, w, w.Account.AuthToken)
	healed := time.Now()
	awaitGone(t, w, number)
	if took := time.Since(healed); took > 10*time.Second {
		t.Errorf("it took %s from the right token to the end, want 10s at most", took)
	}
	wantHoldings(t, w, nothing)
}

func setToken(t *testing.T, w *world.World, token string) {
	t.Helper()
	var secret corev1.Secret
	if err := w.Client.Get(t.Context(), client.ObjectKey{Namespace: w.Namespace, Name: world.AccountSecret}, &secret); err != nil {
		t.Fatal(err)
	}
	secret.Data = map[string][]byte{"authToken": []byte(token)}
	if err := w.Client.Update(t.Context(), &secret); err != nil {
		t.Fatal(err)
	}
}

// wantCorrupted sees that Ready, Corrupted and Stalled speak with one voice.
func wantCorrupted(t *testing.T, number *v1alpha1.PhoneNumber) {
	t.Helper()
	reason, message := condition(number, v1alpha1.ConditionCorrupted)
	for _, kind := range []string{v1alpha1.ConditionReady, v1alpha1.ConditionStalled} {
		gotReason, gotMessage := condition(number, kind)
		if diff := cmp.Diff([]string{reason, message}, []string{gotReason, gotMessage}); diff != "" {
			t.Errorf("%s (-Corrupted +%s):\n%s", kind, kind, diff)
		}
	}
	if meta.FindStatusCondition(number.Status.Conditions, v1alpha1.ConditionReconciling) != nil {
		t.Error("a corrupted number must not be Reconciling")
	}
	if !strings.HasPrefix(message, "Failed to cleanup external resources.") || len(message) > 1000 || strings.Contains(message, "\n") {
		t.Errorf("message %q: want one line of at most 1000 bytes that begins with the failure", message)
	}
	if deleting, _ := condition(number, v1alpha1.ConditionDeleting); deleting != v1alpha1.ReasonCleanupFailed {
		t.Errorf("Deleting is %s, want %s", deleting, v1alpha1.ReasonCleanupFailed)
	}
	if number.Status.Problem != reason {
		t.Errorf("problem is %q, want %q", number.Status.Problem, reason)
	}
}

// wantLeftoversListed compares the message with what Twilio really holds.
func wantLeftoversListed(t *testing.T, w *world.World, number *v1alpha1.PhoneNumber) {
	t.Helper()
	_, message := condition(number, v1alpha1.ConditionCorrupted)
	wantLeftovers(t, w, message)
	if strings.Contains(message, "livekit") {
		t.Errorf("the message lists what is gone:\n%s", message)
	}
}

// wantLeftovers wants a message to name all that Twilio holds.
func wantLeftovers(t *testing.T, w *world.World, message string) {
	t.Helper()
	ids := []string{w.Twilio.Trunks("")[0].SID, w.Twilio.OriginationURLs("")[0].SID, w.Twilio.CredentialLists("")[0].SID, w.Twilio.Credentials("")[0].SID, w.Twilio.IPAccessControlLists("")[0].SID}
	for _, id := range ids {
		if !strings.Contains(message, id) {
			t.Errorf("the message does not list %s:\n%s", id, message)
		}
	}
}

func wantEvent(t *testing.T, w *world.World, number *v1alpha1.PhoneNumber, reason string) {
	t.Helper()
	eventually(t, "an event "+reason, func(ctx context.Context) string {
		stdout, stderr, err := w.Plane.Kubectl(ctx, "get", "events.events.k8s.io", "-n", number.Namespace, "-o", "jsonpath={.items[*].reason}")
		if err != nil {
			return stderr
		}
		if !strings.Contains(stdout, reason) {
			return "there are " + stdout
		}
		return ""
	})
}

// TestLastingErrors shows that errors which come back until a person acts make
// a number corrupted at once, with the class that says what to do.
func TestLastingErrors(t *testing.T) {
	cases := map[string]struct {
		reason string
		fault  twiliosim.Fault
		policy v1alpha1.DeletionPolicy
		class  string
	}{
		"Forbidden": {
			reason: "403 is a missing permission, never absence.",
			fault:  twiliosim.Fault{Match: twiliosim.Match{Operation: "trunk.*"}, Action: twiliosim.Fail(403, 20403), Count: twiliosim.Forever},
			class:  v1alpha1.ClassPermissionDenied,
		},
		"EmergencyAddressOnTrunk": {
			reason: "A trunk whose number is registered for emergency calls stays until a person removes that.",
			fault:  twiliosim.Fault{Match: twiliosim.Match{Operation: "trunk.delete"}, Action: twiliosim.Fail(400, 21634), Count: twiliosim.Forever},
			class:  v1alpha1.ClassResourceInUse,
		},
		"ListStillMapped": {
			reason: "A credential list that Twilio says is mapped elsewhere is not forced.",
			fault:  twiliosim.Fault{Match: twiliosim.Match{Operation: "credentiallist.delete"}, Action: twiliosim.Fail(400, 21241), Count: twiliosim.Forever},
			class:  v1alpha1.ClassResourceInUse,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w, _ := readyWorld(t)
			create(t, w, w.PhoneNumber("support-line", world.Outbound))
			number := awaitActive(t, w, "support-line")
			w.Twilio.Inject(tc.fault)
			remove(t, w, number)
			wantCorrupted(t, awaitReason(t, w, "support-line", v1alpha1.ConditionCorrupted, tc.class))
			w.Twilio.ClearFaults()
			requestRetry(t, w, "support-line")
			awaitGone(t, w, number)
			wantHoldings(t, w, nothing)
			if t.Failed() {
				t.Log(tc.reason)
			}
		})
	}
}

// TestEmergencyAddress shows that a number with an emergency address is not
// given back, that everything else is gone, and what to do is said.
func TestEmergencyAddress(t *testing.T) {
	w, _ := readyWorld(t)
	create(t, w, w.PhoneNumber("support-line", world.Policy(v1alpha1.DeletionPolicyRelease)))
	number := awaitActive(t, w, "support-line")
	sid := w.Twilio.Numbers(w.Account.SID)[0].SID
	w.Twilio.EditNumber(sid, func(n *twilioNumber) { n.EmergencyAddressStatus = "registered" })
	remove(t, w, number)
	number = awaitReason(t, w, "support-line", v1alpha1.ConditionCorrupted, v1alpha1.ClassResourceInUse)
	wantCorrupted(t, number)
	if _, message := condition(number, v1alpha1.ConditionCorrupted); !strings.Contains(message, "emergency address") {
		t.Errorf("the message does not say what to do: %s", message)
	}
	requestRetry(t, w, "support-line")
	eventually(t, "the retry to be handled", func(context.Context) string {
		if get(t, w, "support-line").Status.LastHandledRetryAt == number.Status.LastHandledRetryAt {
			return "lastHandledRetryAt has not changed"
		}
		return ""
	})
	w.Twilio.EditNumber(sid, func(n *twilioNumber) { n.EmergencyAddressStatus = "unregistered" })
	requestRetry(t, w, "support-line")
	awaitGone(t, w, number)
	if numbers := w.Twilio.Numbers(w.Account.SID); len(numbers) != 0 {
		t.Errorf("the number was not given back: the account has %+v", numbers)
	}
}

// requestRetry asks for a retry. The manager's own may have come first, and the
// number be gone with it.
func requestRetry(t *testing.T, w *world.World, name string) {
	t.Helper()
	value := v1alpha1.AnnotationRetryRequestedAt + "=" + time.Now().Format(time.RFC3339Nano)
	_, stderr, err := w.Plane.Kubectl(t.Context(), "annotate", "--overwrite", "-n", w.Namespace, "phone", name, value)
	if err != nil && !strings.Contains(stderr, "NotFound") {
		t.Fatalf("%v: %s", err, stderr)
	}
}

func annotate(t *testing.T, w *world.World, name, key, value string) {
	t.Helper()
	if _, stderr, err := w.Plane.Kubectl(t.Context(), "annotate", "--overwrite", "-n", w.Namespace, "phone", name, key+"="+value); err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
}

// TestOtherAccount shows that a 404 is not believed when the credentials have
// come to belong to another account.
func TestOtherAccount(t *testing.T) {
	w := emptyWorld(t)
	key := w.Twilio.AddAPIKey(w.Account.SID)
	if err := w.Populate(testContext(t)); err != nil {
		t.Fatal(err)
	}
	setKey(t, w, key)
	startManager(t, w)
	create(t, w, w.PhoneNumber("support-line"))
	number := awaitActive(t, w, "support-line")

	stranger := w.Twilio.AddAccount(twiliosim.AccountOptions{})
	setKey(t, w, w.Twilio.AddAPIKey(stranger.SID))
	remove(t, w, number)
	wantCorrupted(t, awaitReason(t, w, "support-line", v1alpha1.ConditionCorrupted, v1alpha1.ClassAccountMismatch))
	if trunks := w.Twilio.Trunks(w.Account.SID); len(trunks) != 1 {
		t.Errorf("the account has %d trunks, want the 1 that could not be deleted", len(trunks))
	}
	setKey(t, w, key)
	awaitGone(t, w, number)
	wantHoldings(t, w, nothing)
}

func setKey(t *testing.T, w *world.World, key twiliosim.APIKey) {
	t.Helper()
	secret := w.TwilioSecret()
	secret.StringData = map[string]string{"apiKeySid": key.SID, "apiKeySecret": key.Secret}
	patch := client.RawPatch("application/merge-patch+json", mustJSON(t, map[string]any{"data": nil, "stringData": secret.StringData}))
	if err := w.Client.Patch(t.Context(), secret, patch); err != nil {
		t.Fatal(err)
	}
}
