package e2e

import (
	"context"
	"slices"
	"testing"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/world"
)

// TestStrippedFinalizer strips the finalizer of a number that lives, as whoever may
// do everything does by replacing it without: it is put back, so that deleting the
// number still takes down what was made.
func TestStrippedFinalizer(t *testing.T) {
	w, manager := calmWorld(t)
	create(t, w, w.PhoneNumber("support-line"))
	number := awaitActive(t, w, "support-line")
	before := mutations(w)
	if err := w.Client.Patch(t.Context(), number, merge(`{"metadata":{"finalizers":null}}`)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the finalizer to be put back", func(context.Context) string {
		if !slices.Contains(get(t, w, "support-line").Finalizers, v1alpha1.FinalizerTeardown) {
			return "it is not there"
		}
		return ""
	})
	tr := newTrial(t, w, manager)
	tr.wantSettled(t)
	if after := mutations(w); after != before {
		t.Errorf("the providers were changed: %s, before %s", after, before)
	}
	remove(t, w, number)
	awaitGone(t, w, number)
	wantHoldings(t, w, nothing)
	tr.check(t)
}

// TestCRDDeletion deletes the CRD of numbers while there are some, as it was said
// that one may: it goes once they are torn down, and the manager serves those that
// come with the next CRD.
func TestCRDDeletion(t *testing.T) {
	t.Parallel()
	own := ownPlane(t)
	w := newWorldOn(t, own, world.Options{Logf: t.Logf})
	if err := w.Populate(testContext(t)); err != nil {
		t.Fatal(err)
	}
	manager := startManager(t, w)
	create(t, w, w.PhoneNumber("support-line", world.Outbound), otherNumber(w))
	awaitActive(t, w, "support-line")
	awaitActive(t, w, "other")
	const crd = "phonenumbers.callplane.io"
	for _, arguments := range [][]string{
		{"annotate", "crd", crd, v1alpha1.AnnotationAllowCRDDeletion + "=true"},
		{"delete", "crd", crd, "--timeout=60s"},
	} {
		if _, stderr, err := own.Kubectl(t.Context(), arguments...); err != nil {
			t.Fatal(err, stderr)
		}
	}
	wantHoldings(t, w, nothing)
	if _, stderr, err := own.Kubectl(t.Context(), "apply", "--server-side", "-k", inRepository(t, "config/crd")); err != nil {
		t.Fatal(err, stderr)
	}
	eventually(t, "the kind to be served", func(ctx context.Context) string {
		if err := w.Client.List(ctx, &v1alpha1.PhoneNumberList{}); err != nil {
			return err.Error()
		}
		return ""
	})
	create(t, w, w.PhoneNumber("support-line", world.Outbound))
	newTrial(t, w, manager).finish(t)
}
