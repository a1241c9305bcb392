package engine_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/plan"
	"github.com/callplane/callplane/internal/provider/fake"
)

func earlier(slot external.Slot) string { return "earlier-" + string(slot) }

// bequeathed is a cloud with what an earlier life has left: a trunk with a URL and
// the number on it, and an inbound trunk at the platform.
func bequeathed() *fake.Provider {
	cloud := newCloud()
	cloud.Add(fake.Resource{Account: carrier, Kind: "Trunk", ID: "TK", Name: earlier("trunk")})
	cloud.Add(fake.Resource{Account: carrier, Kind: "URL", ID: "OU", ParentID: "TK"})
	cloud.Add(fake.Resource{Account: carrier, Kind: "Attachment", ID: "PN", ParentID: "TK"})
	cloud.Add(fake.Resource{Account: platform, Kind: "Inbound", ID: "ST", Name: earlier("inbound")})
	return cloud
}

func known(slot, kind, id, parent, name string) ledger.Entry {
	return ledger.Entry{Slot: slot, Provider: carrier, Kind: kind, Account: carrier, ID: id, ParentID: parent, Name: name}
}

func TestInherit(t *testing.T) {
	all := []string{"number PN", "trunk TK", "orig OU", "inbound ST", "attach PN"}
	cases := map[string]struct {
		reason string
		given  func(*fake.Provider)
		known  []ledger.Entry
		found  []string
		gone   []string
		class  external.Class
	}{
		"nothing recorded": {reason: "everything is found by its name, or in what bears one", found: all},
		"recorded":         {reason: "what is recorded is found by its id", known: []ledger.Entry{known("trunk", "Trunk", "TK", "", earlier("trunk"))}, found: all},
		"cleaned up by hand": {
			reason: "what is gone is known to be gone, with what was in it",
			given:  func(cloud *fake.Provider) { remove(t, cloud, "TK") },
			known: []ledger.Entry{
				known("trunk", "Trunk", "TK", "", earlier("trunk")), known("orig", "URL", "OU", "TK", ""), known("attach", "Attachment", "PN", "TK", ""),
			},
			found: []string{"number PN", "inbound ST"}, gone: []string{"trunk TK", "orig OU", "attach PN"},
		},
		"renamed": {
			reason: "who renamed it has a use for it: it is neither found nor gone",
			given:  func(cloud *fake.Provider) { cloud.All("Trunk")[0].Name = "mine" },
			known:  []ledger.Entry{known("trunk", "Trunk", "TK", "", earlier("trunk"))},
			found:  []string{"number PN", "inbound ST"},
		},
		"in another account": {
			reason: "a read there would find nothing and prove nothing",
			known:  []ledger.Entry{{Slot: "trunk", Provider: carrier, Kind: "Trunk", Account: "other", ID: "TK", Name: earlier("trunk")}},
			found:  []string{"number PN", "inbound ST"},
		},
		"refused": {
			reason: "who cannot look must not make it anew",
			given: func(cloud *fake.Provider) {
				cloud.Fail(fake.Fault{Kind: "Trunk", Err: refusal(external.AuthenticationFailed)})
			},
			class: external.AuthenticationFailed,
		},
		"number in use": {
			reason: "that is said by whoever sets the number up",
			given:  func(cloud *fake.Provider) { cloud.Fail(fake.Fault{Kind: "Number", Err: refusal(external.NumberInUse)}) },
			found:  []string{"trunk TK", "orig OU", "inbound ST"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			cloud := bequeathed()
			if c.given != nil {
				c.given(cloud)
			}
			construction := &engine.Construction{Sessions: sessions(cloud), Marker: marker}
			estate, err := construction.Inherit(t.Context(), ordered(t), engine.Legacy{Marker: earlier, Known: c.known})
			if (err != nil) != (c.class != "") || err != nil && external.ClassOf(err) != c.class {
				t.Fatalf("%s: error %v, want class %q", c.reason, err, c.class)
			}
			less := cmpopts.SortSlices(func(a, b string) bool { return a < b })
			if diff := cmp.Diff(c.found, brief(estate.Found), less, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s: found, -want +got:\n%s", c.reason, diff)
			}
			if diff := cmp.Diff(c.gone, brief(estate.Gone), less, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s: gone, -want +got:\n%s", c.reason, diff)
			}
		})
	}
}

func brief(entries []ledger.Entry) []string {
	var all []string
	for _, entry := range entries {
		all = append(all, entry.Slot+" "+entry.ID)
	}
	return all
}

