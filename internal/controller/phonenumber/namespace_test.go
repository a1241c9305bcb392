package phonenumber

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider/fake"
)

// endNamespace deletes the namespace, whose objects follow later.
func (w *world) endNamespace() {
	w.t.Helper()
	var namespace corev1.Namespace
	if err := w.api.Get(w.t.Context(), client.ObjectKeyFromObject(newNamespace()), &namespace); err != nil {
		w.t.Fatal(err)
	}
	namespace.Finalizers = []string{foreign}
	if err := w.api.Update(w.t.Context(), &namespace); err != nil {
		w.t.Fatal(err)
	}
	if err := w.api.Delete(w.t.Context(), &namespace); err != nil {
		w.t.Fatal(err)
	}
}

// TestTerminatingNamespace makes nothing for a number whose namespace is being
// deleted while its own turn has not come yet, and takes down what was made before.
func TestTerminatingNamespace(t *testing.T) {
	cases := map[string]struct {
		reason string
		fault  *fake.Fault
		made   map[string]int
	}{
		"new":         {reason: "nothing is begun", made: onlyTheNumber},
		"half set up": {reason: "nothing is continued", fault: &fake.Fault{Operation: fake.Create, Kind: "Rule", Err: refusal(external.Throttled)}, made: map[string]int{"Number": 1, "Trunk": 1, "URL": 1, "List": 1, "Credential": 1, "ListLink": 1, "Inbound": 1}},
		"set up":      {reason: "nothing is lacking", fault: &fake.Fault{Operation: fake.Observe, Kind: "Nothing"}, made: oneOfEach},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if c.fault != nil {
				w.carrier.Fail(*c.fault)
				w.platform.Fail(*c.fault)
				w.visited()
			}
			w.endNamespace()
			w.restart(2 * grace)
			for range 3 {
				w.visited()
				w.clock.SetTime(w.clock.Now().Add(time.Minute))
			}
			w.holds(c.reason, c.made)
			if ready := condition(w.number(), v1alpha1.ConditionReady); name != "set up" && (ready.Reason != v1alpha1.ReasonProvisioning || !strings.Contains(ready.Message, "namespace")) {
				t.Errorf("Ready is %s, %q; want it to say what it is about", ready.Reason, ready.Message)
			}
			w.delete()
			w.settle("the deletion")
			w.holds("after the deletion", onlyTheNumber)
		})
	}
}

// TestNamespaceUnread makes nothing while it is not known whether the namespace
// stays.
func TestNamespaceUnread(t *testing.T) {
	w := newWorld(t)
	if err := w.api.Delete(t.Context(), newNamespace()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.visit(); err == nil {
		t.Error("the visit succeeded, want the error of the read")
	}
	w.holds("nothing is made", onlyTheNumber)
}
