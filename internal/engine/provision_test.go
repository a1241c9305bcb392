package engine_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/plan"
	"github.com/callplane/callplane/internal/provider/fake"
)

func TestProvisionWiresResources(t *testing.T) {
	d := newDesk(t)
	if err := d.provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	type tie struct {
		ParentID, Name string
		Inputs         map[string]string
	}
	want := map[string]tie{
		"Trunk-1":      {Name: marker(external.SlotTrunk)},
		"URL-2":        {ParentID: "Trunk-1"},
		"List-3":       {Name: marker(external.SlotCredentialList)},
		"Credential-4": {ParentID: "List-3"},
		"List-3 on":    {ParentID: "Trunk-1", Inputs: map[string]string{"list": "List-3"}},
		"Inbound-5":    {Name: marker(external.SlotInboundTrunk)},
		"Rule-6":       {Name: marker(external.SlotDispatchRule), Inputs: map[string]string{"trunk": "Inbound-5"}},
		"PN on":        {ParentID: "Trunk-1", Inputs: map[string]string{"number": "PN"}},
		"Outbound-7":   {Name: marker(external.SlotOutboundTrunk), Inputs: map[string]string{"address": "Trunk-1.domain"}},
		"PN":           {Name: e164},
	}
	got := map[string]tie{}
	for _, made := range d.cloud.All("") {
		id := made.ID
		if kinds[made.Kind].Association != "" {
			id += " on"
		}
		tie := tie{ParentID: made.ParentID, Name: made.Name}
		if len(made.Inputs) > 0 {
			tie.Inputs = made.Inputs
		}
		got[id] = tie
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what was made must refer to what it needs, -want +got:\n%s", diff)
	}
	calls := mutations(d.cloud)
	want2 := []string{
		"create Trunk Trunk-1", "update Trunk Trunk-1", "create URL URL-2", "create List List-3", "create Credential Credential-4",
		"create ListLink List-3", "create Inbound Inbound-5", "create Rule Rule-6", "create Attachment PN", "create Outbound Outbound-7",
	}
	if diff := cmp.Diff(want2, calls); diff != "" {
		t.Errorf("a create that leaves drift is followed by an update, and each comes after what it needs, -want +got:\n%s", diff)
	}
}

func TestProvisionStops(t *testing.T) {
	trunk, inbound := wanted()[1], wanted()[7]
	create := func(resource external.Resource) plan.Step { return plan.Step{Action: plan.Create, Resource: resource} }
	cases := map[string]struct {
		reason string
		steps  []plan.Step
		fault  *fake.Fault
		calls  []string
		class  external.Class
	}{
		"at an error": {
			reason: "after an unexpected error nothing more is made",
			steps:  []plan.Step{create(trunk), create(inbound)},
			fault:  &fake.Fault{Operation: fake.Create, Kind: "Trunk", Err: refusal(external.QuotaExceeded)},
			calls:  []string{"create Trunk"}, class: external.QuotaExceeded,
		},
		"at an error of the update that follows a create": {
			reason: "a resource that is half set up does not carry others",
			steps:  []plan.Step{create(trunk), create(inbound)},
			fault:  &fake.Fault{Operation: fake.Update, Kind: "Trunk", Err: refusal(external.Throttled)},
			calls:  []string{"create Trunk Trunk-1", "update Trunk Trunk-1"}, class: external.Throttled,
		},
		"at a Wait": {
			reason: "what may exist is not made, nor is what comes after it",
			steps:  []plan.Step{{Action: plan.Wait, Resource: trunk}, create(inbound)},
		},
		"at a Miss": {
			reason: "what was just missed is not made again yet",
			steps:  []plan.Step{{Action: plan.Miss, Resource: trunk}, create(inbound)},
		},
		"without an input": {
			reason: "nothing is made from a part of its inputs",
			steps:  []plan.Step{create(wanted()[8])},
			class:  external.Unknown,
		},
		"without a parent": {
			reason: "nothing is made outside of what is to contain it",
			steps:  []plan.Step{create(wanted()[2])},
			class:  external.Unknown,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			cloud := newCloud()
			if c.fault != nil {
				cloud.Fail(*c.fault)
			}
			construction := &engine.Construction{Sessions: sessions(cloud), Marker: marker}
			if _, err := construction.Observe(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			var failure error
			for result := range construction.Provision(t.Context(), c.steps) {
				if result.Err != nil && result.Created {
					t.Errorf("a failed create counts as created: %s", c.reason)
				}
				failure = result.Err
			}
			if (failure != nil) != (c.class != "") || failure != nil && external.ClassOf(failure) != c.class {
				t.Errorf("got the error %v, want the class %q: %s", failure, c.class, c.reason)
			}
			if diff := cmp.Diff(c.calls, mutations(cloud)); diff != "" {
				t.Errorf("%s, -want +got:\n%s", c.reason, diff)
			}
		})
	}
}