// TestSettle applies what a late attempt found out to a ledger that was written
// meanwhile.
func TestSettle(t *testing.T) {
	entry := func(id string) ledger.Entry { return ledger.Entry{Slot: "trunk", ID: id, State: v1alpha1.StateReady} }
	cases := map[string]struct {
		reason  string
		entries []ledger.Entry
		outcome engine.Outcome
		want    []string
	}{
		"gone":            {"a read has shown it", []ledger.Entry{entry("TK")}, engine.Outcome{Entry: entry("TK"), Gone: true}, nil},
		"still there":     {"nothing is known that was not", []ledger.Entry{entry("TK")}, engine.Outcome{Entry: entry("TK")}, []string{"trunk TK"}},
		"found":           {"its id was not known", []ledger.Entry{entry("")}, engine.Outcome{Entry: entry("TK")}, []string{"trunk TK"}},
		"another":         {"the slot has another resource by now", []ledger.Entry{entry("TK2")}, engine.Outcome{Entry: entry("TK"), Gone: true}, []string{"trunk TK2"}},
		"not listed":      {"somebody else has seen it gone", nil, engine.Outcome{Entry: entry("TK")}, nil},
		"never had an id": {"it was never made", []ledger.Entry{entry("")}, engine.Outcome{Entry: entry(""), Gone: true}, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := brief(engine.Settle(c.entries, []engine.Outcome{c.outcome}))
			if diff := cmp.Diff(c.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s, -want +got:\n%s", c.reason, diff)
			}
		})
	}
}

// TestHolder names what the number is on.
func TestHolder(t *testing.T) {
	cloud := bequeathed()
	construction := &engine.Construction{Sessions: sessions(cloud), Marker: marker}
	got, err := construction.Holder(t.Context(), ordered(t))
	want := ledger.Entry{Provider: carrier, Account: carrier, ID: "TK", Name: earlier("trunk")}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("error %v, -want +got:\n%s", err, diff)
	}
	remove(t, cloud, "TK")
	if got, err := construction.Holder(t.Context(), ordered(t)); err != nil || got.ID != "" {
		t.Errorf("got %v and %v, want nothing for a number that is on nothing", got, err)
	}
}

// TestUsedByOthers asks for the users of all that was found.
func TestUsedByOthers(t *testing.T) {
	cloud := bequeathed()
	construction := &engine.Construction{Sessions: sessions(cloud), Marker: marker}
	estate, err := construction.Inherit(t.Context(), ordered(t), engine.Legacy{Marker: earlier})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"", "+15550111"} {
		cloud.All("Trunk")[0].UsedBy = want
		if by, err := construction.UsedByOthers(t.Context(), estate); err != nil || by != want {
			t.Errorf("it is used by %q (%v), want %q", by, err, want)
		}
	}
	cloud.Fail(fake.Fault{Operation: fake.UsedBy, Err: refusal(external.Throttled)})
	if _, err := construction.UsedByOthers(t.Context(), estate); external.ClassOf(err) != external.Throttled {
		t.Errorf("got %v, want that it is not known", err)
	}
}

// TestTornDownWithItsNewName takes down what was given its new name, although that
// could not be recorded any more.
func TestTornDownWithItsNewName(t *testing.T) {
	for name, gone := range map[string]bool{marker("trunk"): true, earlier("trunk"): true, "mine": false} {
		cloud := newCloud()
		cloud.Add(fake.Resource{Account: carrier, Kind: "Trunk", ID: "TK", Name: name})
		outcome := demolition(cloud, []ledger.Entry{known("trunk", "Trunk", "TK", "", earlier("trunk"))}, instant).Run(t.Context())[0]
		if outcome.Gone != gone {
			t.Errorf("a trunk named %s is gone: %v (%v), want %v", name, outcome.Gone, outcome.Err, gone)
		}
	}
}

// ordered is what the number needs, in the order in which it is made.
func ordered(t *testing.T) []external.Resource {
	t.Helper()
	ordered, err := plan.Order(wanted())
	if err != nil {
		t.Fatal(err)
	}
	return ordered
}

// remove deletes the trunk with what is in it, as a person does.
func remove(t *testing.T, cloud *fake.Provider, trunk string) {
	t.Helper()
	driver, _ := cloud.Session(carrier).Driver("Trunk")
	for _, tie := range cloud.All("Attachment") {
		tie.ID = "" // taken off the trunk
	}
	if err := driver.Delete(t.Context(), external.Call{ID: trunk}); err != nil {
		t.Fatal(err)
	}
}
