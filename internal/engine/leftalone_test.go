package engine_test

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/provider/fake"
)

// outcomeOf picks the outcome of a slot.
func outcomeOf(t *testing.T, outcomes []engine.Outcome, slot external.Slot) engine.Outcome {
	t.Helper()
	for _, outcome := range outcomes {
		if outcome.Entry.Slot == string(slot) {
			return outcome
		}
	}
	t.Fatalf("no outcome for %s", slot)
	return engine.Outcome{}
}

func TestTeardownLeavesAlone(t *testing.T) {
	cases := map[string]struct {
		reason string
		// change makes of a number that is set up what the case is about.
		change func(*testing.T, *desk)
		slot   external.Slot
		class  external.Class
		note   string
		// left at the provider, and in the ledger.
		left, ledger string
	}{
		"a trunk that others use": {
			reason: "it is detached from the number, and not deleted, nor is what it contains",
			change: func(t *testing.T, d *desk) {
				t.Helper()
				d.withoutLists(t)
				d.cloud.All("Trunk")[0].UsedBy = "number PN2"
			},
			slot: external.SlotTrunk, note: "Trunk Trunk-1 is left alone: it is used by number PN2",
			left: "Trunk Trunk-1, URL URL-2",
		},
		"a trunk that others use, with lists": {
			reason: "what is still on a trunk of others is used by them",
			change: func(_ *testing.T, d *desk) { d.cloud.All("Trunk")[0].UsedBy = "number PN2" },
			slot:   external.SlotCredentialList, note: "List List-3 is left alone: it is used by Trunk-1",
			left: "Trunk Trunk-1, URL URL-2, List List-3, Credential Credential-4, ListLink List-3",
		},
		"a list that others use": {
			reason: "it is taken off the trunk, and not deleted",
			change: func(_ *testing.T, d *desk) { d.cloud.All("List")[0].UsedBy = "trunk theirs" },
			slot:   external.SlotCredentialList, note: "List List-3 is left alone: it is used by trunk theirs",
			left: "List List-3, Credential Credential-4",
		},
		"a trunk that was renamed": {
			reason: "somebody made it theirs; the number is taken off it all the same",
			change: func(_ *testing.T, d *desk) { d.cloud.All("Trunk")[0].Name = "theirs" },
			slot:   external.SlotCredentialListLink, class: external.ResourceInUse,
			left:   "Trunk Trunk-1, URL URL-2, List List-3, Credential Credential-4, ListLink List-3",
			ledger: "number trunk orig creds cred crdlink",
		},
		"a rule that was renamed": {
			reason: "the link is no exception",
			change: func(_ *testing.T, d *desk) { d.cloud.All("Rule")[0].Name = "theirs" },
			slot:   external.SlotDispatchRule, class: external.ResourceInUse,
			left: "Inbound Inbound-5, Rule Rule-6, Outbound Outbound-7", ledger: "number inbound rule outbound",
		},
		"a number that moved away": {
			reason: "it serves somebody else now",
			change: func(_ *testing.T, d *desk) { d.cloud.All("Attachment")[0].MovedAway = "PN is on trunk theirs" },
			slot:   external.SlotAttachment, note: "PN is on trunk theirs",
		},
		"what does not die": {
			reason: "a yes to a delete is no proof",
			change: func(_ *testing.T, d *desk) { d.cloud.All("Trunk")[0].Undying = true },
			slot:   external.SlotTrunk, class: external.Unknown,
			left: "Trunk Trunk-1", ledger: "number trunk orig crdlink",
		},
		"what is gone": {
			reason: "somebody cleaned up by hand; children went with their parent",
			change: func(t *testing.T, d *desk) { t.Helper(); d.deleteByHand(t, "Trunk", "Trunk-1") },
			slot:   external.SlotTrunk,
		},
		"a child that is gone": {
			reason: "its delete answers that it is gone, and so does a read",
			change: func(t *testing.T, d *desk) {
				d.deleteByHand(t, "URL", "URL-2")
				d.cloud.Fail(fake.Fault{Kind: "Trunk", Operation: fake.Delete, Err: refusal(external.Throttled)})
			},
			slot: external.SlotOriginationURL, left: "Trunk Trunk-1", ledger: "number trunk crdlink",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d := established(t)
			c.change(t, d)
			outcome := outcomeOf(t, d.teardown(t.Context()), c.slot)
			if (outcome.Err != nil) != (c.class != "") || outcome.Err != nil && external.ClassOf(outcome.Err) != c.class {
				t.Errorf("%s: got %v, want the class %q: %s", c.slot, outcome.Err, c.class, c.reason)
			}
			if outcome.Gone == (c.class != "") || outcome.Note != c.note {
				t.Errorf("%s: gone %v, note %q; want %v, %q: %s", c.slot, outcome.Gone, outcome.Note, c.class == "", c.note, c.reason)
			}
			if got := strings.Join(left(d.cloud), ", "); got != c.left {
				t.Errorf("left %q, want %q: %s", got, c.left, c.reason)
			}
			if got := slots(d.written); got != c.ledger {
				t.Errorf("the ledger holds %q, want %q: %s", got, c.ledger, c.reason)
			}
		})
	}
}

