package plan

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
)

const grace = 30 * time.Second

// instant is a random one.
var instant = time.Unix(rand.Int64N(4e9), 0).UTC()

// decision is a step without what went in.
type decision struct {
	Slot   external.Slot
	Action Action
	Until  time.Time
}

func TestProvision(t *testing.T) {
	trunk := external.Resource{Slot: "trunk", Kind: "Trunk"}
	url := external.Resource{Slot: "orig", Kind: "URL", Parent: "trunk"}
	outbound := external.Resource{Slot: "outbound", Inputs: map[string]external.Ref{"address": {Slot: "trunk", Output: "domain"}}}
	attachment := external.Resource{Slot: "attach", After: []external.Slot{"trunk"}}
	number := external.Resource{Slot: "number", Existing: true}
	listed := external.Resource{Slot: "outbound", Within: "ST", ID: "+15550100"}

	entry := func(slot string, state v1alpha1.State, age ...time.Duration) ledger.Entry {
		entry := ledger.Entry{Slot: slot, State: state}
		for _, age := range age {
			entry.Since = new(metav1.NewTime(instant.Add(-age)))
		}
		return entry
	}
	found := func(drift ...string) Finding {
		return Finding{Found: true, Observation: external.Observation{ID: "X", Drift: drift}}
	}
	cases := map[string]struct {
		reason   string
		desired  []external.Resource
		recorded []ledger.Entry
		found    Findings
		want     []decision
	}{
		"nothing wanted": {reason: "nothing is to be done"},
		"fresh": {
			reason: "what was never asked for is made", desired: []external.Resource{trunk, url},
			want: []decision{{Slot: "trunk", Action: Create}, {Slot: "orig", Action: Create}},
		},
		"as wanted": {
			reason: "what is there is kept", desired: []external.Resource{trunk, url},
			recorded: []ledger.Entry{entry("trunk", v1alpha1.StateReady), entry("orig", v1alpha1.StateReady)},
			found:    Findings{"trunk": found(), "orig": found()},
			want:     []decision{{Slot: "trunk", Action: Keep}, {Slot: "orig", Action: Keep}},
		},
		"drift": {
			reason: "what differs is changed", desired: []external.Resource{trunk},
			recorded: []ledger.Entry{entry("trunk", v1alpha1.StateReady)}, found: Findings{"trunk": found("secure")},
			want: []decision{{Slot: "trunk", Action: Update}},
		},
		"needs what is new": {
			reason: "what refers to something that is made anew must follow it", desired: []external.Resource{trunk, outbound, attachment},
			recorded: []ledger.Entry{entry("outbound", v1alpha1.StateReady), entry("attach", v1alpha1.StateReady)},
			found:    Findings{"outbound": found(), "attach": found()},
			want:     []decision{{Slot: "trunk", Action: Create}, {Slot: "outbound", Action: Update}, {Slot: "attach", Action: Update}},
		},
		"needs what is changed": {
			reason: "what refers to something that keeps its id need not follow it", desired: []external.Resource{trunk, outbound},
			recorded: []ledger.Entry{entry("trunk", v1alpha1.StateReady), entry("outbound", v1alpha1.StateReady)},
			found:    Findings{"trunk": found("secure"), "outbound": found()},
			want:     []decision{{Slot: "trunk", Action: Update}, {Slot: "outbound", Action: Keep}},
		},
		"found by its marker": {
			reason: "a create whose answer was lost is not repeated", desired: []external.Resource{trunk},
			recorded: []ledger.Entry{entry("trunk", v1alpha1.StatePending, 0)}, found: Findings{"trunk": found()},
			want: []decision{{Slot: "trunk", Action: Keep}},
		},
		"missed once": {
			reason: "one read is not believed", desired: []external.Resource{trunk},
			recorded: []ledger.Entry{entry("trunk", v1alpha1.StateReady)}, found: Findings{"trunk": {}},
			want: []decision{{Slot: "trunk", Action: Miss, Until: instant.Add(grace)}},
		},
		"missed, and nobody knows since when": {
			reason: "the grace begins now", desired: []external.Resource{trunk},
			recorded: []ledger.Entry{entry("trunk", v1alpha1.StateMissing)}, found: Findings{"trunk": {}},
			want: []decision{{Slot: "trunk", Action: Miss, Until: instant.Add(grace)}},
		},
		"within the grace": {
			reason: "a list may lag", desired: []external.Resource{trunk},
			recorded: []ledger.Entry{entry("trunk", v1alpha1.StatePending, grace-1)}, found: Findings{"trunk": {}},
			want: []decision{{Slot: "trunk", Action: Wait, Until: instant.Add(1)}},
		},
		"after the grace": {
			reason: "then absence is believed", desired: []external.Resource{trunk},
			recorded: []ledger.Entry{entry("trunk", v1alpha1.StateMissing, grace)}, found: Findings{"trunk": {}},
			want: []decision{{Slot: "trunk", Action: Create}},
		},
		"for others to make": {
			reason: "what somebody else makes is asked for at once: nothing is made twice by that", desired: []external.Resource{listed},
			recorded: []ledger.Entry{entry("outbound", v1alpha1.StatePending, 0)}, found: Findings{"outbound": {}},
			want: []decision{{Slot: "outbound", Action: Create}},
		},
		"parent made anew": {
			reason: "what it contained is gone with it, and needs no grace of its own", desired: []external.Resource{trunk, url},
			recorded: []ledger.Entry{entry("trunk", v1alpha1.StateMissing, grace), entry("orig", v1alpha1.StateReady)},
			found:    Findings{"trunk": {}, "orig": {}},
			want:     []decision{{Slot: "trunk", Action: Create}, {Slot: "orig", Action: Create}},
		},
		"parent missed": {
			reason: "a child is missed together with its parent", desired: []external.Resource{trunk, url},
			recorded: []ledger.Entry{entry("trunk", v1alpha1.StateReady), entry("orig", v1alpha1.StateReady)},
			found:    Findings{"trunk": {}, "orig": {}},
			want: []decision{
				{Slot: "trunk", Action: Miss, Until: instant.Add(grace)}, {Slot: "orig", Action: Miss, Until: instant.Add(grace)},
			},
		},
		"Existing": {
			reason: "what is not ours is used and never changed", desired: []external.Resource{trunk, {Slot: "number", Existing: true, After: []external.Slot{"trunk"}}},
			found: Findings{"number": found("name")},
			want:  []decision{{Slot: "trunk", Action: Create}, {Slot: "number", Action: Keep}},
		},
		"ordered": {
			reason: "steps come in an order in which they can be made", desired: []external.Resource{url, outbound, number, trunk},
			found: Findings{"number": found()},
			want: []decision{
				{Slot: "number", Action: Keep}, {Slot: "trunk", Action: Create}, {Slot: "orig", Action: Create}, {Slot: "outbound", Action: Create},
			},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			steps, err := Provision(c.desired, c.recorded, c.found, instant, grace)
			if err != nil {
				t.Fatal(err)
			}
			var got []decision
			for _, step := range steps {
				got = append(got, decision{Slot: step.Resource.Slot, Action: step.Action, Until: step.Until})
				if diff := cmp.Diff(c.found[step.Resource.Slot].Observation, step.Observed); diff != "" {
					t.Errorf("%s: a step must carry what was found, -want +got:\n%s", step.Resource.Slot, diff)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s (at %s), -want +got:\n%s", c.reason, instant, diff)
			}
		})
	}
}

