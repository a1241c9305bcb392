package livekitsim

import (
	"context"

	"github.com/livekit/protocol/livekit"
	"github.com/twitchtv/twirp"
	"google.golang.org/protobuf/types/known/emptypb"
)

var errUnimplemented = twirp.NewError(twirp.Unimplemented, "the simulator does not have this method")

// ListSIPTrunk is not implemented; neither is anything below.
func (*Simulator) ListSIPTrunk(context.Context, *livekit.ListSIPTrunkRequest) (*livekit.ListSIPTrunkResponse, error) {
	return nil, errUnimplemented
}

// GetSIPInboundTrunk is not implemented.
func (*Simulator) GetSIPInboundTrunk(context.Context, *livekit.GetSIPInboundTrunkRequest) (*livekit.GetSIPInboundTrunkResponse, error) {
	return nil, errUnimplemented
}

// GetSIPOutboundTrunk is not implemented.
func (*Simulator) GetSIPOutboundTrunk(context.Context, *livekit.GetSIPOutboundTrunkRequest) (*livekit.GetSIPOutboundTrunkResponse, error) {
	return nil, errUnimplemented
}

// CreateSIPParticipant is not implemented.
func (*Simulator) CreateSIPParticipant(context.Context, *livekit.CreateSIPParticipantRequest) (*livekit.SIPParticipantInfo, error) {
	return nil, errUnimplemented
}

// TransferSIPParticipant is not implemented.
func (*Simulator) TransferSIPParticipant(context.Context, *livekit.TransferSIPParticipantRequest) (*emptypb.Empty, error) {
	return nil, errUnimplemented
}
