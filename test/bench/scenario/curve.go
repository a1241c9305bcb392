package scenario

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/callplane/callplane/test/bench/bound"
	"github.com/callplane/callplane/test/bench/fleet"
	"github.com/callplane/callplane/test/bench/rig"
	"github.com/callplane/callplane/test/bench/sample"
)

// swift providers are faster than any that there are, so that the curve shows what
// manager and API server can do.
var swift = bound.Limits{Latency: 20 * time.Millisecond, Concurrent: 20, PerMinute: 100_000, Burst: 10_000}

// curve sets fleets of several sizes up and tears them down.
func curve(ctx context.Context, b *Bench) error {
	return b.onRig(ctx, swift, b.Rig, func(ctx context.Context, r *rig.Rig) error {
		options := b.fleetOptions("curve")
		options.Concurrent, options.PerMinute = swift.Concurrent, swift.PerMinute
		f, manager, err := running(ctx, r, options)
		if err != nil {
			return err
		}
		curves := map[string][]sample.Point{}
		first := 0
		for _, size := range b.Sizes.Curve {
			if size > b.Sizes.Fleet {
				continue
			}
			err := r.During(ctx, fmt.Sprintf("curve-%d", size), manager, func(ctx context.Context) error {
				return b.upAndDown(ctx, f, first, size, curves)
			})
			if err != nil {
				return fmt.Errorf("with %d numbers: %w", size, err)
			}
			first += size
		}
		b.addCurves(curves)
		return nil
	})
}

func (b *Bench) upAndDown(ctx context.Context, f *fleet.Fleet, first, size int, curves map[string][]sample.Point) error {
	view, err := f.Watch(ctx)
	if err != nil {
		return err
	}
	defer view.Stop()
	up := func() error {
		_, err := view.AwaitReady(ctx, size+1)
		return err
	}
	down := func() error {
		_, err := view.AwaitGone(ctx, size)
		return err
	}
	if err := f.Own(first, first+size); err != nil {
		return err
	}
	for _, half := range []struct {
		name  string
		begin func(ctx context.Context, first, last int) error
		await func() error
	}{{"provision", f.Create, up}, {"teardown", f.Delete, down}} {
		if err := f.Rig.Forget(); err != nil {
			return err
		}
		start := time.Now()
		if err := errors.Join(half.begin(ctx, first, first+size), half.await()); err != nil {
			return err
		}
		took := time.Since(start)
		calls, err := f.Rig.Calls()
		if err != nil {
			return err
		}
		curves[half.name+", s"] = append(curves[half.name+", s"], sample.Point{X: float64(size), Y: took.Seconds()})
		curves[half.name+", calls"] = append(curves[half.name+", calls"], sample.Point{X: float64(size), Y: float64(len(calls))})
		b.Say("curve: %s of %d numbers in %s, %d calls", half.name, size, took, len(calls))
	}
	return f.Rig.Quiet(ctx, 3*time.Second)
}
