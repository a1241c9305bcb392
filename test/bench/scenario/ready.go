package scenario

import (
	"context"
	"fmt"
	"time"

	"github.com/callplane/callplane/test/bench/fleet"
	"github.com/callplane/callplane/test/bench/rawclient"
	"github.com/callplane/callplane/test/bench/report"
	"github.com/callplane/callplane/test/bench/rig"
	"github.com/callplane/callplane/test/bench/sample"
	"github.com/callplane/callplane/test/bench/wire"
)

// pathCalls is how many calls of a provision follow one another at least: LiveKit's
// trunk and its rule, while Twilio is asked for the number; then the number is read
// once more and put on its trunk, once everything that answers it is there.
const pathCalls = 4

// ready sets numbers up one at a time, and compares how long each takes with the calls
// that have to follow one another.
func ready(ctx context.Context, b *Bench) error {
	return b.onRig(ctx, unlimited, b.Rig, func(ctx context.Context, r *rig.Rig) error {
		f, _, err := running(ctx, r, b.fleetOptions("singles"))
		if err != nil {
			return err
		}
		job, err := b.job(f)
		if err != nil {
			return err
		}
		if err := r.Configure(settings(b.Limits)); err != nil {
			return err
		}
		raw := rawclient.Client{Objects: r.Client, Calls: wire.New(job), Job: job}
		view, err := f.Watch(ctx)
		if err != nil {
			return err
		}
		defer view.Stop()
		ways := []way{
			{"manager", report.AtMost(0.05), func(ctx context.Context, i int) (time.Time, error) {
				return readyAfter(ctx, view, i, f.Create(ctx, i, i+1))
			}},
			{"raw client", report.Target{}, func(ctx context.Context, i int) (time.Time, error) {
				return readyAfter(ctx, view, i, raw.SetUp(ctx, f.Paused(i), f.TrunkOf(i)))
			}},
		}
		if b.Peer {
			if _, err := r.StartPeer(ctx, job); err != nil {
				return err
			}
			ways = append(ways, way{"crossplane-runtime", report.Target{}, func(ctx context.Context, i int) (time.Time, error) {
				err := f.SetUpExternals(ctx, i)
				return time.Now(), err
			}})
		}
		return b.oneByOne(ctx, f, ways)
	})
}

// A way to set the number i up, and to tell when it was ready.
type way struct {
	who    string
	target report.Target
	setUp  func(ctx context.Context, i int) (time.Time, error)
}

// readyAfter is when a number became ready, unless making it failed.
func readyAfter(ctx context.Context, view *fleet.View, i int, err error) (time.Time, error) {
	if err != nil {
		return time.Time{}, err
	}
	return view.Ready(ctx, fleet.Name(i))
}

func (b *Bench) oneByOne(ctx context.Context, f *fleet.Fleet, ways []way) error {
	path := pathCalls * b.Limits.Latency
	overheads := map[string][]float64{}
	for i := 0; i < b.Sizes.Singles*len(ways); i += 2 * len(ways) {
		for j, w := range sample.Mirrored(ways) {
			took, err := setUpOne(ctx, f, w, i+j)
			if err != nil {
				return fmt.Errorf("%s, number %d: %w", w.who, i+j, err)
			}
			overheads[w.who] = append(overheads[w.who], (took-path).Seconds()/path.Seconds())
		}
	}
	for _, w := range ways {
		note := fmt.Sprintf("one at a time; the path is %d calls, %s", pathCalls, path)
		b.add("P6", "time to ready beyond the critical path / that path", w.who, w.target, note, overheads[w.who]...)
	}
	return nil
}

func setUpOne(ctx context.Context, f *fleet.Fleet, w way, i int) (time.Duration, error) {
	if err := f.Own(i, i+1); err != nil {
		return 0, err
	}
	start := time.Now()
	at, err := w.setUp(ctx, i)
	return at.Sub(start), err
}
