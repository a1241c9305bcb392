package scenario

import (
	"context"
	"errors"
	"time"

	"github.com/callplane/callplane/test/bench/fleet"
	"github.com/callplane/callplane/test/bench/standin"
	"github.com/callplane/callplane/test/bench/wire"
)

// peerDrains starts the peer before the clock, and ends it afterwards.
func peerDrains(f *fleet.Fleet, job wire.Job) func(ctx context.Context, count int) ([]standin.Call, error) {
	return func(ctx context.Context, _ int) ([]standin.Call, error) {
		peer, err := f.Rig.StartPeer(ctx, job)
		if err != nil {
			return nil, err
		}
		if err := errors.Join(f.Rig.Quiet(ctx, 3*time.Second), f.Rig.Forget()); err != nil {
			return nil, err
		}
		if err := errors.Join(f.DeleteExternals(ctx), f.AwaitNoExternals(ctx)); err != nil {
			return nil, err
		}
		calls, err := f.Rig.Calls()
		return calls, errors.Join(err, peer.Stop())
	}
}
