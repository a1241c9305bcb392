package livekit

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	protocol "github.com/livekit/protocol/livekit"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
)

// newList is an outbound trunk of another owner, with its numbers.
func newList(t *testing.T, s *session, numbers ...string) string {
	t.Helper()
	call := fullOutboundTrunk(t, s)
	spec := call.Spec.(OutboundTrunkSpec)
	spec.Numbers = numbers
	call.Spec = spec
	made, err := driverOf(t, s, KindOutboundTrunk).Create(testContext(t), call)
	if err != nil {
		t.Fatal(err)
	}
	return made.ID
}

// relist is what the owner of a list does.
func relist(t *testing.T, trunk string, numbers ...string) {
	t.Helper()
	_, err := server.SIP().UpdateSIPOutboundTrunk(testContext(t), &protocol.UpdateSIPOutboundTrunkRequest{
		SipTrunkId: trunk,
		Action: &protocol.UpdateSIPOutboundTrunkRequest_Update{
			Update: &protocol.SIPOutboundTrunkUpdate{Numbers: &protocol.ListUpdate{Set: numbers}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// wantList compares the numbers on a trunk; none says that there is no trunk.
func wantList(t *testing.T, trunk string, want ...string) {
	t.Helper()
	all, err := server.OutboundTrunks(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, info := range all {
		if info.SipTrunkId != trunk {
			continue
		}
		if got = info.Numbers; len(got) == 0 {
			t.Errorf("the trunk %s has no numbers: it is everybody's", trunk)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("on %s, -want +got:\n%s", trunk, diff)
	}
}

// TestOutboundNumberWaitsForTheOwner puts the number on no list itself.
func TestOutboundNumberWaitsForTheOwner(t *testing.T) {
	s := connect(t, server.URL())
	driver := driverOf(t, s, KindOutboundNumber)
	other, number := newNumber(), newNumber()
	trunk := newList(t, s, other)
	call := external.Call{ID: number, ParentID: trunk}
	for name, work := range map[string]func(context.Context, external.Call) (external.Observation, error){"Create": driver.Create, "Update": driver.Update} {
		for _, c := range []external.Call{call, {ID: number}} {
			_, err := work(testContext(t), c)
			wantClass(t, err, v1alpha1.ReasonProvisioning)
			if want := "waiting until the SIPTrunk makes calls from " + number; external.MessageOf(err) != want {
				t.Errorf("%s says %q, want %q", name, external.MessageOf(err), want)
			}
		}
	}
	_, err := driver.Observe(testContext(t), call)
	wantClass(t, err, external.NotFound)
	wantList(t, trunk, other)

	relist(t, trunk, other, number)
	there := external.Observation{ID: number, ParentID: trunk}
	for _, work := range []func(context.Context, external.Call) (external.Observation, error){driver.Observe, driver.Create, driver.Update} {
		seen, err := work(testContext(t), call)
		wantObserved(t, seen, err, there)
	}
}

// TestOutboundNumberMoves sees the number on either list, the one that it is to be on
// first.
func TestOutboundNumberMoves(t *testing.T) {
	s := connect(t, server.URL())
	driver := driverOf(t, s, KindOutboundNumber)
	number, other := newNumber(), newNumber()
	first, second, third := newList(t, s, number), newList(t, s, other), newList(t, s, other)
	call := external.Call{ID: number, ParentID: third, From: []string{second, first}}
	steps := []struct {
		reason string
		lists  map[string][]string
		seen   string
	}{
		{reason: "it has not left the first", seen: first},
		{reason: "it is on both of those that it may come from", lists: map[string][]string{second: {number, other}}, seen: second},
		{reason: "it is where it is to be", lists: map[string][]string{third: {number, other}}, seen: third},
	}
	for _, step := range steps {
		for trunk, numbers := range step.lists {
			relist(t, trunk, numbers...)
		}
		want := external.Observation{ID: number, ParentID: step.seen}
		if step.seen != third {
			want.Drift = []string{"trunk"}
		}
		seen, err := driver.Observe(testContext(t), call)
		if diff := cmp.Diff(want, seen); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", step.reason, err, diff)
		}
	}
	if err := s.deleteTrunk(testContext(t), third); err != nil {
		t.Fatal(err)
	}
	if seen, err := driver.Observe(testContext(t), call); err != nil || seen.ParentID != second {
		t.Errorf("seen on %q, %v, want a trunk that is gone to have no numbers", seen.ParentID, err)
	}
}

// TestOutboundNumberIsTakenOff takes it off a list without an owner. The last one
// takes the trunk with it.
func TestOutboundNumberIsTakenOff(t *testing.T) {
	s := connect(t, server.URL())
	driver := driverOf(t, s, KindOutboundNumber)
	number, other, stranger := newNumber(), newNumber(), newNumber()
	trunk := newList(t, s, number, other)
	call := external.Call{ID: number, ParentID: trunk}
	for range 2 {
		if err := driver.Delete(testContext(t), call); err != nil {
			t.Fatal(err)
		}
		wantList(t, trunk, other)
	}
	_, err := driver.Observe(testContext(t), call)
	wantClass(t, err, external.NotFound)
	if err := driver.Delete(testContext(t), external.Call{ID: stranger, ParentID: trunk}); err != nil {
		t.Fatal(err)
	}
	wantList(t, trunk, other)

	if err := driver.Delete(testContext(t), external.Call{ID: other, ParentID: trunk}); err != nil {
		t.Fatal(err)
	}
	wantList(t, trunk)
	wantClass(t, driver.Delete(testContext(t), call), external.NotFound)
	_, err = driver.Observe(testContext(t), call)
	wantClass(t, err, external.NotFound)
}
