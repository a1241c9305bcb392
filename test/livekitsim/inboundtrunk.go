package livekitsim

import (
	"context"

	"github.com/dennwc/iters"
	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/sip"
	"github.com/livekit/protocol/utils/guid"
	"google.golang.org/protobuf/proto"
)

// CreateSIPInboundTrunk refuses a number that another trunk takes for the same
// callers.
func (s *Simulator) CreateSIPInboundTrunk(
	_ context.Context, request *livekit.CreateSIPInboundTrunkRequest,
) (*livekit.SIPInboundTrunkInfo, error) {
	if err := request.Validate(); err != nil {
		return nil, invalid(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	trunk := proto.CloneOf(request.GetTrunk())
	if err := sip.ValidateTrunksIter(adding(trunk, s.trunksOf(trunk.GetNumbers()))); err != nil {
		return nil, err
	}
	trunk.SipTrunkId = s.newID(guid.SIPTrunkPrefix)
	return s.putInbound(trunk), nil
}

// UpdateSIPInboundTrunk misses the conflict of a trunk that moves to another
// number, as the server does: it compares those that had the number before.
func (s *Simulator) UpdateSIPInboundTrunk(
	_ context.Context, request *livekit.UpdateSIPInboundTrunkRequest,
) (*livekit.SIPInboundTrunkInfo, error) {
	if err := request.Validate(); err != nil {
		return nil, invalid(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	trunk, ok := s.inbound.get(request.GetSipTrunkId())
	if !ok {
		return nil, errNoTrunk
	}
	trunk, err := apply(request.GetAction(), trunk)
	if err != nil {
		return nil, err
	}
	all := iters.Slice(s.trunksOf(trunk.GetNumbers()))
	if err := sip.ValidateTrunksIter(all, sip.WithTrunkReplace(replacing(trunk))); err != nil {
		return nil, err
	}
	return s.putInbound(trunk), nil
}

// ListSIPInboundTrunk filters by id and by number; a trunk without numbers has
// every number.
func (s *Simulator) ListSIPInboundTrunk(
	ctx context.Context, request *livekit.ListSIPInboundTrunkRequest,
) (*livekit.ListSIPInboundTrunkResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	items, err := list(ctx, s.inbound, request, s.paged)
	return &livekit.ListSIPInboundTrunkResponse{Items: items}, err
}

// DeleteSIPTrunk deletes an inbound or an outbound trunk, and says the same of
// one that is not there.
func (s *Simulator) DeleteSIPTrunk(_ context.Context, request *livekit.DeleteSIPTrunkRequest) (*livekit.SIPTrunkInfo, error) {
	id := request.GetSipTrunkId()
	if id == "" {
		return nil, errNoTrunkID
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inbound.remove(id)
	s.outbound.remove(id)
	return &livekit.SIPTrunkInfo{SipTrunkId: id}, nil
}

func (s *Simulator) trunksOf(numbers []string) []*livekit.SIPInboundTrunkInfo {
	return s.inbound.page(&livekit.ListSIPInboundTrunkRequest{Numbers: numbers})
}

func (s *Simulator) putInbound(trunk *livekit.SIPInboundTrunkInfo) *livekit.SIPInboundTrunkInfo {
	if len(trunk.GetNumbers()) == 0 {
		s.violate("inbound trunk %s has no numbers: it takes the calls to every number", trunk.ID())
	}
	return s.inbound.put(trunk)
}
