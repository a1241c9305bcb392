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