func TestMoves(t *testing.T) {
	within := external.Resource{Slot: "attach", Within: "B"}
	cases := map[string]struct {
		reason string
		step   Step
		want   bool
	}{
		"elsewhere":      {reason: "it is taken from one place to the other", step: Step{Action: Update, Resource: within, Observed: external.Observation{ParentID: "A"}}, want: true},
		"there":          {reason: "it is changed where it is", step: Step{Action: Update, Resource: within, Observed: external.Observation{ParentID: "B"}}},
		"kept":           {reason: "nothing is done", step: Step{Action: Keep, Resource: within, Observed: external.Observation{ParentID: "B"}}},
		"made":           {reason: "what is nowhere is not moved", step: Step{Action: Create, Resource: within}},
		"in its own":     {reason: "what is the owner's own has no other place", step: Step{Action: Update, Resource: external.Resource{Slot: "orig", Parent: "trunk"}, Observed: external.Observation{ParentID: "A"}}},
		"to nowhere yet": {reason: "it stays until there is somewhere to go", step: Step{Action: Update, Resource: external.Resource{Slot: "outbound", ID: "+15550100"}, Observed: external.Observation{ParentID: "A"}}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := c.step.Moves(); got != c.want {
				t.Errorf("moves: %v, want %v: %s", got, c.want, c.reason)
			}
		})
	}
}
