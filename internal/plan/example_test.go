package plan_test

import (
	"fmt"
	"time"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/plan"
)

// A number whose trunk is there and whose dispatch rule was never made. That
// the trunk is no longer as it should be is known from looking at it.
func Example() {
	wanted := []external.Resource{
		{
			Slot: external.SlotDispatchRule, Provider: "livekit", Kind: "DispatchRule",
			Inputs: map[string]external.Ref{"trunkID": {Slot: external.SlotInboundTrunk, Output: external.OutputID}},
		},
		{Slot: external.SlotInboundTrunk, Provider: "livekit", Kind: "InboundTrunk"},
	}
	recorded := []ledger.Entry{{Slot: "inbound", Provider: "livekit", Kind: "InboundTrunk", ID: "ST_1", State: v1alpha1.StateReady}}
	found := plan.Findings{
		external.SlotInboundTrunk: {Found: true, Observation: external.Observation{ID: "ST_1", Drift: []string{"headers"}}},
	}
	steps, err := plan.Provision(wanted, recorded, found, time.Unix(0, 0), 30*time.Second)
	if err != nil {
		fmt.Println(err)
	}
	for _, step := range steps {
		fmt.Printf("%s %s, seen as %q\n", step.Action, step.Resource.Kind, step.Observed.ID)
	}
	// Output:
	// Update InboundTrunk, seen as "ST_1"
	// Create DispatchRule, seen as ""
}
