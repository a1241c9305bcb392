package plan

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/internal/external"
)

func TestOrder(t *testing.T) {
	after := func(slot external.Slot, needs ...external.Slot) external.Resource {
		return external.Resource{Slot: slot, After: needs}
	}
	cases := map[string]struct {
		reason    string
		resources []external.Resource
		want      []external.Slot
		cycle     bool
	}{
		"empty":     {reason: "nothing has an order", want: []external.Slot{}},
		"free":      {reason: "what needs nothing keeps its place", resources: []external.Resource{after("c"), after("a"), after("b")}, want: []external.Slot{"c", "a", "b"}},
		"backwards": {reason: "needs come first", resources: []external.Resource{after("c", "b"), after("b", "a"), after("a")}, want: []external.Slot{"a", "b", "c"}},
		"outside":   {reason: "what is not in the list is taken to exist", resources: []external.Resource{after("b", "elsewhere"), after("a")}, want: []external.Slot{"b", "a"}},
		"parent":    {reason: "a parent is a need", resources: []external.Resource{{Slot: "child", Parent: "parent"}, after("parent")}, want: []external.Slot{"parent", "child"}},
		"input": {
			reason:    "an input is a need",
			resources: []external.Resource{{Slot: "user", Inputs: map[string]external.Ref{"x": {Slot: "used"}}}, after("used")},
			want:      []external.Slot{"used", "user"},
		},
		"diamond": {
			reason:    "two ways to one need are one order",
			resources: []external.Resource{after("d", "b", "c"), after("c", "a"), after("b", "a"), after("a")},
			want:      []external.Slot{"a", "c", "b", "d"},
		},
		"itself": {reason: "nothing can come before itself", resources: []external.Resource{after("a", "a")}, cycle: true},
		"circle": {reason: "a circle has no beginning", resources: []external.Resource{after("free"), after("a", "b"), after("b", "a")}, cycle: true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			before := slices.Clone(c.resources)
			ordered, err := Order(c.resources)
			if (err != nil) != c.cycle {
				t.Fatalf("got the error %v, want one: %v: %s", err, c.cycle, c.reason)
			}
			if diff := cmp.Diff(before, c.resources); diff != "" {
				t.Errorf("the list that went in has changed, -before +after:\n%s", diff)
			}
			if c.cycle {
				if _, err := Provision(c.resources, nil, nil, instant, grace); err == nil || !strings.Contains(err.Error(), "circle") {
					t.Errorf("a plan for them fails with %v, want the circle", err)
				}
				return
			}
			if diff := cmp.Diff(c.want, slotsOf(ordered)); diff != "" {
				t.Errorf("%s, -want +got:\n%s", c.reason, diff)
			}
		})
	}
}

// TestOrderOfAnything orders random graphs without a circle.
func TestOrderOfAnything(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("the seed is %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range 200 {
		var resources []external.Resource
		for i := range random.IntN(12) {
			resource := external.Resource{Slot: external.Slot(fmt.Sprint(i))}
			for j := range i {
				if random.IntN(4) == 0 {
					resource.After = append(resource.After, external.Slot(fmt.Sprint(j)))
				}
			}
			resources = append(resources, resource)
		}
		random.Shuffle(len(resources), func(i, j int) { resources[i], resources[j] = resources[j], resources[i] })
		ordered, err := Order(resources)
		if err != nil || len(ordered) != len(resources) {
			t.Fatalf("got %d of %d resources and %v", len(ordered), len(resources), err)
		}
		for i, resource := range ordered {
			for _, need := range resource.Needs() {
				if !slices.Contains(slotsOf(ordered[:i]), need) {
					t.Errorf("%s comes before %s, which it needs", resource.Slot, need)
				}
			}
		}
		again, _ := Order(ordered)
		if diff := cmp.Diff(slotsOf(ordered), slotsOf(again)); diff != "" {
			t.Errorf("what is ordered is not left as it is, -before +after:\n%s", diff)
		}
	}
}

func slotsOf(resources []external.Resource) []external.Slot {
	steps := make([]Step, len(resources))
	for i, resource := range resources {
		steps[i].Resource = resource
	}
	return Slots(steps)
}
