package twilio

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/test/twiliosim"
)

func TestTrunkHasADomain(t *testing.T) {
	w := newWorld(t)
	made := must[external.Observation](t)(w.driver(KindTrunk).Create(t.Context(), external.Call{Marker: testMarker, Spec: TrunkSpec{}}))
	if domain := made.Outputs[OutputDomainName]; !regexp.MustCompile(`^cp-[0-9a-f]{16}\.pstn\.twilio\.com$`).MatchString(domain) {
		t.Errorf("the domain is %q", domain)
	}
	if made.Name != testMarker {
		t.Errorf("the name is %q, want the marker", made.Name)
	}
}

func TestTrunkDrawsAnotherDomain(t *testing.T) {
	cases := map[string]struct {
		reason  string
		refused int
		code    int
		want    external.Class
		creates int
	}{
		"Free":    {"a free name is taken", 0, 21248, "", 1},
		"Twice":   {"a name that is taken is drawn again", 2, 21248, "", 3},
		"Always":  {"but not for ever", 5, 21248, external.Unknown, 3},
		"Another": {"any other refusal may have changed something", 5, 20001, external.InvalidConfiguration, 1},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if tc.refused > 0 {
				w.sim.Inject(twiliosim.Fault{
					Match:  twiliosim.Match{Operation: "trunk.create"},
					Action: twiliosim.Fail(400, tc.code), Count: tc.refused,
				})
			}
			var err error
			creates := w.operations(func() {
				_, err = w.driver(KindTrunk).Create(t.Context(), external.Call{Marker: testMarker, Spec: TrunkSpec{}})
			})
			if tc.want != "" {
				wantClass(t, tc.reason, err, tc.want)
			} else if err != nil {
				t.Errorf("%s: %v", tc.reason, err)
			}
			if len(creates) != tc.creates {
				t.Errorf("%s: %d attempts, want %d", tc.reason, len(creates), tc.creates)
			}
		})
	}
}

func TestTrunkWithoutRandomness(t *testing.T) {
	w := newWorld(t)
	w.provider.random = iotest.ErrReader(errors.New("dry"))
	_, err := w.driver(KindTrunk).Create(t.Context(), external.Call{Marker: testMarker, Spec: TrunkSpec{}})
	wantClass(t, "no name is made up then", err, external.Unknown)
	if len(w.sim.Trunks("")) > 0 {
		t.Error("a trunk was made")
	}
}

func TestTrunkWithoutADomainOrNameIsMended(t *testing.T) {
	w := newWorld(t)
	id := w.sim.AddTrunk(w.account.SID, "of an earlier owner", "")
	call := external.Call{ID: id, Marker: testMarker, Spec: TrunkSpec{}}
	seen := must[external.Observation](t)(w.driver(KindTrunk).Observe(t.Context(), call))
	if diff := cmp.Diff([]string{"friendlyName", "domainName"}, seen.Drift); diff != "" {
		t.Errorf("drift: %s", diff)
	}
	seen = must[external.Observation](t)(w.driver(KindTrunk).Update(t.Context(), call))
	if len(seen.Drift) > 0 || seen.Outputs[OutputDomainName] == "" || seen.Name != testMarker {
		t.Errorf("it is still %+v", seen)
	}
}

func TestLowestTrunkOfSeveralIsTaken(t *testing.T) {
	w := newWorld(t)
	lowest := w.sim.AddTrunk(w.account.SID, testMarker, "")
	for range 5 {
		lowest = min(lowest, w.sim.AddTrunk(w.account.SID, testMarker, ""))
	}
	seen := must[external.Observation](t)(w.driver(KindTrunk).Observe(t.Context(), external.Call{Marker: testMarker}))
	if seen.ID != lowest {
		t.Errorf("found %s, want %s", seen.ID, lowest)
	}
	w.sim.AddTrunk(w.account.SID, "", "")
	_, err := w.driver(KindTrunk).Observe(t.Context(), external.Call{})
	wantClass(t, "a trunk without a name bears no marker", err, external.NotFound)
}

func TestTrunkIsUsed(t *testing.T) {
	w := newWorld(t)
	call := external.Call{ID: w.ownTrunk()}
	used := func() string {
		t.Helper()
		return must[string](t)(w.driver(KindTrunk).(external.Shared).UsedBy(t.Context(), call))
	}
	mine := w.sim.AddNumber(w.account.SID, testNumber, twiliosim.NumberOptions{TrunkSID: call.ID})
	call.Own = []string{mine}
	if got := used(); got != "" {
		t.Errorf("used by %q, want nobody but the owner", got)
	}
	theirs := w.sim.AddNumber(w.account.SID, "+14155550101", twiliosim.NumberOptions{TrunkSID: call.ID})
	if got, want := used(), "+14155550101 ("+theirs+")"; got != want {
		t.Errorf("used by %q, want %q", got, want)
	}
	for _, digit := range "23456789" {
		w.sim.AddNumber(w.account.SID, "+1415555020"+string(digit), twiliosim.NumberOptions{TrunkSID: call.ID})
	}
	if got := used(); !strings.HasSuffix(got, " and others") {
		t.Errorf("used by %q, want a few of them", got)
	}
	w.sim.RemoveTrunk(call.ID)
	if got := used(); got != "" {
		t.Errorf("a trunk that is gone is used by %q", got)
	}
}

func TestTrunkInUseIsNotDeleted(t *testing.T) {
	w := newWorld(t)
	id := w.ownTrunk()
	w.sim.SetTrunkSubdomains(id, true)
	wantClass(t, "subdomains hold a trunk", w.driver(KindTrunk).Delete(t.Context(), external.Call{ID: id}), external.ResourceInUse)
}

func TestOriginationURLIsFoundByItsURL(t *testing.T) {
	w := newWorld(t)
	call := external.Call{Marker: "another", ParentID: w.ownTrunk(), Spec: OriginationURLSpec{"sip:a.example.com"}}
	made := must[external.Observation](t)(w.driver(KindOriginationURL).Create(t.Context(), call))
	call.Marker = testMarker
	found := must[external.Observation](t)(w.driver(KindOriginationURL).Observe(t.Context(), call))
	if found.ID != made.ID {
		t.Errorf("found %q, want %q", found.ID, made.ID)
	}
}

// TestOriginationURLIsMarkedAnew gives one that an earlier owner made the marker of
// its new one, by which it is found when that one's status is lost.
func TestOriginationURLIsMarkedAnew(t *testing.T) {
	w := newWorld(t)
	call := external.Call{Marker: "earlier", ParentID: w.ownTrunk(), Spec: OriginationURLSpec{"sip:a.example.com"}}
	made := must[external.Observation](t)(w.driver(KindOriginationURL).Create(t.Context(), call))
	call.Marker, call.ID = testMarker, made.ID
	seen := must[external.Observation](t)(w.driver(KindOriginationURL).Observe(t.Context(), call))
	if !slices.Equal(seen.Drift, []string{"friendlyName"}) {
		t.Errorf("drift %q, want its name", seen.Drift)
	}
	if seen = must[external.Observation](t)(w.driver(KindOriginationURL).Update(t.Context(), call)); len(seen.Drift) > 0 {
		t.Errorf("drift %q after the update", seen.Drift)
	}
}
