package e2e

import (
	"context"
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/world"
)

// TestForcedTrunk forces a trunk whose cleanup has failed: what is left is on record, and
// is deleted from there once somebody may.
func TestForcedTrunk(t *testing.T) {
	w, _ := calmWorld(t)
	trunk := w.SIPTrunk("main", trunkOverTLS)
	create(t, w, trunk)
	awaitTrunk(t, w, "main", v1alpha1.ConditionReady, v1alpha1.ReasonActive)
	setToken(t, w, wrongToken)
	remove(t, w, trunk)
	corrupted := awaitTrunk(t, w, "main", v1alpha1.ConditionCorrupted, v1alpha1.ClassAuthenticationFailed)
	said := meta.FindStatusCondition(corrupted.Status.Conditions, v1alpha1.ConditionCorrupted).Message
	wantLeftovers(t, w, said)

	forcer := user(t, w.Namespace, "forcer", "callplane-force-delete")
	if _, stderr, err := forcer.kubectl(t, "annotate", "siptrunk", "main", "-n", w.Namespace, forceIt); err != nil {
		t.Fatal(err, stderr)
	}
	awaitGone(t, w, trunk)
	wantOrphanRecord(t, w, corrupted, v1alpha1.ReasonForceDeleted)
	setToken(t, w, w.Account.AuthToken)
	if stderr, err := annotateRecord(t, cleaner(t), string(corrupted.UID)); err != nil {
		t.Fatal(err, stderr)
	}
	awaitClosed(t, w, string(corrupted.UID))
	wantHoldings(t, w, nothing)
}

// TestRetainedTrunk leaves everything of a trunk, with a record.
func TestRetainedTrunk(t *testing.T) {
	w, _ := calmWorld(t)
	trunk := w.SIPTrunk("main", retainedTrunk)
	create(t, w, trunk)
	active := awaitTrunk(t, w, "main", v1alpha1.ConditionReady, v1alpha1.ReasonActive)
	before := holdings(t, w)
	remove(t, w, trunk)
	awaitGone(t, w, trunk)
	wantHoldings(t, w, before)
	wantOrphanRecord(t, w, active, v1alpha1.ReasonRetained)
}

// TestLostTrunk strips a trunk of its finalizer and creates it again: its numbers move
// over, and what it had is found by the sweep.
func TestLostTrunk(t *testing.T) {
	w, _ := calmWorld(t, sweepOften)
	trunk := w.SIPTrunk("main", trunkOverTLS)
	create(t, w, trunk, w.PhoneNumber("first", world.OnTrunk("main"), makesCalls))
	awaitActive(t, w, "first")
	lost := awaitTrunk(t, w, "main", v1alpha1.ConditionReady, v1alpha1.ReasonActive)
	if err := w.Client.Patch(t.Context(), lost.DeepCopy(), merge(`{"metadata":{"finalizers":null}}`)); err != nil {
		t.Fatal(err)
	}
	remove(t, w, trunk)
	awaitGone(t, w, trunk)
	create(t, w, w.SIPTrunk("main", trunkOverTLS))
	again := awaitTrunk(t, w, "main", v1alpha1.ConditionReady, v1alpha1.ReasonActive)
	eventually(t, "the number to be on the new trunk", func(context.Context) string {
		if got, want := numberOnTrunk(t, w), again.Status.ExternalResources[0].ID; got != want {
			return fmt.Sprintf("it is on %s, not on %s", got, want)
		}
		return ""
	})
	uid := string(lost.UID)
	awaitSwept(t, w, lost)
	if stderr, err := annotateRecord(t, cleaner(t), uid); err != nil {
		t.Fatal(err, stderr)
	}
	awaitClosed(t, w, uid)
	number := awaitActive(t, w, "first")
	awaitCallers(t, w, w.Number)
	wantRoute(t, w, number)
	remove(t, w, number, again)
	awaitGone(t, w, again)
	wantHoldings(t, w, nothing)
}
