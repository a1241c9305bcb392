package phonenumber

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider/fake"
)

func pausedByHand(n *v1alpha1.PhoneNumber) {
	metav1.SetMetaDataAnnotation(&n.ObjectMeta, v1alpha1.AnnotationPaused, "true")
}

func resumed(n *v1alpha1.PhoneNumber) { delete(n.Annotations, v1alpha1.AnnotationPaused) }

func TestPausedNewNumber(t *testing.T) {
	w := newWorld(t, pausedByHand)
	for range 2 {
		if result := w.visited(); result.RequeueAfter != 0 {
			t.Errorf("it is looked at again after %s, want only when the annotation changes", result.RequeueAfter)
		}
	}
	if diff := cmp.Diff([]string{"status PhoneNumber"}, w.happened()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	number := w.number()
	if ready := condition(number, v1alpha1.ConditionReady); ready.Reason != v1alpha1.ReasonProvisioning || number.Status.Problem != "" {
		t.Errorf("Ready is %+v and the problem %q, want a number that waits and has none", ready, number.Status.Problem)
	}
	if len(number.Finalizers) > 0 {
		t.Errorf("finalizers %q, want none before anything is made", number.Finalizers)
	}
	w.edit(resumed)
	w.visited()
	w.holds("after the annotation was removed", oneOfEach)
}

func TestPausedActiveNumber(t *testing.T) {
	w := established(t)
	w.edit(pausedByHand)
	before := w.number()
	w.carrier.All("Trunk")[0].Spec = "changed by hand"
	w.visited()
	if len(w.happened()) > 0 || w.secretReads > 0 {
		t.Errorf("%q happened to a number that is held as it is", w.happened())
	}
	if diff := cmp.Diff(before, w.number()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestPausedFailingNumber leaves what a failure said: it is still true.
func TestPausedFailingNumber(t *testing.T) {
	w := newWorld(t)
	w.carrier.Fail(fake.Fault{Operation: fake.Create, Kind: "Trunk", Err: &external.Error{Class: external.QuotaExceeded, Message: "100 trunks"}})
	w.visited()
	w.edit(pausedByHand)
	before := w.number()
	w.visited()
	if diff := cmp.Diff(before, w.number()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