func TestNotesAreGivenOnce(t *testing.T) {
	d := established(t)
	d.withoutLists(t)
	d.cloud.All("Trunk")[0].UsedBy = "number PN2"
	notes := 0
	for _, outcome := range d.teardown(t.Context()) {
		if outcome.Note != "" {
			notes++
		}
	}
	if notes != 1 {
		t.Errorf("%d notes, want one at the trunk and none at what it contains", notes)
	}
}

// intent is an entry for something that was about to be made.
func intent(since time.Time) ledger.Entry {
	return ledger.Entry{
		Slot: string(external.SlotTrunk), Provider: carrier, Kind: "Trunk", Account: carrier, Name: marker(external.SlotTrunk),
		Origin: v1alpha1.OriginCreated, State: v1alpha1.StatePending, Since: new(metav1.NewTime(since)),
	}
}

func TestIntents(t *testing.T) {
	number := ledger.Entry{Slot: "number", Provider: carrier, Kind: "Number", Account: carrier, ID: "PN", Origin: v1alpha1.OriginAdopted}
	cases := map[string]struct {
		reason string
		age    time.Duration
		made   bool
		gone   bool
		until  time.Time
	}{
		"made": {reason: "it is found by its marker and deleted", made: true, gone: true},
		"not seen yet": {
			reason: "a list may lag behind the create", age: grace - time.Second, until: instant.Add(time.Second),
		},
		"never made": {reason: "lists can be believed after the grace", age: grace, gone: true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			cloud := newCloud()
			if c.made {
				cloud.Add(fake.Resource{Account: carrier, Kind: "Trunk", Name: marker(external.SlotTrunk)})
			}
			outcomes := demolition(cloud, []ledger.Entry{number, intent(instant.Add(-c.age))}, instant).Run(t.Context())
			outcome := outcomeOf(t, outcomes, external.SlotTrunk)
			if outcome.Gone != c.gone || outcome.Err != nil || !outcome.Until.Equal(c.until) {
				t.Errorf("got %+v, want gone %v, until %s: %s", outcome, c.gone, c.until, c.reason)
			}
			if released := outcomeOf(t, outcomes, external.SlotNumber).Gone; released != c.gone {
				t.Errorf("the number was let go: %v, want %v: it goes last", released, c.gone)
			}
			if got := left(cloud); len(got) > 0 {
				t.Errorf("left %v, want nothing: %s", got, c.reason)
			}
		})
	}
}

func TestTwoOfOneMarkerBothGo(t *testing.T) {
	cloud := newCloud()
	for range 2 {
		cloud.Add(fake.Resource{Account: carrier, Kind: "Trunk", Name: marker(external.SlotTrunk)})
	}
	entries := []ledger.Entry{intent(instant.Add(-grace))}
	for attempt, want := range []string{"Trunk Trunk-2", ""} {
		entries = remaining(demolition(cloud, entries, instant).Run(t.Context()))
		if got := strings.Join(left(cloud), ", "); got != want || (len(entries) == 0) != (want == "") {
			t.Errorf("attempt %d: left %q with %d entries, want %q: the ledger forgets a marker when nothing bears it any more", attempt+1, got, len(entries), want)
		}
	}
}

// TestLeftAloneAfterAFailure fails between the link and the list: the next
// attempt still knows that what is on a trunk of others is theirs.
func TestLeftAloneAfterAFailure(t *testing.T) {
	d := established(t)
	d.cloud.All("Trunk")[0].UsedBy = "number PN2"
	d.cloud.Fail(fake.Fault{Operation: fake.Observe, Kind: "List", Nth: 1, Err: refusal(external.NetworkError)})
	for range 2 {
		d.teardown(t.Context())
	}
	if len(d.written) > 0 {
		t.Errorf("the ledger still holds %q, want nothing", slots(d.written))
	}
	if got, want := strings.Join(left(d.cloud), ", "), "Trunk Trunk-1, URL URL-2, List List-3, Credential Credential-4, ListLink List-3"; got != want {
		t.Errorf("left %q, want %q: the others need it", got, want)
	}
}
