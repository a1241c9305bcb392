//go:build clients

package argocd

import (
	"context"
	"fmt"
	"testing"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/clients/stage"
	"github.com/callplane/callplane/test/twiliosim"
)

// TestWaves shows what docs/argocd.md warns of: a number that is Corrupted, and not in the
// last wave of its Application, keeps all other changes out until it is gone.
func TestWaves(t *testing.T) {
	a := &application{installation: install(t), repository: newRepository(t), name: "waves"}
	inWave := func(name, number, wave string) *v1alpha1.PhoneNumber {
		n := a.w.PhoneNumber(name)
		n.Spec.Number = number
		n.Annotations = map[string]string{"argocd.argoproj.io/sync-wave": wave}
		return n
	}
	early := inWave("early-line", stage.AddNumber(a.w, "+14155550300"), "0")
	late := inWave("late-line", stage.AddNumber(a.w, "+14155550301"), "1")
	a.put(t, a.name, early)
	a.put(t, a.name, late)
	a.apply(t)
	a.await(t, "Synced", "Healthy", map[string]string{"early-line": upAndRunning, "late-line": upAndRunning})

	a.w.Twilio.Inject(twiliosim.Fault{Match: twiliosim.Match{Operation: "trunk.*"}, Action: twiliosim.Fail(403, 20403), Count: twiliosim.Forever})
	a.remove(t, a.name, "early-line")
	a.refresh(t)
	corrupted := stage.AwaitReason(t, a.w, "early-line", v1alpha1.ConditionCorrupted, v1alpha1.ClassPermissionDenied)
	a.awaitOperation(t, "waiting for deletion of callplane.io/PhoneNumber/early-line")
	late.Spec.DisplayName = "At night"
	a.put(t, a.name, late)
	a.refresh(t)
	stays(t, "the change is kept out", func(context.Context) string {
		if a.number(t, "late-line").Spec.DisplayName != "" {
			return "it was synced"
		}
		return ""
	})

	a.w.Twilio.ClearFaults()
	a.mustAct(t, "retry", "early-line")
	stage.AwaitGone(t, a.w, corrupted)
	stage.Eventually(t, "the change to be synced", func(context.Context) string {
		if got := a.number(t, "late-line").Spec.DisplayName; got != late.Spec.DisplayName {
			return fmt.Sprintf("displayName is %q", got)
		}
		return ""
	})
}
