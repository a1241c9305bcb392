package external

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNeeds(t *testing.T) {
	resource := Resource{
		Parent: "trunk", After: []Slot{"orig", "rule"},
		Inputs: map[string]Ref{"a": {Slot: "number", Output: OutputID}, "b": {Slot: "creds", Output: "x"}},
	}
	needs := resource.Needs()
	slices.Sort(needs)
	if diff := cmp.Diff([]Slot{"creds", "number", "orig", "rule", "trunk"}, needs); diff != "" {
		t.Errorf("a parent, inputs and what must come before are needs, -want +got:\n%s", diff)
	}
	if got := (Resource{}).Needs(); len(got) > 0 {
		t.Errorf("got %v, want no needs", got)
	}
}

func TestOutput(t *testing.T) {
	seen := Observation{ID: "TK", Outputs: map[string]string{"domain": "d.example.com", "empty": ""}}
	cases := map[string]struct {
		of    Observation
		name  string
		value string
		ok    bool
	}{
		"id":         {of: seen, name: OutputID, value: "TK", ok: true},
		"no id":      {name: OutputID},
		"named":      {of: seen, name: "domain", value: "d.example.com", ok: true},
		"empty":      {of: seen, name: "empty", ok: true},
		"not there":  {of: seen, name: "other"},
		"not in any": {name: "domain"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if value, ok := c.of.Output(c.name); value != c.value || ok != c.ok {
				t.Errorf("got %q, %v, want %q, %v", value, ok, c.value, c.ok)
			}
		})
	}
}

func TestBearsMarker(t *testing.T) {
	cases := map[string]struct {
		reason       string
		resource     Resource
		bears, guest bool
	}{
		"of its own":      {reason: "it is found by its name", resource: Resource{Slot: SlotTrunk}, bears: true},
		"in its parent":   {reason: "it is covered by its parent's", resource: Resource{Slot: SlotCredential, Parent: SlotCredentialList}},
		"existing":        {reason: "it has a name that is not ours to change", resource: Resource{Slot: SlotNumber, Existing: true}},
		"within others'":  {reason: "what contains it bears another owner's", resource: Resource{Slot: SlotAttachment, Within: "TK"}, guest: true},
		"not yet in any":  {reason: "the list that it is to be in does not exist yet", resource: Resource{Slot: SlotOutboundTrunk, ID: "+15550100"}, guest: true},
		"in others' list": {reason: "a list is not named after what is in it", resource: Resource{Slot: SlotOutboundTrunk, Within: "ST", ID: "+15550100"}, guest: true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if bears, guest := c.resource.BearsMarker(), c.resource.Guest(); bears != c.bears || guest != c.guest {
				t.Errorf("bears a marker: %v, guest: %v, want %v, %v: %s", bears, guest, c.bears, c.guest, c.reason)
			}
		})
	}
}
