package twilio

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/test/twiliosim"
)

// listedKinds are those that bear the marker, and those that go before them.
var listedKinds = []string{
	KindTrunk, KindIPAccessList, KindCredentialList, KindCredential, KindTrunkIPAccessList, KindTrunkCredentialList, KindTrunkPhoneNumber,
}

// TestList lists what was made, and nothing once it is gone.
func TestList(t *testing.T) {
	tested := map[string]bool{}
	onStage(t, func(t *testing.T, s stage) {
		listed, ok := s.driver(s.kind).(external.Listed)
		if !ok {
			t.Skip("nothing of this kind bears the marker or is in the way of what does")
		}
		tested[s.kind] = true
		call := s.created(t)
		want := must[external.Observation](t)(s.driver(s.kind).Observe(t.Context(), teardown(call)))
		want.Outputs = nil
		all := must[[]external.Observation](t)(listed.List(t.Context(), call.ParentID))
		if diff := cmp.Diff([]external.Observation{want}, all, lists); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		if err := s.driver(s.kind).Delete(t.Context(), teardown(call)); err != nil {
			t.Fatal(err)
		}
		// Another session: one remembers what it has read.
		all = must[[]external.Observation](t)(s.driver(s.kind).(external.Listed).List(t.Context(), call.ParentID))
		if len(all) > 0 {
			t.Errorf("got %v after it was deleted", all)
		}
	})
	for _, kind := range listedKinds {
		if !tested[kind] {
			t.Errorf("the driver of the kind %s lists nothing", kind)
		}
	}
}

// TestListIsCompleteOrFails has a list of two pages: both, or none.
func TestListIsCompleteOrFails(t *testing.T) {
	w := newWorld(t)
	for i := range trunkPageSize + 1 {
		w.sim.AddTrunk(w.account.SID, fmt.Sprintf("theirs %d", i), "")
	}
	list := func() ([]external.Observation, error) {
		return w.driver(KindTrunk).(external.Listed).List(t.Context(), "")
	}
	if all := must[[]external.Observation](t)(list()); len(all) != trunkPageSize+1 {
		t.Errorf("got %d trunks, want %d", len(all), trunkPageSize+1)
	}
	w.sim.Inject(twiliosim.Fault{Match: twiliosim.Match{Operation: "trunk.list"}, Nth: 2, Action: twiliosim.Fail(503, 20503)})
	all, err := list()
	wantClass(t, "a page is missing", err, external.ProviderUnavailable)
	if len(all) > 0 {
		t.Errorf("got %d trunks of a list that failed", len(all))
	}
}

// TestListOfWhatIsGone is empty: what was in it is not any more.
func TestListOfWhatIsGone(t *testing.T) {
	w := newWorld(t)
	trunk := w.ownTrunk()
	if err := w.driver(KindTrunk).Delete(t.Context(), external.Call{ID: trunk}); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{KindTrunkIPAccessList, KindTrunkCredentialList, KindTrunkPhoneNumber} {
		listed := w.driver(kind).(external.Listed)
		if all := must[[]external.Observation](t)(listed.List(t.Context(), trunk)); len(all) > 0 {
			t.Errorf("%s: got %v", kind, all)
		}
		_, err := listed.List(t.Context(), "")
		wantClass(t, kind+" in no trunk", err, external.InvalidConfiguration)
	}
	list := w.ownCredentialList()
	if err := w.driver(KindCredentialList).Delete(t.Context(), external.Call{ID: list}); err != nil {
		t.Fatal(err)
	}
	if all := must[[]external.Observation](t)(w.driver(KindCredential).(external.Listed).List(t.Context(), list)); len(all) > 0 {
		t.Errorf("got %v", all)
	}
}
