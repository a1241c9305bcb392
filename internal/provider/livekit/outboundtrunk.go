package livekit

import (
	"cmp"
	"context"
	"regexp"

	"github.com/livekit/protocol/livekit"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
)

// InputAddress is the input of an outbound trunk that holds the carrier's host.
const InputAddress = "address"

// An OutboundTrunkSpec is a trunk that makes calls from its numbers.
type OutboundTrunkSpec struct {
	Numbers []string
	// Address of the carrier, where it is not an input.
	Address         string
	Transport       v1alpha1.Transport
	MediaEncryption v1alpha1.MediaEncryption
	Headers         v1alpha1.Headers
	Username        string
	Password        external.Secret
}

type outboundTrunks struct {
	session *session
	trunks  collection[*livekit.SIPOutboundTrunkInfo]
}

func newOutboundTrunks(s *session) outboundTrunks {
	list := func(ctx context.Context, ids []string, after string) ([]*livekit.SIPOutboundTrunkInfo, error) {
		request := &livekit.ListSIPOutboundTrunkRequest{TrunkIds: ids, Page: page(after)}
		response, err := do(ctx, s, s.sip.ListSIPOutboundTrunk, request)
		return response.GetItems(), err
	}
	return outboundTrunks{s, collection[*livekit.SIPOutboundTrunkInfo]{
		noun: "outbound trunk", ids: trunkID, list: list, desired: desiredOutboundTrunk, lacks: outboundLacks,
	}}
}

// Observe finds the trunk by id or marker.
func (d outboundTrunks) Observe(ctx context.Context, call external.Call) (external.Observation, error) {
	return d.trunks.find(ctx, call)
}

// Create makes the trunk. LiveKit refuses no second one, so whoever calls it
// has looked for the first.
func (d outboundTrunks) Create(ctx context.Context, call external.Call) (external.Observation, error) {
	trunk, err := desiredOutboundTrunk(call)
	if err != nil {
		return external.Observation{}, err
	}
	request := &livekit.CreateSIPOutboundTrunkRequest{Trunk: trunk}
	made, err := create(ctx, d.session, d.session.sip.CreateSIPOutboundTrunk, request)
	return d.trunks.returned(made, err, call)
}

// Update replaces the trunk: a change of single fields leaves out the headers.
func (d outboundTrunks) Update(ctx context.Context, call external.Call) (external.Observation, error) {
	trunk, err := d.trunks.replacement(call)
	if err != nil {
		return external.Observation{}, err
	}
	changed, err := do(ctx, d.session, d.session.sip.UpdateSIPOutboundTrunk, &livekit.UpdateSIPOutboundTrunkRequest{
		SipTrunkId: call.ID,
		Action:     &livekit.UpdateSIPOutboundTrunkRequest_Replace{Replace: trunk},
	})
	return d.trunks.returned(changed, err, call)
}

// List observes all outbound trunks.
func (d outboundTrunks) List(ctx context.Context, _ string) ([]external.Observation, error) {
	return d.trunks.observations(ctx)
}

// Delete asks for the trunk to go.
func (d outboundTrunks) Delete(ctx context.Context, call external.Call) error {
	if err := d.trunks.check(call.ID); err != nil {
		return err
	}
	return d.session.deleteTrunk(ctx, call.ID)
}

// bareHost is a host with or without a port: LiveKit takes neither a SIP URI
// nor parameters.
var bareHost = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(:[0-9]{1,5})?$`)

func desiredOutboundTrunk(call external.Call) (*livekit.SIPOutboundTrunkInfo, error) {
	spec, err := specOf[OutboundTrunkSpec](call)
	if err != nil {
		return nil, err
	}
	numbers, err := some(spec.Numbers)
	if err != nil {
		return nil, err
	}
	address := cmp.Or(spec.Address, call.Inputs[InputAddress])
	if !bareHost.MatchString(address) {
		return nil, refuse("an outbound trunk needs the host of the carrier")
	}
	transport, err := word(transports, "transport", spec.Transport)
	if err != nil {
		return nil, err
	}
	media, err := media(spec.MediaEncryption)
	if err != nil {
		return nil, err
	}
	include, err := word(headerOptions, "includeHeaders", spec.Headers.IncludeHeaders)
	if err != nil {
		return nil, err
	}
	return &livekit.SIPOutboundTrunkInfo{
		Name:                call.Marker,
		Address:             address,
		Transport:           transport,
		Numbers:             numbers,
		AuthUsername:        spec.Username,
		AuthPassword:        spec.Password.Reveal(),
		Media:               media,
		Headers:             texts(spec.Headers.Headers),
		HeadersToAttributes: texts(spec.Headers.HeadersToAttributes),
		AttributesToHeaders: texts(spec.Headers.AttributesToHeaders),
		IncludeHeaders:      include,
	}, nil
}
