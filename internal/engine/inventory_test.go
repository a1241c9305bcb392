package engine_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/provider/fake"
)

var used = v1alpha1.Connection{Kind: "Account", Name: carrier}

// inventory is of the carrier's account.
func inventory(cloud *fake.Provider) engine.Inventory {
	return engine.Inventory{Session: cloud.Session(carrier), Connection: used, Everything: wanted()[:7]}
}

func listedEntry(kind, id, parent, name string) ledger.Entry {
	entry := known("", kind, id, parent, name)
	entry.Connection, entry.Origin, entry.State = used, v1alpha1.OriginCreated, v1alpha1.StateReady
	return entry
}

func TestInventory(t *testing.T) {
	cloud := bequeathed()
	cloud.Add(fake.Resource{Account: carrier, Kind: "Trunk", ID: "TK2", Name: "theirs"})
	cloud.Add(fake.Resource{Account: carrier, Kind: "List", ID: "CL", Name: earlier("creds")})
	cloud.Add(fake.Resource{Account: carrier, Kind: "ListLink", ID: "CL", ParentID: "TK"})
	cloud.Add(fake.Resource{Account: "another", Kind: "Trunk", ID: "TK3", Name: earlier("trunk")})
	named, err := inventory(cloud).Named(t.Context())
	want := []ledger.Entry{
		listedEntry("Trunk", "TK", "", earlier("trunk")), listedEntry("Trunk", "TK2", "", "theirs"), listedEntry("List", "CL", "", earlier("creds")),
	}
	if diff := cmp.Diff(want, named); err != nil || diff != "" {
		t.Errorf("error %v; everything of the account that can bear a name, -want +got:\n%s", err, diff)
	}
	within, err := inventory(cloud).Within(t.Context(), named[0])
	if diff := cmp.Diff([]string{"orig OU", "crdlink CL", "attach PN"}, brief(within)); err != nil || diff != "" {
		t.Errorf("error %v; what is in the trunk, in the order of its making, -want +got:\n%s", err, diff)
	}
	if within, err = inventory(cloud).Within(t.Context(), named[1]); err != nil || len(within) > 0 {
		t.Errorf("got %v and %v, want nothing in the other trunk", within, err)
	}
}

// TestCounted lists what bears no name, and says of which kinds lists show all.
func TestCounted(t *testing.T) {
	cloud := bequeathed()
	counted, err := inventory(cloud).Counted(t.Context())
	want := []ledger.Entry{listedEntry("Number", "PN", "", "+15550100"), listedEntry("Attachment", "PN", "TK", "")}
	if diff := cmp.Diff(want, counted); err != nil || diff != "" {
		t.Errorf("error %v, -want +got:\n%s", err, diff)
	}
	for kind, listed := range map[string]bool{"Number": true, "Attachment": true, "Trunk": true, "List": true, "URL": false, "ListLink": false, "Credential": false, "Inbound": false, "unknown": false} {
		if got := inventory(cloud).Lists(kind); got != listed {
			t.Errorf("all of the kind %s are listed: %v, want %v", kind, got, listed)
		}
	}
	cloud.Fail(fake.Fault{Operation: fake.List, Kind: "Attachment", Err: refusal(external.Throttled)})
	if counted, err := inventory(cloud).Counted(t.Context()); external.ClassOf(err) != external.Throttled || len(counted) > 0 {
		t.Errorf("got %v and %v, want the error alone", counted, err)
	}
}

