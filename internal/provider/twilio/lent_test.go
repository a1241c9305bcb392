package twilio

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/internal/external"
)

// TestNothingOfOthersInWhatIsLent finds in a trunk or a list of somebody else's only what
// bears our marker or user name.
func TestNothingOfOthersInWhatIsLent(t *testing.T) {
	cases := map[string]struct {
		kind string
		// ours and theirs are alike but for the marker or the user name.
		container    func(*world) string
		ours, theirs any
		marker       string
	}{
		"URL":        {kind: KindOriginationURL, container: (*world).ownTrunk, ours: OriginationURLSpec{SIPURL: "sip:a.example.com"}, theirs: OriginationURLSpec{SIPURL: "sip:a.example.com"}, marker: testMarker},
		"Credential": {kind: KindCredential, container: (*world).ownCredentialList, ours: CredentialSpec{"cp12345678", external.NewSecret("Password12345")}, theirs: CredentialSpec{"desk", external.NewSecret("Password12345")}, marker: "cp12345678"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			container := tc.container(w)
			must[external.Observation](t)(w.driver(tc.kind).Create(t.Context(), external.Call{ParentID: container, Marker: "theirs", Spec: tc.theirs}))
			for _, call := range []external.Call{{Marker: tc.marker}, {Marker: tc.marker, Spec: tc.ours}} {
				call.ParentID, call.Lent = container, true
				_, err := w.driver(tc.kind).Observe(t.Context(), call)
				wantClass(t, "that of others is not ours", err, external.NotFound)
			}
			made := must[external.Observation](t)(w.driver(tc.kind).Create(t.Context(), external.Call{ParentID: container, Lent: true, Marker: testMarker, Spec: tc.ours}))
			found := must[external.Observation](t)(w.driver(tc.kind).Observe(t.Context(), external.Call{ParentID: container, Lent: true, Marker: tc.marker}))
			if found.ID != made.ID {
				t.Errorf("found %s, want what was made, %s", found.ID, made.ID)
			}
		})
	}
}

// TestWhatATrunkLacks says what a trunk that stays as it is would need.
func TestWhatATrunkLacks(t *testing.T) {
	w := newWorld(t)
	bare := w.sim.AddTrunk(w.account.SID, "bare", "")
	seen := must[external.Observation](t)(w.driver(KindTrunk).Observe(t.Context(), external.Call{ID: bare, Marker: testMarker, Spec: TrunkSpec{Secure: true}}))
	if diff := cmp.Diff([]string{"a domain name (termination URI)", "the setting secure trunking true"}, seen.Lacks); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	seen = must[external.Observation](t)(w.driver(KindTrunk).Observe(t.Context(), external.Call{ID: w.sim.AddTrunk(w.account.SID, "theirs", "theirs.pstn.twilio.com"), Marker: testMarker, Spec: TrunkSpec{}}))
	if len(seen.Lacks) > 0 || len(seen.Drift) == 0 {
		t.Errorf("it lacks %q and differs in %q, want another name only", seen.Lacks, seen.Drift)
	}
}
