package twilio

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/internal/external"
)

// The requests of each operation, in a session of its own, so that a change of
// their number does not go unseen: they are what limits a fleet.
var wantRequests = map[string]string{
	KindTrunk:               "observe 1, find 1, create 1, update 1, used 1, delete 1, observe gone 2",
	KindOriginationURL:      "observe 1, find 1, create 1, update 1, delete 1, observe gone 2",
	KindCredentialList:      "observe 1, find 1, create 1, update 1, used 1, delete 1, observe gone 2",
	KindCredential:          "observe 1, find 1, create 1, update 2, delete 1, observe gone 2",
	KindIPAccessList:        "observe 2, find 2, create 1, update 2, used 1, delete 1, observe gone 2",
	KindTrunkCredentialList: "observe 1, find 1, create 1, update 1, delete 1, observe gone 2",
	KindTrunkIPAccessList:   "observe 1, find 1, create 1, update 1, delete 1, observe gone 2",
	KindTrunkPhoneNumber:    "observe 1, find 1, create 2, update 1, delete 1, observe gone 1",
}

func TestRequestsOfEachOperation(t *testing.T) {
	onStage(t, func(t *testing.T, s stage) {
		var counts []string
		count := func(name string, f func(external.Driver)) {
			made := s.operations(func() { f(s.driver(s.kind)) })
			counts = append(counts, fmt.Sprintf("%s %d", name, len(made)))
		}
		call := s.call
		var creates []string
		creates = s.operations(func() { call = s.created(t) })
		if len(s.drift) > 0 {
			creates = creates[:1] // the rest is the update that follows
		}
		count("observe", func(d external.Driver) { must[external.Observation](t)(d.Observe(t.Context(), call)) })
		count("find", func(d external.Driver) { must[external.Observation](t)(d.Observe(t.Context(), s.call)) })
		counts = append(counts, fmt.Sprintf("create %d", len(creates)))
		count("update", func(d external.Driver) { must[external.Observation](t)(d.Update(t.Context(), call)) })
		if shared, ok := s.driver(s.kind).(external.Shared); ok {
			count("used", func(external.Driver) { must[string](t)(shared.UsedBy(t.Context(), call)) })
		}
		count("delete", func(d external.Driver) { _ = d.Delete(t.Context(), teardown(call)) })
		count("observe gone", func(d external.Driver) { _, _ = d.Observe(t.Context(), teardown(call)) })
		if diff := cmp.Diff(wantRequests[s.kind], strings.Join(counts, ", ")); diff != "" {
			t.Errorf("requests: %s", diff)
		}
	})
}

func TestASessionRemembers(t *testing.T) {
	w := newWorld(t)
	s := w.session()
	trunk := driverOf(t, s, KindTrunk)
	made := w.operations(func() {
		for range 3 {
			_, err := trunk.Observe(t.Context(), external.Call{ID: call32("TK")})
			wantClass(t, "it is not there", err, external.NotFound)
			_, err = trunk.Observe(t.Context(), external.Call{Marker: testMarker})
			wantClass(t, "nor is one of that name", err, external.NotFound)
		}
	})
	if want := []string{"trunk.fetch", "number.list", "trunk.list", "trunk.fetch", "trunk.fetch"}; !cmp.Equal(made, want) {
		t.Errorf("three looks took %v, want %v", made, want)
	}
	must[external.Observation](t)(trunk.Create(t.Context(), external.Call{Marker: testMarker, Spec: TrunkSpec{}}))
	must[external.Observation](t)(trunk.Observe(t.Context(), external.Call{Marker: testMarker}))
}

func TestAReadThatOverlapsWithAChangeIsNotKept(t *testing.T) {
	var m memory
	none := func(string) []string { return nil }
	for range 2 {
		got, err := recall(&m, "key", func() (string, error) { m.forget(); return "old", nil }, none)
		if err != nil || got != "old" {
			t.Fatalf("read %q, %v", got, err)
		}
	}
	got, _ := recall(&m, "key", func() (string, error) { return "new", nil }, none)
	if got != "new" {
		t.Errorf("read %q, which was kept over a change", got)
	}
	got, _ = recall(&m, "key", func() (string, error) { return "newer", nil }, none)
	if got != "new" {
		t.Errorf("read %q, want what is known", got)
	}
}
