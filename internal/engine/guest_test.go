package engine_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/provider/fake"
)

// attachedTo is a number to be put on a trunk that another owner has.
func attachedTo(trunk string) []external.Resource {
	attachment := wanted()[6]
	attachment.Parent, attachment.Within, attachment.After = "", trunk, nil
	return []external.Resource{wanted()[0], attachment}
}

// guest is the entry of a number that is on a trunk, or on its way there.
func guest(trunk, previous string) ledger.Entry {
	return ledger.Entry{
		Slot: string(external.SlotAttachment), Provider: carrier, Kind: "Attachment", Account: carrier, ID: "PN",
		ParentID: trunk, Previous: previous, Origin: v1alpha1.OriginCreated, State: v1alpha1.StateOutdated,
	}
}

// trunksOfOthers are three trunks, on one of which the number is.
func trunksOfOthers(on string) *fake.Provider {
	cloud := newCloud()
	for _, trunk := range []string{"A", "B", "C"} {
		cloud.Add(fake.Resource{Account: carrier, Kind: "Trunk", ID: trunk, Name: "theirs"})
	}
	if on != "" {
		cloud.Add(fake.Resource{Account: carrier, Kind: "Attachment", ID: "PN", ParentID: on, Inputs: map[string]string{"number": "PN"}})
	}
	return cloud
}

// moves are the states that a process may leave behind when it dies while a number
// moves, and the spec may have changed since.
var moves = map[string]struct {
	reason   string
	recorded []ledger.Entry
	within   string
	on       string
	// found is where it is seen, if anywhere.
	found string
}{
	"before it was asked for": {reason: "the ledger knows where it is", recorded: []ledger.Entry{guest("A", "")}, within: "B", on: "A", found: "A"},
	"asked for":               {reason: "the move may not have been made", recorded: []ledger.Entry{guest("B", "A")}, within: "B", on: "A", found: "A"},
	"moved":                   {reason: "the answer may have been lost", recorded: []ledger.Entry{guest("B", "A")}, within: "B", on: "B", found: "B"},
	"back":                    {reason: "it may never have left", recorded: []ledger.Entry{guest("B", "A")}, within: "A", on: "A", found: "A"},
	"back from there":         {reason: "it may have arrived", recorded: []ledger.Entry{guest("B", "A")}, within: "A", on: "B", found: "B"},
	"on to a third":           {reason: "it may never have left the first", recorded: []ledger.Entry{guest("B", "A")}, within: "C", on: "A", found: "A"},
	"on from the second":      {reason: "it may have arrived at the second", recorded: []ledger.Entry{guest("B", "A")}, within: "C", on: "B", found: "B"},
	"taken off":               {reason: "it is in neither", recorded: []ledger.Entry{guest("B", "A")}, within: "B"},
	"taken away":              {reason: "what it is on is nobody's that it was ever with", recorded: []ledger.Entry{guest("B", "A")}, within: "B", on: "C"},
	"fresh":                   {reason: "what was never asked for is not looked for", within: "A", on: "A"},
}

func TestGuestIsFoundWhereverItMayBe(t *testing.T) {
	for name, c := range moves {
		t.Run(name, func(t *testing.T) {
			construction := &engine.Construction{Sessions: sessions(trunksOfOthers(c.on)), Marker: marker, Ledger: c.recorded}
			findings, err := construction.Observe(t.Context(), attachedTo(c.within))
			if err != nil {
				t.Fatal(err)
			}
			seen := findings[external.SlotAttachment]
			if seen.Observation.ParentID != c.found || seen.Found != (c.found != "") {
				t.Errorf("found %v in %q, want it in %q: %s", seen.Found, seen.Observation.ParentID, c.found, c.reason)
			}
			if drifts := len(seen.Observation.Drift) > 0; drifts != (c.found != "" && c.found != c.within) {
				t.Errorf("drift %v, want one only where it is to move: %s", seen.Observation.Drift, c.reason)
			}
		})
	}
}

