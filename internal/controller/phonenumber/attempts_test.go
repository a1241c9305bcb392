package phonenumber

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider/fake"
)

// TestAttemptsOfTheSetupDoNotCount begins a deletion anew: what failed before it
// neither delays its first retry nor makes the number corrupted sooner.
func TestAttemptsOfTheSetupDoNotCount(t *testing.T) {
	w := established(t)
	carrierSays(fake.Observe, "Number", external.Throttled)(w)
	for range 12 {
		w.later(0)
	}
	w.carrier.Heal()
	w.delete()
	carrierSays(fake.Delete, "Attachment", external.NetworkError)(w)
	w.platform.Fail(fake.Fault{Operation: fake.Connect, Err: refusal(external.NetworkError)})
	wait := w.later(0)
	if wait > time.Second {
		t.Errorf("the first retry of the teardown is after %s, want a second", wait)
	}
	w.later(wait)
	if w.corrupted().Status == metav1.ConditionTrue {
		t.Error("corrupted after two attempts of a passing failure, want three")
	}
}
