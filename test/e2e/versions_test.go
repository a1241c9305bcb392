package e2e

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/test/world"
)

// TestOtherManagerChangesNothing replaces the manager while a number is set up,
// as an upgrade and a rollback do: nothing is changed at a provider, nothing is
// lost from the ledger, and the number is written only if it has to be.
func TestOtherManagerChangesNothing(t *testing.T) {
	cases := map[string]struct {
		reason string
		// status is what the other version has left in the status, as a JSON patch.
		status string
		// written says that the number must be written once.
		written bool
	}{
		"SameShape": {reason: "What is as it should be is left as it is."},
		"OlderShape": {
			reason: "An older version told less: what is missing is filled in.", written: true,
			status: `[{"op":"remove","path":"/status/conditions"},{"op":"remove","path":"/status/observedGeneration"}]`,
		},
		"NewerShape": {
			reason: "A newer version told more, of which this one knows nothing.",
			status: `[{"op":"add","path":"/status/externalResources/0/hint","value":"of a newer version"}]`,
		},
	}
	allowUnknownFields(t)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w, first := calmWorld(t)
			create(t, w, w.PhoneNumber("support-line", world.Outbound))
			before := awaitActive(t, w, "support-line")
			if err := first.Stop(); err != nil {
				t.Fatal(err)
			}
			patchStatus(t, w, tc.status)
			left, changed := get(t, w, "support-line"), mutations(w)
			second := startManager(t, w, world.InsecureMetrics)
			awaitIdle(t, second, "phonenumber", "twilioaccount", "livekitproject", "voiceagent")
			after := awaitActive(t, w, "support-line")
			tr := newTrial(t, w, second)
			tr.wantSettled(t)
			if diff := cmp.Diff(before.Status.ExternalResources, after.Status.ExternalResources); diff != "" {
				t.Errorf("the ledger (-before +after):\n%s", diff)
			}
			if now := mutations(w); now != changed {
				t.Errorf("the providers were changed: %s, before %s", now, changed)
			}
			if (after.ResourceVersion != left.ResourceVersion) != tc.written {
				t.Errorf("it was written: %v, want %v", !tc.written, tc.written)
			}
			remove(t, w, after)
			awaitGone(t, w, after)
			wantHoldings(t, w, nothing)
			tr.check(t)
			if t.Failed() {
				t.Log(tc.reason)
			}
		})
	}
}

// TestMadeByANewerManager rolls back to a manager that does not know what a newer
// one has made: it keeps it in the ledger, says so, and lets go of nothing.
func TestMadeByANewerManager(t *testing.T) {
	w, manager := calmWorld(t)
	create(t, w, w.PhoneNumber("support-line"))
	awaitActive(t, w, "support-line")
	patchStatus(t, w, `[{"op":"add","path":"/status/externalResources/-","value":{
		"slot": "profile", "provider": "telnyx", "kind": "Profile", "account": "acme", "id": "1", "name": "p", "origin": "Created", "state": "Ready",
		"connection": {"kind": "TelnyxAccount", "name": "telnyx"}}}]`)
	remove(t, w, w.PhoneNumber("support-line"))
	number := awaitReason(t, w, "support-line", v1alpha1.ConditionCorrupted, v1alpha1.ClassInvalidConfiguration)
	wantCorrupted(t, number)
	if _, message := condition(number, v1alpha1.ConditionCorrupted); !strings.Contains(message, "TelnyxAccount") {
		t.Errorf("the message does not name what is not known: %s", message)
	}
	if _, kept := ledger.Find(number.Status.ExternalResources, external.Slot("profile")); !kept {
		t.Errorf("the ledger has lost what was made: %s", render(number.Status))
	}
	wantHoldings(t, w, nothing)
	// The newer version takes it down; the next retry sees that.
	patchStatus(t, w, `[{"op":"replace","path":"/status/externalResources","value":[]}]`)
	awaitGone(t, w, number)
	newTrial(t, w, manager).check(t)
}

// patchStatus writes the status as another manager has left it.
func patchStatus(t *testing.T, w *world.World, patch string) {
	t.Helper()
	if patch == "" {
		return
	}
	if _, stderr, err := w.Plane.Kubectl(t.Context(), "patch", "phone", "support-line", "-n", w.Namespace, "--subresource=status", "--type=json", "-p", patch); err != nil {
		t.Fatal(err, stderr)
	}
}

// allowUnknownFields has the CRD keep what it does not know in the ledger, as a
// newer CRD would what it knows, until the end of the test.
func allowUnknownFields(t *testing.T) {
	t.Helper()
	const patch = `[{"op":"add","path":"/spec/versions/0/schema/openAPIV3Schema/properties/status/properties/externalResources/items/x-kubernetes-preserve-unknown-fields","value":true}]`
	if _, stderr, err := plane.Kubectl(t.Context(), "patch", "crd", "phonenumbers.callplane.io", "--type=json", "-p", patch); err != nil {
		t.Fatal(err, stderr)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		install(ctx, t, "config/crd")
	})
}
