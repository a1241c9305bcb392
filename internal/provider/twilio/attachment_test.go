package twilio

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/test/twiliosim"
)

// A shuttle is a number on its way from one trunk to another.
type shuttle struct {
	*world
	number, from, to, third string
	call                    external.Call
}

func newShuttle(t *testing.T) *shuttle {
	t.Helper()
	s := &shuttle{world: newWorld(t)}
	s.number = s.sim.AddNumber(s.account.SID, testNumber, twiliosim.NumberOptions{})
	trunks := []*string{&s.from, &s.to, &s.third}
	for i, name := range []string{"from", "to", "third"} {
		*trunks[i] = s.sim.AddTrunk(s.account.SID, name, name+".pstn.twilio.com")
	}
	s.call = external.Call{ParentID: s.to, From: []string{s.from}, Inputs: map[string]string{InputNumberSID: s.number}}
	return s
}

// TestAttachmentMovesAtOnce has no moment in which the number is on no trunk: one
// POST puts it on the other.
func TestAttachmentMovesAtOnce(t *testing.T) {
	s := newShuttle(t)
	s.sim.MoveNumber(s.number, s.from)
	seen := must[external.Observation](t)(s.driver(KindTrunkPhoneNumber).Observe(t.Context(), s.call))
	if diff := cmp.Diff(external.Observation{ID: s.number, ParentID: s.from, Drift: []string{"trunk"}}, seen); diff != "" {
		t.Errorf("it is where it is to leave: %s", diff)
	}
	s.sim.ResetLog()
	seen = must[external.Observation](t)(s.driver(KindTrunkPhoneNumber).Update(t.Context(), s.call))
	there := external.Observation{ID: s.number, ParentID: s.to}
	if diff := cmp.Diff(there, seen); diff != "" {
		t.Errorf("it has moved: %s", diff)
	}
	if sent := s.sim.Mutations(); len(sent) != 1 || sent[0].Operation != "number.attach" {
		t.Errorf("%v was sent, want the number to be put on the other trunk and nothing else", sent)
	}
	seen = must[external.Observation](t)(s.driver(KindTrunkPhoneNumber).Observe(t.Context(), s.call))
	if diff := cmp.Diff(there, seen); diff != "" {
		t.Errorf("it is where it is to be, though it came from elsewhere: %s", diff)
	}
	s.sim.ResetLog()
	must[external.Observation](t)(s.driver(KindTrunkPhoneNumber).Update(t.Context(), s.call))
	if sent := s.sim.Mutations(); len(sent) > 0 {
		t.Errorf("%v was sent to move what has moved", sent)
	}
}

// TestAttachmentIsFoundInEitherPlace is a teardown in the middle of a move.
func TestAttachmentIsFoundInEitherPlace(t *testing.T) {
	for _, moved := range []bool{false, true} {
		s := newShuttle(t)
		at := s.from
		if moved {
			at = s.to
		}
		s.sim.MoveNumber(s.number, at)
		recorded := external.Call{ID: s.number, ParentID: s.to, From: []string{s.from}}
		driver := s.driver(KindTrunkPhoneNumber)
		seen := must[external.Observation](t)(driver.Observe(t.Context(), recorded))
		if seen.ParentID != at {
			t.Errorf("moved %v: it is seen on %s, want %s", moved, seen.ParentID, at)
		}
		if err := driver.Delete(t.Context(), external.Call{ID: s.number, ParentID: seen.ParentID}); err != nil {
			t.Errorf("moved %v: %v", moved, err)
		}
		_, err := driver.Observe(t.Context(), recorded)
		wantClass(t, "it is on no trunk any more", err, external.NotFound)
	}
}

// TestAttachmentIsNotTakenFromAThird leaves a number that somebody took meanwhile.
func TestAttachmentIsNotTakenFromAThird(t *testing.T) {
	s := newShuttle(t)
	s.sim.MoveNumber(s.number, s.third)
	s.call.Own = []string{s.number, s.to, s.from}
	_, err := s.driver(KindTrunkPhoneNumber).Observe(t.Context(), s.call)
	wantClass(t, "it is neither where it was nor where it is to be", err, external.MovedAway)
	s.sim.ResetLog()
	_, err = s.driver(KindTrunkPhoneNumber).Update(t.Context(), s.call)
	wantClass(t, "it was taken after it was last seen", err, external.NumberInUse)
	if sent := s.sim.Mutations(); len(sent) > 0 {
		t.Errorf("%v was sent", sent)
	}
}
