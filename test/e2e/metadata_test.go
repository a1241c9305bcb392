package e2e

import (
	"context"
	"maps"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
)

// TestMetadataOfOthers shows that annotations, labels and finalizers of others stay on a
// number whose cache has only a part of them: what kubectl applied last, above all.
func TestMetadataOfOthers(t *testing.T) {
	w, _ := calmWorld(t)
	number := w.PhoneNumber("support-line", func(n *v1alpha1.PhoneNumber) {
		n.Labels = map[string]string{"team": "support"}
		n.Annotations = map[string]string{
			"kubectl.kubernetes.io/last-applied-configuration": `{"spec":{}}`, "example.com/note": "of others",
			v1alpha1.AnnotationRetryRequestedAt: "2026-01-01T00:00:00Z",
		}
		n.Finalizers = []string{"example.com/hold"}
	})
	want := maps.Clone(number.Annotations)
	create(t, w, number)
	live := awaitActive(t, w, "support-line")
	check := func(when string) {
		t.Helper()
		if err := w.Client.Get(t.Context(), client.ObjectKeyFromObject(number), live); err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(want, live.Annotations) || live.Labels["team"] != "support" || live.Finalizers[0] != "example.com/hold" {
			t.Errorf("%s: annotations %v, labels %v, finalizers %v", when, live.Annotations, live.Labels, live.Finalizers)
		}
	}
	check("once it is set up")

	live.Finalizers = []string{"example.com/hold"}
	if err := w.Client.Update(t.Context(), live); err != nil {
		t.Fatal(err)
	}
	eventually(t, "our finalizer to be put back", func(context.Context) string {
		check("once ours was stripped")
		if len(live.Finalizers) != 2 {
			return "it has " + render(live.Finalizers)
		}
		return ""
	})

	remove(t, w, live)
	awaitReason(t, w, "support-line", v1alpha1.ConditionDeleting, v1alpha1.ReasonBlocked)
	check("while it is held")
	if err := w.Client.Patch(t.Context(), live, merge(`{"metadata":{"finalizers":["callplane.io/teardown"]}}`)); err != nil {
		t.Fatal(err)
	}
	awaitGone(t, w, live)
}
