package livekitsim

import (
	"context"

	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/utils/guid"
	"google.golang.org/protobuf/proto"
)

// CreateSIPOutboundTrunk makes a second one of the same if it is asked to.
func (s *Simulator) CreateSIPOutboundTrunk(
	_ context.Context, request *livekit.CreateSIPOutboundTrunkRequest,
) (*livekit.SIPOutboundTrunkInfo, error) {
	if err := request.Validate(); err != nil {
		return nil, invalid(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	trunk := proto.CloneOf(request.GetTrunk())
	trunk.SipTrunkId = s.newID(guid.SIPTrunkPrefix)
	return s.outbound.put(trunk), nil
}

// UpdateSIPOutboundTrunk changes or replaces a trunk.
func (s *Simulator) UpdateSIPOutboundTrunk(
	_ context.Context, request *livekit.UpdateSIPOutboundTrunkRequest,
) (*livekit.SIPOutboundTrunkInfo, error) {
	if err := request.Validate(); err != nil {
		return nil, invalid(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	trunk, ok := s.outbound.get(request.GetSipTrunkId())
	if !ok {
		return nil, errNoTrunk
	}
	trunk, err := apply(request.GetAction(), trunk)
	if err != nil {
		return nil, err
	}
	return s.outbound.put(trunk), nil
}

// ListSIPOutboundTrunk filters by id and by number as it is written.
func (s *Simulator) ListSIPOutboundTrunk(
	ctx context.Context, request *livekit.ListSIPOutboundTrunkRequest,
) (*livekit.ListSIPOutboundTrunkResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	items, err := list(ctx, s.outbound, request, s.paged)
	return &livekit.ListSIPOutboundTrunkResponse{Items: items}, err
}
