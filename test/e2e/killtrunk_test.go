package e2e

import (
	"strings"
	"testing"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/world"
)

// ofMove covers what changes anything while a number moves between two trunks, except
// for writes that are made as often as it has to wait.
func ofMove(effect string) bool {
	changes := !strings.HasPrefix(effect, "api ") && !strings.HasPrefix(effect, "twilio GET ") && !strings.HasPrefix(effect, "livekit List")
	return changes || strings.HasPrefix(effect, "api PUT phonenumbers/support-line/status #1")
}

// trunksUp is a trunk with a number, and one without.
func (m *matrix) trunksUp(covers func(string) bool) *phase {
	begin := func(t *testing.T) {
		create(t, m.world, m.world.SIPTrunk("main"), m.world.SIPTrunk("spare"), m.world.PhoneNumber("support-line", world.OnTrunk("main"), makesCalls))
	}
	end := func(t *testing.T) { m.wantOn(t, "main") }
	return &phase{name: "trunks", outcome: "one of each", covers: covers, begin: begin, undisturbed: end, end: end}
}

func (m *matrix) move(covers func(string) bool) *phase {
	begin := func(t *testing.T) {
		patch(t, m.world, m.world.PhoneNumber("support-line"), `{"spec":{"carrierRef":{"name":"spare"}}}`)
	}
	end := func(t *testing.T) { m.wantOn(t, "spare") }
	return &phase{name: "move", outcome: "moved", covers: covers, begin: begin, undisturbed: end, end: end}
}

func (m *matrix) trunksDown(covers func(string) bool) *phase {
	begin := func(t *testing.T) {
		remove(t, m.world, m.world.SIPTrunk("main"), m.world.SIPTrunk("spare"), m.world.PhoneNumber("support-line"))
	}
	end := func(t *testing.T) {
		awaitGone(t, m.world, m.world.SIPTrunk("main"))
		awaitGone(t, m.world, m.world.SIPTrunk("spare"))
		m.tornDown(t)
	}
	return &phase{name: "trunks, deleted", outcome: "none left", covers: covers, begin: begin, undisturbed: end, end: end}
}

// wantOn sees two trunks with all that they need, and the number on one of them.
func (m *matrix) wantOn(t *testing.T, trunk string) {
	t.Helper()
	m.awaitIdle(t, "phonenumber", "siptrunk") // they may say Active from before the death
	number := awaitActive(t, m.world, "support-line")
	var place *v1alpha1.SIPTrunk
	for _, name := range []string{"main", "spare"} {
		found := awaitTrunk(t, m.world, name, v1alpha1.ConditionReady, v1alpha1.ReasonActive)
		if name == trunk {
			place = found
		}
	}
	awaitCallers(t, m.world, m.world.Number)
	m.awaitIdle(t)
	if got, want := numberOnTrunk(t, m.world), place.Status.ExternalResources[0].ID; got != want {
		t.Errorf("the number is on %s, want it on %s, that of the SIPTrunk %s", got, want, trunk)
	}
	wantRoute(t, m.world, number)
	got := holdings(t, m.world)
	counts := []int{len(got.Trunks), got.OriginationURLs, len(got.CredentialLists), got.Credentials, len(got.InboundTrunks), len(got.Rules), len(got.OutboundTrunks)}
	for i, want := range []int{2, 2, 2, 2, 1, 1, 1} {
		if counts[i] != want {
			t.Errorf("there are %+v, want two trunks and one number", got)
			break
		}
	}
}
