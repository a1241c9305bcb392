package explore

import (
	"fmt"
	"testing"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/test/twiliosim"
)

// thousand is how many numbers share a trunk: ten times what an account could have with
// a trunk each.
const thousand = 1000

// TestThousandOnOneTrunk sets up a thousand numbers on one trunk, of which Twilio allows
// a hundred in an account, and takes them down again. What it costs is counted.
func TestThousandOnOneTrunk(t *testing.T) {
	s := World{}.newSystem()
	actors := []Actor{trunkActor(mainTrunk)}
	s.create(newTrunk(mainTrunk))
	for i := range thousand {
		number := sharing()
		number.Name, number.Spec.Number = fmt.Sprintf("line-%d", i), fmt.Sprintf("+1415556%04d", i)
		s.twilio.AddNumber(accountSID, number.Spec.Number, twiliosim.NumberOptions{})
		s.create(number)
		actors = append(actors, numberActor(number.Name))
	}
	up := fleet{t: t, system: s, members: thousand}
	up.rest(actors)
	t.Logf("set up: %s", &up)
	carrier := s.trunks()[0].Status.ExternalResources
	outbound, _ := ledger.Find(carrier, external.SlotOutboundTrunk)
	if trunks, callers := len(s.twilio.Trunks(accountSID)), len(s.callers(outbound.ID)); trunks != 2 || callers != thousand {
		t.Errorf("there are %d trunks and %d callers, want ours beside that of others, and %d", trunks, callers, thousand)
	}
	for _, number := range s.numbers() {
		if !isReady(number.Status.Conditions) {
			t.Fatalf("%s is not Ready: %s", number.Name, number.Status.Problem)
		}
		s.remove(number)
	}
	s.remove(s.trunks()[0])
	down := fleet{t: t, system: s, members: thousand}
	down.rest(actors)
	t.Logf("torn down: %s", &down)
	if left := len(s.owners()) + len(s.things()) - 1; left != 0 {
		t.Errorf("%d objects and things are left, want none but the trunk of others", left)
	}
	if numbers := s.twilio.Numbers(accountSID); len(numbers) != thousand+1 {
		t.Errorf("the account has %d numbers, want all of them", len(numbers))
	}
}

// TestOwnTrunks says what the same costs with trunks of their own.
func TestOwnTrunks(t *testing.T) {
	const members = 50
	s := World{}.newSystem()
	var actors []Actor
	for i := range members {
		number := newNumber(fmt.Sprintf("line-%d", i))
		number.Spec.Number, number.Spec.Outbound = fmt.Sprintf("+1415556%04d", i), &v1alpha1.Outbound{}
		s.twilio.AddNumber(accountSID, number.Spec.Number, twiliosim.NumberOptions{})
		s.create(number)
		actors = append(actors, numberActor(number.Name))
	}
	up := fleet{t: t, system: s, members: members}
	up.rest(actors)
	t.Logf("set up: %s", &up)
	for _, number := range s.numbers() {
		s.remove(number)
	}
	down := fleet{t: t, system: s, members: members}
	down.rest(actors)
	t.Logf("torn down: %s", &down)
	if left := len(s.owners()) + len(s.things()) - 1; left != 0 {
		t.Errorf("%d objects and things are left, want none but the trunk of others", left)
	}
}

// A fleet counts what its members do until they come to rest.
type fleet struct {
	t       *testing.T
	system  *system
	members int

	visits, reads, changes, writes int
}

func (f *fleet) rest(actors []Actor) {
	f.t.Helper()
	for range mostRounds {
		busy := false
		for _, actor := range actors {
			done := Visit{Actor: actor}.run(f.system)
			f.count(done)
			if len(done.violations) > 0 {
				f.t.Fatal(done.violations)
			}
			_, changed := done.rest()
			busy = busy || changed
		}
		if !busy {
			return
		}
		f.system.now = f.system.now.Add(grace)
	}
	f.t.Fatal("they do not come to rest")
}

func (f *fleet) count(done *visit) {
	f.visits++
	for _, effect := range done.wire.effects {
		switch effect.nature {
		case get, list:
			f.reads++
		case mutation:
			f.changes++
		case apiWrite:
			f.writes++
		}
	}
}

// String is per number.
func (f *fleet) String() string {
	per := func(n int) float64 { return float64(n) / float64(f.members) }
	return fmt.Sprintf("per number %.2f visits, %.2f reads and %.2f changes at the providers, %.2f writes to the API server",
		per(f.visits), per(f.reads), per(f.changes), per(f.writes))
}
