package livekit

import (
	"context"
	"slices"
	"time"

	"github.com/livekit/protocol/livekit"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
)

// outboundNumbers are the places of numbers on outbound trunks that others own, who
// write the lists: a number waits there to be put on one, and to be taken off.
type outboundNumbers struct{ of outboundTrunks }

// Observe finds the number on the trunk that it is to be on, or else on one that it is
// to leave. A trunk that is gone has no numbers.
func (d outboundNumbers) Observe(ctx context.Context, call external.Call) (external.Observation, error) {
	for _, trunk := range append([]string{call.ParentID}, call.From...) {
		listed, err := d.lists(ctx, trunk, call.ID)
		if err != nil {
			return external.Observation{}, err
		}
		if listed {
			return listedOn(trunk, call), nil
		}
	}
	return external.Observation{}, &external.Error{Class: external.NotFound, Message: call.ID + " is on no outbound trunk"}
}

func listedOn(trunk string, call external.Call) external.Observation {
	observation := external.Observation{ID: call.ID, ParentID: trunk}
	if trunk != call.ParentID {
		observation.Drift = []string{"trunk"}
	}
	return observation
}

func (d outboundNumbers) lists(ctx context.Context, trunk, number string) (bool, error) {
	if trunk == "" {
		return false, nil
	}
	live, err := d.of.trunks.byID(ctx, trunk)
	if external.IsNotFound(err) {
		return false, nil
	}
	return slices.Contains(live.GetNumbers(), number), err
}

// listing is how long the owner of a list takes to write it, as a rule.
const listing = 2 * time.Second

// Create makes nothing: it waits until the trunk lists the number.
func (d outboundNumbers) Create(ctx context.Context, call external.Call) (external.Observation, error) {
	listed, err := d.lists(ctx, call.ParentID, call.ID)
	switch {
	case err != nil:
		return external.Observation{}, err
	case !listed:
		return external.Observation{}, &external.Error{Class: v1alpha1.ReasonProvisioning, Message: "waiting until the SIPTrunk makes calls from " + call.ID, RetryAfter: listing}
	}
	return listedOn(call.ParentID, call), nil
}

// Update waits as Create does.
func (d outboundNumbers) Update(ctx context.Context, call external.Call) (external.Observation, error) {
	return d.Create(ctx, call)
}

// Delete takes the number off a trunk that nobody owns any more, and the trunk away
// with its last number: without any it would be everybody's.
func (d outboundNumbers) Delete(ctx context.Context, call external.Call) error {
	live, err := d.of.trunks.byID(ctx, call.ParentID)
	if err != nil {
		return err
	}
	if slices.Equal(live.GetNumbers(), []string{call.ID}) {
		return d.of.session.deleteTrunk(ctx, call.ParentID)
	}
	_, err = do(ctx, d.of.session, d.of.session.sip.UpdateSIPOutboundTrunk, &livekit.UpdateSIPOutboundTrunkRequest{
		SipTrunkId: call.ParentID,
		Action: &livekit.UpdateSIPOutboundTrunkRequest_Update{
			Update: &livekit.SIPOutboundTrunkUpdate{Numbers: &livekit.ListUpdate{Remove: []string{call.ID}}},
		},
	})
	return err
}
