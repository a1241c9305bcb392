package twilio

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/test/twiliosim"
)

// all observes everything of a kind in one session, as a sweep does.
func all(t *testing.T, s *session, kind string) []external.Observation {
	t.Helper()
	return must[[]external.Observation](t)(driverOf(t, s, kind).(external.Counted).All(t.Context()))
}

// TestCounted reads the numbers of an account and where they are, in as many requests as
// there are thousands.
func TestCounted(t *testing.T) {
	w := newWorld(t)
	trunk := must[external.Observation](t)(w.driver(KindTrunk).Create(t.Context(), external.Call{Marker: testMarker, Spec: TrunkSpec{}})).ID
	const many = 2500
	var first string
	for i := range many {
		sid := w.sim.AddNumber(w.account.SID, fmt.Sprintf("+1555%07d", i), twiliosim.NumberOptions{})
		if i == 0 {
			first = sid
		}
	}
	must[external.Observation](t)(w.driver(KindTrunkPhoneNumber).Create(t.Context(), external.Call{
		ParentID: trunk, Inputs: map[string]string{InputNumberSID: first},
	}))
	s := w.session()
	var numbers, attached []external.Observation
	made := w.operations(func() {
		numbers, attached = all(t, s, KindNumber), all(t, s, KindTrunkPhoneNumber)
	})
	if len(numbers) != many {
		t.Errorf("%d numbers, want %d", len(numbers), many)
	}
	if diff := cmp.Diff([]external.Observation{{ID: first, ParentID: trunk}}, attached); diff != "" {
		t.Errorf("on a trunk, -want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"number.list", "number.list", "number.list"}, made); diff != "" {
		t.Errorf("requests, -want +got:\n%s", diff)
	}
}

// TestCountedIsWholeOrNone shows that half a list is none.
func TestCountedIsWholeOrNone(t *testing.T) {
	w := newWorld(t)
	for i := range 1500 {
		w.sim.AddNumber(w.account.SID, fmt.Sprintf("+1555%07d", i), twiliosim.NumberOptions{})
	}
	w.sim.Inject(twiliosim.Fault{Match: twiliosim.Match{Operation: "number.list"}, Nth: 2, Action: twiliosim.Fail(503, 20503)})
	numbers, err := driverOf(t, w.session(), KindNumber).(external.Counted).All(t.Context())
	wantClass(t, "the second page is missing", err, external.ProviderUnavailable)
	if len(numbers) > 0 {
		t.Errorf("%d numbers, want none", len(numbers))
	}
}