func TestProvisionStopsWhenNobodyListens(t *testing.T) {
	cloud := newCloud()
	construction := &engine.Construction{Sessions: sessions(cloud), Marker: marker}
	if _, err := construction.Observe(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	steps := []plan.Step{{Action: plan.Create, Resource: wanted()[1]}, {Action: plan.Create, Resource: wanted()[7]}}
	for result := range construction.Provision(t.Context(), steps) {
		if !result.Created || result.Observation.ID != "Trunk-1" {
			t.Errorf("got %+v, want the trunk, just created", result)
		}
		break
	}
	if diff := cmp.Diff([]string{"create Trunk Trunk-1"}, mutations(cloud)); diff != "" {
		t.Errorf("a create that could not be recorded is the last call, -want +got:\n%s", diff)
	}
}

func TestUnknownProviderOrKindIsNoAbsence(t *testing.T) {
	for name, entry := range map[string]ledger.Entry{
		"provider": {Slot: "trunk", Provider: "telnyx", Kind: "Trunk", ID: "T", State: v1alpha1.StateReady},
		"kind":     {Slot: "trunk", Provider: carrier, Kind: "Bridge", ID: "T", State: v1alpha1.StateReady},
	} {
		t.Run(name, func(t *testing.T) {
			cloud := newCloud()
			resource := external.Resource{Slot: "trunk", Provider: entry.Provider, Kind: entry.Kind}
			construction := &engine.Construction{Sessions: sessions(cloud), Marker: marker, Ledger: []ledger.Entry{entry}}
			found, err := construction.Observe(t.Context(), []external.Resource{resource})
			if external.ClassOf(err) != external.InvalidConfiguration || found != nil {
				t.Errorf("got %v and %v, want InvalidConfiguration and no findings: a downgrade must not let things be made twice", found, err)
			}
			if err := construction.Compensate(t.Context(), engine.Result{Resource: resource}); external.ClassOf(err) != external.InvalidConfiguration {
				t.Errorf("compensating: got %v, want InvalidConfiguration", err)
			}
			tear := demolition(cloud, []ledger.Entry{entry}, instant)
			if name == "provider" {
				tear.Open = noSession
			}
			outcome := tear.Run(t.Context())[0]
			if outcome.Gone || external.ClassOf(outcome.Err) != external.InvalidConfiguration {
				t.Errorf("torn down: got %+v, want InvalidConfiguration and not gone", outcome)
			}
		})
	}
}

func TestCompensate(t *testing.T) {
	cases := map[string]struct {
		reason string
		fault  *fake.Fault
		class  external.Class
		left   int
	}{
		"deleted":      {reason: "what could not be recorded is deleted again"},
		"gone already": {reason: "somebody else deleted it", fault: &fake.Fault{Operation: fake.Delete, Err: refusal(external.NotFound)}, left: 1},
		"refused":      {reason: "the caller is to know that it is still there", fault: &fake.Fault{Operation: fake.Delete, Err: refusal(external.Throttled)}, class: external.Throttled, left: 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			cloud := newCloud()
			trunk := cloud.Add(fake.Resource{Account: carrier, Kind: "Trunk", Name: marker(external.SlotTrunk)})
			other := cloud.Add(fake.Resource{Account: carrier, Kind: "Trunk", Name: marker(external.SlotTrunk)})
			if c.fault != nil {
				cloud.Fail(*c.fault)
			}
			construction := &engine.Construction{Sessions: sessions(cloud), Marker: marker}
			err := construction.Compensate(t.Context(), engine.Result{Resource: wanted()[1], Observation: external.Observation{ID: other.ID}})
			if (err != nil) != (c.class != "") || err != nil && external.ClassOf(err) != c.class {
				t.Errorf("got %v, want the class %q: %s", err, c.class, c.reason)
			}
			if got := cloud.All("Trunk"); len(got) != 1+c.left || got[0] != trunk {
				t.Errorf("%d trunks are left, want %d and never less than the one of the other leader: %s", len(got), 1+c.left, c.reason)
			}
			if err != nil && errors.Unwrap(err) == nil {
				t.Errorf("%v does not wrap its cause", err)
			}
		})
	}
}
