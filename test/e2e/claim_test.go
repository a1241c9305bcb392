package e2e

import (
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/world"
)

// TestTwoWantOneNumber shows that a number has one owner: the loser calls
// nobody, leaves no trace, and takes over when the winner is gone.
func TestTwoWantOneNumber(t *testing.T) {
	w, _ := calmWorld(t)
	create(t, w, w.PhoneNumber("first"))
	first := awaitActive(t, w, "first")
	quiet(t, w)
	before, calls := holdings(t, w), len(w.Twilio.Calls())+len(w.Proxy.Calls())

	create(t, w, w.PhoneNumber("second"), w.PhoneNumber("third"))
	second := awaitReason(t, w, "second", v1alpha1.ConditionReady, v1alpha1.ReasonConflict)
	third := awaitReason(t, w, "third", v1alpha1.ConditionReady, v1alpha1.ReasonConflict)
	if _, message := condition(second, v1alpha1.ConditionReady); !strings.Contains(message, w.Namespace+"/first") {
		t.Errorf("the message does not name the owner: %s", message)
	}
	remove(t, w, third)
	awaitGone(t, w, third)
	if after := len(w.Twilio.Calls()) + len(w.Proxy.Calls()); after != calls {
		t.Errorf("the losers made %d provider calls, want none", after-calls)
	}
	wantHoldings(t, w, before)

	remove(t, w, first)
	awaitGone(t, w, first)
	awaitActive(t, w, "second")
	if got := holdings(t, w); len(got.Trunks) != 1 || !strings.Contains(got.Trunks[0], string(second.UID)) {
		t.Errorf("trunks %q: want that of the second", got.Trunks)
	}
}

// TestNothingCreated shows that a number whose credentials never existed comes
// and goes without a call.
func TestNothingCreated(t *testing.T) {
	w := emptyWorld(t)
	create(t, w, w.TwilioAccount(), w.LiveKitProject(), w.VoiceAgent())
	startManager(t, w)
	create(t, w, w.PhoneNumber("support-line"))
	number := awaitReason(t, w, "support-line", v1alpha1.ConditionReady, v1alpha1.ClassCredentialsMissing)
	remove(t, w, number)
	awaitGone(t, w, number)
	if calls := len(w.Twilio.Calls()) + len(w.Proxy.Calls()); calls != 0 {
		t.Errorf("%d provider calls, want none", calls)
	}
}

// TestPaused shows that a paused deletion holds everything as it is, visibly,
// and goes on afterwards.
func TestPaused(t *testing.T) {
	w, _ := readyWorld(t)
	create(t, w, w.PhoneNumber("support-line"))
	number := awaitActive(t, w, "support-line")
	annotate(t, w, "support-line", v1alpha1.AnnotationPaused, "true")
	before := holdings(t, w)
	remove(t, w, number)
	awaitReason(t, w, "support-line", v1alpha1.ConditionDeleting, v1alpha1.ReasonPaused)
	wantHoldings(t, w, before)
	annotate(t, w, "support-line", v1alpha1.AnnotationPaused, "false")
	awaitGone(t, w, number)
	wantHoldings(t, w, nothing)
}

// TestOthersFinalizers shows that nothing is taken down before those who asked
// to be waited for have let go.
func TestOthersFinalizers(t *testing.T) {
	w, _ := readyWorld(t)
	create(t, w, w.PhoneNumber("support-line", func(n *v1alpha1.PhoneNumber) { n.Finalizers = []string{"example.org/billing"} }))
	number := awaitActive(t, w, "support-line")
	before := holdings(t, w)
	remove(t, w, number)
	number = awaitReason(t, w, "support-line", v1alpha1.ConditionDeleting, v1alpha1.ReasonBlocked)
	if _, message := condition(number, v1alpha1.ConditionDeleting); !strings.Contains(message, "example.org/billing") {
		t.Errorf("the message does not name the finalizer: %s", message)
	}
	wantHoldings(t, w, before)
	patch := client.MergeFrom(number.DeepCopy())
	number.Finalizers = []string{v1alpha1.FinalizerTeardown}
	if err := w.Client.Patch(t.Context(), number, patch); err != nil {
		t.Fatal(err)
	}
	awaitGone(t, w, number)
	wantHoldings(t, w, nothing)
}

// TestNamespaceDeletion shows that a whole namespace goes in one go: the Secrets
// that the teardown needs are kept until it has ended.
func TestNamespaceDeletion(t *testing.T) {
	w, _ := readyWorld(t)
	create(t, w, w.PhoneNumber("support-line", world.Outbound))
	awaitActive(t, w, "support-line")
	if _, stderr, err := w.Plane.Kubectl(t.Context(), "delete", "namespace", w.Namespace, "--timeout=40s"); err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
	wantHoldings(t, w, nothing)
}

// TestAccountGone shows that a teardown without its account waits for it, by
// name, and ends when it is there again.
func TestAccountGone(t *testing.T) {
	w, _ := calmWorld(t)
	create(t, w, w.PhoneNumber("support-line"))
	number := awaitActive(t, w, "support-line")
	for _, kind := range []string{"twilioaccount/" + world.AccountName, "secret/" + world.AccountSecret} {
		forceAway(t, w, kind)
	}
	remove(t, w, number)
	wantCorrupted(t, awaitReason(t, w, "support-line", v1alpha1.ConditionCorrupted, v1alpha1.ClassCredentialsMissing))
	create(t, w, w.TwilioSecret(), w.TwilioAccount())
	healed := time.Now()
	awaitGone(t, w, number)
	if took := time.Since(healed); took > 10*time.Second {
		t.Errorf("it took %s, want 10s at most", took)
	}
	wantHoldings(t, w, nothing)
}

// forceAway deletes an object together with its finalizers, as a person who may
// do everything can.
func forceAway(t *testing.T, w *world.World, name string) {
	t.Helper()
	for _, arguments := range [][]string{
		{"delete", "--wait=false", name},
		{"patch", name, "--type=merge", "-p", `{"metadata":{"finalizers":null}}`},
	} {
		if _, stderr, err := w.Plane.Kubectl(t.Context(), append([]string{"-n", w.Namespace}, arguments...)...); err != nil && !strings.Contains(stderr, "NotFound") {
			t.Fatalf("%v: %s", err, stderr)
		}
	}
}