// TestGuestIsTakenOffWhereverItIs tears down from what a death left behind: the
// number is on no trunk then that it was ever with, and on any other still.
func TestGuestIsTakenOffWhereverItIs(t *testing.T) {
	for name, c := range moves {
		t.Run(name, func(t *testing.T) {
			cloud := trunksOfOthers(c.on)
			outcomes := demolition(cloud, c.recorded, instant).Run(t.Context())
			if left := remaining(outcomes); len(left) > 0 {
				t.Errorf("left %+v, want nothing: %s", left, c.reason)
			}
			want := "Trunk A, Trunk B, Trunk C"
			if c.found == "" && c.on != "" {
				want += ", Attachment PN"
			}
			if got := strings.Join(left(cloud), ", "); got != want {
				t.Errorf("left %q, want %q: %s", got, want, c.reason)
			}
		})
	}
}

// TestOwnIncludesWhatOneIsIn tells drivers of every place that the number may be in:
// none of them is use by others.
func TestOwnIncludesWhatOneIsIn(t *testing.T) {
	session := &listener{Session: trunksOfOthers("A").Session(carrier)}
	construction := &engine.Construction{
		Sessions: map[string]external.Session{carrier: session}, Marker: marker, Ledger: []ledger.Entry{guest("B", "A")},
	}
	if _, err := construction.Observe(t.Context(), attachedTo("C")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"PN", "C", "B", "A"}, session.heard[0].Own); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"B", "A"}, session.heard[1].From); diff != "" {
		t.Errorf("it may be coming from, -want +got:\n%s", diff)
	}
}

// A listener hears what drivers are asked to observe.
type listener struct {
	external.Session

	heard []external.Call
}

func (l *listener) Driver(kind string) (external.Driver, bool) {
	work, ok := l.Session.Driver(kind)
	return listening{work, l}, ok
}

type listening struct {
	external.Driver
	to *listener
}

func (l listening) Observe(ctx context.Context, call external.Call) (external.Observation, error) {
	l.to.heard = append(l.to.heard, call)
	return l.Driver.Observe(ctx, call)
}

func TestAwaits(t *testing.T) {
	cases := map[string]struct {
		reason string
		// awaited is what somebody else is to take away; failure keeps that from being known.
		awaited external.Slot
		failure error
		byHand  bool
		left    string
		ledger  string
	}{
		"somebody else's": {
			reason:  "it is left to them, and what else there is goes",
			awaited: external.SlotOutboundTrunk, left: "Outbound Outbound-7", ledger: "number outbound",
		},
		"not known": {
			reason:  "nothing is touched that may be somebody else's, nor what comes before it",
			awaited: external.SlotOutboundTrunk, failure: refusal(external.NetworkError),
			left: "Inbound Inbound-5, Outbound Outbound-7", ledger: "number inbound outbound",
		},
		"gone": {
			reason: "what a read does not show is not waited for", awaited: external.SlotOutboundTrunk, byHand: true,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d := established(t)
			if c.byHand {
				d.deleteByHand(t, "Outbound", "Outbound-7", platform)
			}
			work := demolition(d.cloud, d.written, d.now)
			work.Awaits = func(_ context.Context, entry ledger.Entry) (string, error) {
				if entry.Slot != string(c.awaited) {
					return "", nil
				}
				return "waiting for them", c.failure
			}
			outcomes := work.Run(t.Context())
			d.write(remaining(outcomes))
			if wait := engine.Wait(outcomes, d.now); (wait > time.Second) == c.byHand {
				t.Errorf("it is looked at again after %s: %s", wait, c.reason)
			}
			outcome := outcomeOf(t, outcomes, c.awaited)
			if awaits := outcome.Awaits == "waiting for them"; awaits == c.byHand || outcome.Gone != c.byHand || !errors.Is(outcome.Err, c.failure) {
				t.Errorf("got %+v: %s", outcome, c.reason)
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