// TestInventoryIsWholeOrNone lists nothing when one of its lists fails.
func TestInventoryIsWholeOrNone(t *testing.T) {
	for _, kind := range []string{"Trunk", "List"} {
		cloud := bequeathed()
		cloud.Fail(fake.Fault{Operation: fake.List, Kind: kind, Err: refusal(external.Throttled)})
		if named, err := inventory(cloud).Named(t.Context()); external.ClassOf(err) != external.Throttled || len(named) > 0 {
			t.Errorf("without the list of the kind %s: got %v and %v, want the error alone", kind, named, err)
		}
	}
	cloud := bequeathed()
	cloud.Fail(fake.Fault{Operation: fake.List, Kind: "Attachment", Err: refusal(external.NetworkError)})
	if within, err := inventory(cloud).Within(t.Context(), listedEntry("Trunk", "TK", "", "")); external.ClassOf(err) != external.NetworkError || len(within) > 0 {
		t.Errorf("got %v and %v, want the error alone", within, err)
	}
}

func TestConfirms(t *testing.T) {
	cases := map[string]struct {
		reason string
		change func(*fake.Provider)
		want   bool
		class  external.Class
	}{
		"there":   {reason: "it was no mistake", want: true},
		"gone":    {reason: "it was torn down since it was listed", change: func(cloud *fake.Provider) { remove(t, cloud, "TK") }},
		"renamed": {reason: "somebody has taken it over since", change: func(cloud *fake.Provider) { cloud.All("Trunk")[0].Name = "theirs" }},
		"unknown": {reason: "who cannot look knows nothing", class: external.Throttled, change: func(cloud *fake.Provider) {
			cloud.Fail(fake.Fault{Operation: fake.Observe, Err: refusal(external.Throttled)})
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			cloud := bequeathed()
			if c.change != nil {
				c.change(cloud)
			}
			got, err := inventory(cloud).Confirms(t.Context(), listedEntry("Trunk", "TK", "", earlier("trunk")))
			if got != c.want || (err != nil) != (c.class != "") || err != nil && external.ClassOf(err) != c.class {
				t.Errorf("got %v and %v, want %v and the class %q: %s", got, err, c.want, c.class, c.reason)
			}
		})
	}
}

// TestInspect looks at what is recorded, and changes nothing.
func TestInspect(t *testing.T) {
	cases := map[string]struct {
		reason string
		change func(*testing.T, *desk)
		gone   []string
		class  external.Class
	}{
		"all there":    {reason: "nothing is gone that can be seen"},
		"used by them": {reason: "what others use is there", change: func(_ *testing.T, d *desk) { d.cloud.All("Trunk")[0].UsedBy = "theirs" }},
		"renamed":      {reason: "it is there under another name", change: func(_ *testing.T, d *desk) { d.cloud.All("Trunk")[0].Name = "theirs" }},
		"trunk gone":   {reason: "what was in it went with it", change: func(t *testing.T, d *desk) { t.Helper(); d.deleteByHand(t, "Trunk", "Trunk-1") }, gone: []string{"attach PN", "crdlink List-3", "orig URL-2", "trunk Trunk-1"}},
		"number moved": {reason: "it is no longer on this trunk", change: func(_ *testing.T, d *desk) { d.cloud.All("Attachment")[0].MovedAway = "PN is on trunk theirs" }, gone: []string{"attach PN"}},
		"only platform": {reason: "the number is let go of only with all that was made", change: func(t *testing.T, d *desk) {
			t.Helper()
			d.deleteByHand(t, "Trunk", "Trunk-1")
			d.deleteByHand(t, "List", "List-3")
		}, gone: []string{"attach PN", "cred Credential-4", "crdlink List-3", "creds List-3", "orig URL-2", "trunk Trunk-1"}},
		"everything": {
			reason: "the number stays in the account, and is of no concern any more",
			change: func(t *testing.T, d *desk) {
				t.Helper()
				if left := remaining(demolition(d.cloud, d.written, d.now).Run(t.Context())); len(left) > 0 {
					t.Fatalf("left %v", left)
				}
			},
			gone: []string{"attach PN", "cred Credential-4", "crdlink List-3", "creds List-3", "inbound Inbound-5", "number PN", "orig URL-2", "outbound Outbound-7", "rule Rule-6", "trunk Trunk-1"},
		},
		"lied to": {reason: "it is listed, and one answer that it is not there is not believed", change: func(_ *testing.T, d *desk) {
			d.cloud.Fail(fake.Fault{Operation: fake.Observe, Kind: "Trunk", Nth: 1, Err: refusal(external.NotFound)})
		}},
		"refused": {reason: "an error proves nothing", class: external.AuthenticationFailed, change: func(t *testing.T, d *desk) {
			t.Helper()
			d.deleteByHand(t, "Trunk", "Trunk-1")
			d.cloud.Fail(fake.Fault{Account: carrier, Err: refusal(external.AuthenticationFailed)})
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d := established(t)
			if c.change != nil {
				c.change(t, d)
			}
			d.cloud.Forget()
			var gone []string
			var failed external.Class
			for _, outcome := range demolition(d.cloud, d.written, d.now).Inspect(t.Context()) {
				if outcome.Gone {
					gone = append(gone, outcome.Entry.Slot+" "+outcome.Entry.ID)
				}
				if outcome.Err != nil {
					failed = external.ClassOf(outcome.Err)
				}
			}
			if diff := cmp.Diff(c.gone, gone, cmpopts.SortSlices(func(a, b string) bool { return a < b })); diff != "" || failed != c.class {
				t.Errorf("%s: the class is %q, want %q; gone, -want +got:\n%s", c.reason, failed, c.class, diff)
			}
			if changed := mutations(d.cloud); len(changed) > 0 {
				t.Errorf("a look has changed something: %q", changed)
			}
		})
	}
}

