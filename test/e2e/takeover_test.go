package e2e

import (
	"context"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/test/twiliosim"
	"github.com/callplane/callplane/test/world"
)

const reception = "+14155550160"

func takenOver(n *v1alpha1.PhoneNumber) {
	n.Spec.Number, n.Spec.Acquisition = reception, v1alpha1.AcquisitionTakeOver
}

// serves is what the number of the reception serves: a trunk or a voice application.
func serves(w *world.World) string {
	for _, number := range w.Twilio.Numbers(w.Account.SID) {
		if number.PhoneNumber == reception {
			return number.TrunkSID + number.VoiceApplicationSID
		}
	}
	return "nothing, and is gone"
}

// killUnanswered kills a manager whose request has happened and is answered by nobody,
// and starts another one.
func killUnanswered(t *testing.T, w *world.World, manager *world.Manager, operation string, during func()) *world.Manager {
	t.Helper()
	unanswered := w.Twilio.Inject(twiliosim.Fault{Match: twiliosim.Match{Operation: operation}, Action: twiliosim.Hang().AfterApply()})
	during()
	eventually(t, operation, func(context.Context) string {
		if unanswered.Hits() == 0 {
			return "it was not sent yet"
		}
		return ""
	})
	manager.Kill()
	return startManager(t, w)
}

// TestTakeOver takes a number from what it serves, with managers that are killed in the
// middle of that, and in the middle of giving it back.
func TestTakeOver(t *testing.T) {
	cases := map[string]struct {
		reason string
		use    func(*world.World) (twiliosim.NumberOptions, string)
		back   string
	}{
		"Trunk": {"it moves from trunk to trunk", func(w *world.World) (twiliosim.NumberOptions, string) {
			trunk := w.Twilio.AddTrunk(w.Account.SID, "reception", "reception.pstn.twilio.com")
			return twiliosim.NumberOptions{TrunkSID: trunk}, trunk
		}, "number.attach"},
		"Application": {"a trunk and a voice application exclude each other", func(w *world.World) (twiliosim.NumberOptions, string) {
			application := w.Twilio.AddApplication(w.Account.SID, "ivr")
			return twiliosim.NumberOptions{VoiceApplicationSID: application}, application
		}, "number.update"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w, manager := calmWorld(t)
			options, previous := c.use(w)
			w.Twilio.AddNumber(w.Account.SID, reception, options)
			manager = killUnanswered(t, w, manager, "number.attach", func() { create(t, w, w.PhoneNumber("reception-line", takenOver)) })
			number := awaitActive(t, w, "reception-line")
			entry, _ := ledger.Find(number.Status.ExternalResources, external.SlotAttachment)
			if entry.Origin != v1alpha1.OriginTakenOver || entry.Previous != previous || serves(w) != entry.ParentID {
				t.Errorf("%s: the number serves %s, and the ledger has %+v, want it taken from %s", c.reason, serves(w), entry, previous)
			}
			killUnanswered(t, w, manager, c.back, func() { remove(t, w, number) })
			awaitGone(t, w, number)
			if got := serves(w); got != previous {
				t.Errorf("%s: the number serves %q, want %s again", c.reason, got, previous)
			}
		})
	}
}

// TestNotTakenOver leaves a number where it is that another Callplane has, and takes it
// once that is gone.
func TestNotTakenOver(t *testing.T) {
	w, _ := calmWorld(t)
	const marked = "cp-zzzzzz-0f8fad5b-d9cb-469f-a165-70867728950e-a89d1355-trunk"
	trunk := w.Twilio.AddTrunk(w.Account.SID, marked, "theirs.pstn.twilio.com")
	w.Twilio.AddNumber(w.Account.SID, reception, twiliosim.NumberOptions{TrunkSID: trunk})
	create(t, w, w.PhoneNumber("reception-line", takenOver))
	number := awaitReason(t, w, "reception-line", v1alpha1.ConditionReady, v1alpha1.ReasonNumberInUse)
	ready := meta.FindStatusCondition(number.Status.Conditions, v1alpha1.ConditionReady)
	if !strings.Contains(ready.Message, trunk) || !strings.Contains(ready.Message, marked) || serves(w) != trunk {
		t.Errorf("the number serves %s, and Ready says %q, want it to name %s and %s", serves(w), ready.Message, trunk, marked)
	}
	w.Twilio.RemoveTrunk(trunk)
	awaitActive(t, w, "reception-line")
}
