package phonenumber

import (
	"context"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider"
	"github.com/callplane/callplane/internal/provider/fake"
)

// cloudKinds are enough of a carrier and of a platform to be as intricate as a
// real number.
var cloudKinds = map[string]fake.Kind{
	"Number":     {Existing: true},
	"Trunk":      {Shared: true, Partial: true, Outputs: []string{"domain"}},
	"URL":        {Named: true},
	"List":       {Shared: true},
	"Credential": {Key: func(spec any) string { login, _ := spec.(provider.Login); return login.Username }},
	"ListLink":   {Association: "list"},
	"Attachment": {Association: "number", Moves: true},
	"Inbound":    {},
	"Rule":       {},
	"Outbound":   {},
}

// oneOfEach is what a number with calls in both directions has.
var oneOfEach = map[string]int{
	"Number": 1, "Trunk": 1, "URL": 1, "List": 1, "Credential": 1, "ListLink": 1, "Attachment": 1,
	"Inbound": 1, "Rule": 1, "Outbound": 1,
}

// onlyTheNumber is what is left of it.
var onlyTheNumber = map[string]int{"Number": 1}

// An end is a provider whose calls are on the tape.
type end struct {
	*fake.Provider
	tape *tape
	// sent is told which logins are sent.
	sent func(provider.Login)
}

func (e end) Connect(ctx context.Context, access provider.Access) (external.Session, error) {
	opened, err := e.Provider.Connect(ctx, access)
	if err != nil {
		return nil, err
	}
	return session{Session: opened, end: e}, nil
}

type session struct {
	external.Session
	end end
}

func (s session) Driver(kind string) (external.Driver, bool) {
	known, ok := s.Session.Driver(kind)
	watched := driver{Driver: known, end: s.end, kind: kind}
	if shared, isShared := known.(external.Shared); isShared {
		return sharedDriver{driver: watched, shared: shared}, ok
	}
	return watched, ok
}

type driver struct {
	external.Driver
	end  end
	kind string
}

// Observe never shows whether a password is another one, as carriers do not.
func (d driver) Observe(ctx context.Context, call external.Call) (external.Observation, error) {
	observation, err := d.answer(ctx, effect{what: "observe " + d.kind}, call, d.Driver.Observe)
	if wanted, ok := call.Spec.(provider.Login); ok && d.kind == "Credential" && err == nil && d.end.login(d.kind).Username == wanted.Username {
		observation.Drift = nil
	}
	return observation, err
}

// Holder is on the tape as what it is: a look at the number.
func (d driver) Holder(ctx context.Context, call external.Call) (external.Observation, error) {
	return d.answer(ctx, effect{what: "observe holder of " + d.kind}, call, d.Driver.(external.Held).Holder)
}

// List is on the tape for what it is: a look at all of a kind.
func (d driver) List(ctx context.Context, parentID string) ([]external.Observation, error) {
	var seen []external.Observation
	err := d.end.tape.take(ctx, effect{what: "observe all of " + d.kind}, func() error {
		var err error
		seen, err = d.Driver.(external.Listed).List(ctx, parentID)
		return err
	})
	return seen, err
}

func (d driver) Create(ctx context.Context, call external.Call) (external.Observation, error) {
	d.send(call)
	return d.answer(ctx, effect{what: "create " + d.kind, creates: d.kind}, call, d.Driver.Create)
}

func (d driver) Update(ctx context.Context, call external.Call) (external.Observation, error) {
	d.send(call)
	return d.answer(ctx, effect{what: "update " + d.kind}, call, d.Driver.Update)
}

func (d driver) Delete(ctx context.Context, call external.Call) error {
	return d.end.tape.take(ctx, effect{what: "delete " + d.kind}, func() error { return d.Driver.Delete(ctx, call) })
}

func (d driver) send(call external.Call) {
	if login, ok := call.Spec.(provider.Login); ok {
		d.end.sent(login)
	}
}

func (d driver) answer(ctx context.Context, e effect, call external.Call, work func(context.Context, external.Call) (external.Observation, error)) (external.Observation, error) {
	var observation external.Observation
	err := d.end.tape.take(ctx, e, func() error {
		var err error
		observation, err = work(ctx, call)
		return err
	})
	if err != nil {
		return external.Observation{}, err
	}
	return observation, nil
}