// TestInspectIntents finds what may have been created, and believes that it was not
// only after the grace.
func TestInspectIntents(t *testing.T) {
	cases := map[string]struct {
		reason string
		age    time.Duration
		made   bool
		id     string
		gone   bool
		until  time.Time
	}{
		"made":         {reason: "its id is known from now on", made: true, id: "TK"},
		"not seen yet": {reason: "a list may lag behind the create", age: grace - time.Second, until: instant.Add(time.Second)},
		"never made":   {reason: "lists can be believed after the grace", age: grace, gone: true, until: instant},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			cloud := newCloud()
			if c.made {
				cloud.Add(fake.Resource{Account: carrier, Kind: "Trunk", ID: "TK", Name: marker(external.SlotTrunk)})
			}
			outcome := demolition(cloud, []ledger.Entry{intent(instant.Add(-c.age))}, instant).Inspect(t.Context())[0]
			if outcome.Gone != c.gone || outcome.Err != nil || outcome.Entry.ID != c.id || !outcome.Until.Equal(c.until) {
				t.Errorf("got %+v, want the id %q, gone %v, until %s: %s", outcome, c.id, c.gone, c.until, c.reason)
			}
		})
	}
}

func TestWait(t *testing.T) {
	cases := map[string]struct {
		reason   string
		outcomes []engine.Outcome
		want     time.Duration
	}{
		"nothing asks":   {reason: "then the backoff alone counts", outcomes: []engine.Outcome{{Gone: true}, {Err: refusal(external.Throttled)}}},
		"a provider":     {reason: "it said how long", outcomes: []engine.Outcome{{Err: &external.Error{Class: external.Throttled, RetryAfter: time.Minute}}}, want: time.Minute},
		"a list":         {reason: "the API counts in seconds, so one more", outcomes: []engine.Outcome{{Until: instant.Add(grace)}}, want: grace + time.Second},
		"what is over":   {reason: "it needs no waiting", outcomes: []engine.Outcome{{Until: instant.Add(-grace), Gone: true}}},
		"the longest of": {reason: "whoever comes earlier comes in vain", outcomes: []engine.Outcome{{Until: instant.Add(grace)}, {Err: &external.Error{RetryAfter: time.Second}}}, want: grace + time.Second},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := engine.Wait(c.outcomes, instant); got != c.want {
				t.Errorf("got %s, want %s: %s", got, c.want, c.reason)
			}
		})
	}
}
