package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/plan"
	"github.com/callplane/callplane/internal/provider/fake"
)

// noSession is an Opener for a provider that this build does not know.
func noSession(context.Context, string, v1alpha1.Connection, string) (external.Session, error) {
	return nil, nil //nolint:nilnil // what the engine must survive
}

func TestObserve(t *testing.T) {
	number, trunk, url, attachment := wanted()[0], wanted()[1], wanted()[2], wanted()[6]
	attachment.After = nil
	entry := func(resource external.Resource, id, parent string) ledger.Entry {
		return ledger.Entry{Slot: string(resource.Slot), Provider: carrier, Kind: resource.Kind, ID: id, ParentID: parent}
	}
	cases := map[string]struct {
		reason   string
		wanted   []external.Resource
		recorded []ledger.Entry
		found    map[external.Slot]string
		drift    map[external.Slot][]string
		missing  []external.Slot
		class    external.Class
	}{
		"not recorded": {
			reason: "what was never intended is not looked for",
			wanted: []external.Resource{trunk}, found: map[external.Slot]string{},
		},
		"Existing, not recorded": {
			reason: "what must exist is found by its natural key",
			wanted: []external.Resource{number}, found: map[external.Slot]string{"number": "PN"},
		},
		"Existing, missing": {
			reason: "what is never made cannot be missing quietly",
			wanted: []external.Resource{{Slot: "number", Provider: carrier, Kind: "Number", Existing: true, Spec: "+15550199"}},
			class:  external.NotFound,
		},
		"intended": {
			reason: "what has no id yet is found by its marker",
			wanted: []external.Resource{trunk}, recorded: []ledger.Entry{entry(trunk, "", "")},
			found: map[external.Slot]string{"trunk": "TK"},
		},
		"in its parent": {
			reason: "a child is looked for where it is, and compared",
			wanted: []external.Resource{trunk, url}, recorded: []ledger.Entry{entry(trunk, "TK", ""), entry(url, "", "TK")},
			found: map[external.Slot]string{"trunk": "TK", "orig": "OU"}, drift: map[external.Slot][]string{"orig": {"spec"}},
		},
		"without its parent": {
			reason:   "a child whose parent is missing is found, not compared",
			wanted:   []external.Resource{{Slot: "trunk", Provider: carrier, Kind: "Trunk"}, url},
			recorded: []ledger.Entry{entry(trunk, "gone", ""), entry(url, "OU", "TK")},
			found:    map[external.Slot]string{"orig": "OU"}, missing: []external.Slot{"trunk"},
		},
		"tied": {
			reason: "an association is found by what it ties",
			wanted: []external.Resource{number, trunk, attachment}, recorded: []ledger.Entry{entry(trunk, "TK", ""), entry(attachment, "", "")},
			found: map[external.Slot]string{"number": "PN", "trunk": "TK", "attach": "PN"},
		},
		"missing": {
			reason: "absence of what was made is a finding",
			wanted: []external.Resource{trunk}, recorded: []ledger.Entry{entry(trunk, "other", "")},
			found: map[external.Slot]string{}, missing: []external.Slot{"trunk"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			cloud := newCloud()
			cloud.Add(fake.Resource{Account: carrier, Kind: "Trunk", ID: "TK", Name: marker(external.SlotTrunk), Spec: "secure"})
			cloud.Add(fake.Resource{Account: carrier, Kind: "URL", ID: "OU", ParentID: "TK", Spec: "changed by hand"})
			cloud.Add(fake.Resource{Account: carrier, Kind: "Attachment", ID: "PN", ParentID: "TK", Inputs: map[string]string{"number": "PN"}})
			construction := &engine.Construction{Sessions: sessions(cloud), Marker: marker, Ledger: c.recorded}
			findings, err := construction.Observe(t.Context(), c.wanted)
			if (err != nil) != (c.class != "") || err != nil && external.ClassOf(err) != c.class {
				t.Fatalf("got %v, want the class %q: %s", err, c.class, c.reason)
			}
			found, drift, missing := read(findings)
			if diff := cmp.Diff(c.found, found); diff != "" {
				t.Errorf("%s; found, -want +got:\n%s", c.reason, diff)
			}
			if diff := cmp.Diff(c.drift, drift); diff != "" {
				t.Errorf("%s; drift, -want +got:\n%s", c.reason, diff)
			}
			if diff := cmp.Diff(c.missing, missing); diff != "" {
				t.Errorf("%s; missing, -want +got:\n%s", c.reason, diff)
			}
			if got := mutations(cloud); len(got) > 0 {
				t.Errorf("looking made the calls %v, want none that changes something", got)
			}
		})
	}
}

// read sorts findings; what is nil says that there were none.
func read(findings plan.Findings) (found map[external.Slot]string, drift map[external.Slot][]string, missing []external.Slot) {
	if findings != nil {
		found = map[external.Slot]string{}
	}
	for slot, finding := range findings {
		switch {
		case !finding.Found:
			missing = append(missing, slot)
		case len(finding.Observation.Drift) > 0:
			drift = map[external.Slot][]string{slot: finding.Observation.Drift}
			fallthrough
		default:
			found[slot] = finding.Observation.ID
		}
	}
	return found, drift, missing
}

func TestObserveEndsAtTheFirstError(t *testing.T) {
	for _, class := range []external.Class{external.Throttled, external.AuthenticationFailed, external.Unknown, external.NetworkError} {
		t.Run(string(class), func(t *testing.T) {
			d := established(t)
			d.cloud.Fail(fake.Fault{Operation: fake.Observe, Kind: "Trunk", Err: refusal(class)})
			before := d.written
			if err := d.provision(t.Context()); external.ClassOf(err) != class {
				t.Errorf("got %v, want %s: a failed read is no absence", err, class)
			}
			if diff := cmp.Diff(before, d.written); diff != "" {
				t.Errorf("a failed read changed the ledger, -before +after:\n%s", diff)
			}
			if got, want := words(d.cloud.Log()), []string{"observe Number PN", "observe Trunk Trunk-1"}; !cmp.Equal(got, want) {
				t.Errorf("got the calls %v, want %v", got, want)
			}
		})
	}
}

// TestMissingOnceIsNotBelieved follows a parent that somebody deleted: it and
// what it contained are made again once the grace is over.
func TestMissingOnceIsNotBelieved(t *testing.T) {
	d := established(t)
	d.deleteByHand(t, "Trunk", "Trunk-1")
	visits := []struct {
		reason string
		after  time.Duration
		calls  []string
	}{
		{reason: "one read that does not find it is not believed"},
		{reason: "nor is a second one within the grace", after: grace - time.Second},
		{
			reason: "then it is made again with what it contained, and what refers to it follows", after: time.Second,
			calls: []string{
				"create Trunk Trunk-8", "update Trunk Trunk-8", "create URL URL-9", "create ListLink List-3",
				"create Attachment PN", "update Outbound Outbound-7",
			},
		},
		{reason: "and all is well", after: time.Second},
	}
	for i, visit := range visits {
		d.now = d.now.Add(visit.after)
		if err := d.provision(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(visit.calls, mutations(d.cloud)); diff != "" {
			t.Errorf("visit %d: %s, -want +got:\n%s", i+1, visit.reason, diff)
		}
		d.cloud.Forget()
	}
	if diff := cmp.Diff(oneOfEach, d.count()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