type sharedDriver struct {
	driver
	shared external.Shared
}

func (d sharedDriver) UsedBy(ctx context.Context, call external.Call) (string, error) {
	var by string
	err := d.end.tape.take(ctx, effect{what: "usedBy " + d.kind}, func() error {
		var err error
		by, err = d.shared.UsedBy(ctx, call)
		return err
	})
	return by, err
}

type carrier struct{ end }

func (carrier) Termination() external.Ref {
	return external.Ref{Slot: external.SlotTrunk, Output: "domain"}
}

func (carrier) TrunkResources(*v1alpha1.SIPTrunk, provider.Wiring) []external.Resource { return nil }

func (c carrier) Resources(number *v1alpha1.PhoneNumber, wiring provider.Wiring) []external.Resource {
	resources := []external.Resource{
		{
			Slot: external.SlotNumber, Kind: "Number", Existing: true, Key: number.Spec.Number, Spec: number.Spec.Number,
			Purchase: number.Spec.Acquisition == v1alpha1.AcquisitionPurchase,
		},
		{Slot: external.SlotTrunk, Kind: "Trunk", Spec: number.Spec.DisplayName},
	}
	var after []external.Slot
	if number.Spec.Inbound != nil {
		resources = append(resources, external.Resource{Slot: external.SlotOriginationURL, Kind: "URL", Parent: external.SlotTrunk, Spec: "sip:" + wiring.SIPHost})
		after = []external.Slot{external.SlotOriginationURL, wiring.Link}
	}
	if number.Spec.Outbound != nil {
		resources = append(resources,
			external.Resource{Slot: external.SlotCredentialList, Kind: "List", Spec: "list"},
			external.Resource{Slot: external.SlotCredential, Kind: "Credential", Parent: external.SlotCredentialList, Key: wiring.Login.Username, Spec: wiring.Login},
			external.Resource{
				Slot: external.SlotCredentialListLink, Kind: "ListLink", Parent: external.SlotTrunk,
				Inputs: map[string]external.Ref{"list": idOf(external.SlotCredentialList)}, Association: "list",
			})
	}
	attachment := external.Resource{
		Slot: external.SlotAttachment, Kind: "Attachment", Parent: external.SlotTrunk,
		Inputs: map[string]external.Ref{"number": idOf(external.SlotNumber)}, Association: "number",
		After: after,
	}
	if number.Spec.Acquisition == v1alpha1.AcquisitionTakeOver {
		attachment.Previous = external.Ref{Slot: external.SlotNumber, Output: fake.OutputHolder}
	}
	return at(c.Name(), append(resources, attachment))
}

type platform struct{ end }

func (platform) Link() external.Slot { return external.SlotDispatchRule }

func (platform) TrunkResources(*v1alpha1.SIPTrunk, provider.Wiring) []external.Resource { return nil }

func (p platform) Resources(number *v1alpha1.PhoneNumber, wiring provider.Wiring) []external.Resource {
	agent := ""
	if wiring.Agent != nil {
		agent = wiring.Agent.AgentName
	}
	var resources []external.Resource
	if number.Spec.Inbound != nil {
		resources = append(resources,
			external.Resource{Slot: external.SlotInboundTrunk, Kind: "Inbound", Spec: number.Spec.Number},
			external.Resource{
				Slot: external.SlotDispatchRule, Kind: "Rule", Spec: agent,
				Inputs: map[string]external.Ref{"trunk": idOf(external.SlotInboundTrunk)},
			})
	}
	if number.Spec.Outbound != nil {
		resources = append(resources, external.Resource{
			Slot: external.SlotOutboundTrunk, Kind: "Outbound", Spec: wiring.Login,
			Inputs: map[string]external.Ref{"address": wiring.Termination},
		})
	}
	return at(p.Name(), resources)
}

func idOf(slot external.Slot) external.Ref {
	return external.Ref{Slot: slot, Output: external.OutputID}
}

func at(name string, resources []external.Resource) []external.Resource {
	for i := range resources {
		resources[i].Provider = name
	}
	return resources
}
