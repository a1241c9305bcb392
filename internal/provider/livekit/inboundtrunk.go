package livekit

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"github.com/livekit/protocol/livekit"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
)

// An InboundTrunkSpec is a trunk that takes the calls to one number.
type InboundTrunkSpec struct {
	Number           string
	AllowedNumbers   []string
	AllowedAddresses []string
	MediaEncryption  v1alpha1.MediaEncryption
	Headers          v1alpha1.Headers
	KrispEnabled     bool
	// RingingTimeout and MaxCallDuration are LiveKit's defaults when 0.
	RingingTimeout  time.Duration
	MaxCallDuration time.Duration
}

type inboundTrunks struct {
	session *session
	trunks  collection[*livekit.SIPInboundTrunkInfo]
}

func newInboundTrunks(s *session) inboundTrunks {
	list := func(ctx context.Context, ids []string, after string) ([]*livekit.SIPInboundTrunkInfo, error) {
		request := &livekit.ListSIPInboundTrunkRequest{TrunkIds: ids, Page: page(after)}
		response, err := do(ctx, s, s.sip.ListSIPInboundTrunk, request)
		return response.GetItems(), err
	}
	return inboundTrunks{s, collection[*livekit.SIPInboundTrunkInfo]{
		noun: "inbound trunk", ids: trunkID, list: list, desired: desiredInboundTrunk, lacks: inboundLacks,
	}}
}

// Observe finds the trunk by id or marker.
func (d inboundTrunks) Observe(ctx context.Context, call external.Call) (external.Observation, error) {
	return d.trunks.find(ctx, call)
}

// Create makes the trunk, or adopts it if it is the one in the way.
func (d inboundTrunks) Create(ctx context.Context, call external.Call) (external.Observation, error) {
	trunk, err := desiredInboundTrunk(call)
	if err != nil {
		return external.Observation{}, err
	}
	request := &livekit.CreateSIPInboundTrunkRequest{Trunk: trunk}
	made, err := create(ctx, d.session, d.session.sip.CreateSIPInboundTrunk, request)
	if external.ClassOf(err) == external.ResourceInUse {
		made, err = d.trunks.adopt(ctx, err, call.Marker, takesCallsOf(trunk))
	}
	return d.trunks.returned(made, err, call)
}

// Update replaces the trunk: a change of single fields leaves out half of them.
func (d inboundTrunks) Update(ctx context.Context, call external.Call) (external.Observation, error) {
	trunk, err := d.trunks.replacement(call)
	if err != nil {
		return external.Observation{}, err
	}
	if err := d.checkMove(ctx, call.ID, trunk); err != nil {
		return external.Observation{}, err
	}
	changed, err := do(ctx, d.session, d.session.sip.UpdateSIPInboundTrunk, &livekit.UpdateSIPInboundTrunkRequest{
		SipTrunkId: call.ID,
		Action:     &livekit.UpdateSIPInboundTrunkRequest_Replace{Replace: trunk},
	})
	if external.ClassOf(err) == external.ResourceInUse {
		err = d.trunks.explain(ctx, err, call.ID, takesCallsOf(trunk))
	}
	return d.trunks.returned(changed, err, call)
}

// checkMove refuses to give a trunk whose number was changed behind our back a
// number that another trunk has by now: the server compares an update only with
// trunks of the new number, misses the one that moves, and then drops all calls.
func (d inboundTrunks) checkMove(ctx context.Context, id string, trunk *livekit.SIPInboundTrunkInfo) error {
	live, err := d.trunks.byID(ctx, id)
	if err != nil || takesCallsOf(trunk)(live) {
		return err
	}
	items, err := d.trunks.all(ctx)
	if err != nil {
		return err
	}
	rival := except(id, takesCallsOf(trunk))
	if !slices.ContainsFunc(items, rival) {
		return nil
	}
	return blame(&external.Error{Class: numberTaken.class, Message: numberTaken.message}, items, rival)
}

// List observes all inbound trunks.
func (d inboundTrunks) List(ctx context.Context, _ string) ([]external.Observation, error) {
	return d.trunks.observations(ctx)
}

// Delete asks for the trunk to go.
func (d inboundTrunks) Delete(ctx context.Context, call external.Call) error {
	if err := d.trunks.check(call.ID); err != nil {
		return err
	}
	return d.session.deleteTrunk(ctx, call.ID)
}

// deleteTrunk serves both directions. Its success proves nothing: LiveKit says
// the same of a trunk that never was.
func (s *session) deleteTrunk(ctx context.Context, id string) error {
	_, err := do(ctx, s, s.sip.DeleteSIPTrunk, &livekit.DeleteSIPTrunkRequest{SipTrunkId: id})
	return err
}

func desiredInboundTrunk(call external.Call) (*livekit.SIPInboundTrunkInfo, error) {
	spec, err := specOf[InboundTrunkSpec](call)
	if err != nil {
		return nil, err
	}
	numbers, err := only(spec.Number)
	if err != nil {
		return nil, err
	}
	if err := checkAddresses(spec.AllowedAddresses); err != nil {
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
	return &livekit.SIPInboundTrunkInfo{
		Name:                call.Marker,
		Numbers:             numbers,
		AllowedNumbers:      spec.AllowedNumbers,
		AllowedAddresses:    spec.AllowedAddresses,
		Media:               media,
		Headers:             texts(spec.Headers.Headers),
		HeadersToAttributes: texts(spec.Headers.HeadersToAttributes),
		AttributesToHeaders: texts(spec.Headers.AttributesToHeaders),
		IncludeHeaders:      include,
		KrispEnabled:        spec.KrispEnabled,
		RingingTimeout:      atMost(spec.RingingTimeout),
		MaxCallDuration:     atMost(spec.MaxCallDuration),
	}, nil
}

// checkAddresses refuses what LiveKit would drop: when it has dropped all, it
// lets everybody in.
func checkAddresses(addresses []string) error {
	for _, address := range addresses {
		_, notAddress := netip.ParseAddr(address)
		_, notPrefix := netip.ParsePrefix(address)
		if notAddress != nil && notPrefix != nil {
			return refuse("allowedAddresses: %.64q is neither an IP address nor a CIDR block", address)
		}
	}
	return nil
}

// takesCallsOf matches trunks that share a number with the given one, as the
// server compares them.
func takesCallsOf(trunk *livekit.SIPInboundTrunkInfo) func(*livekit.SIPInboundTrunkInfo) bool {
	return func(other *livekit.SIPInboundTrunkInfo) bool {
		return slices.ContainsFunc(other.GetNumbers(), func(number string) bool {
			return slices.Contains(trunk.GetNumbers(), livekit.NormalizeNumber(number))
		})
	}
}
