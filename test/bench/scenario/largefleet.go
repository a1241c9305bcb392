package scenario

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/callplane/callplane/test/bench/fleet"
	"github.com/callplane/callplane/test/bench/report"
	"github.com/callplane/callplane/test/bench/rig"
	"github.com/callplane/callplane/test/bench/sample"
)

// A growing fleet is weighed, restarted and swept at several sizes.
type growing struct {
	*Bench
	fleet *fleet.Fleet
	// Memory by size, of the manager and of the bare informer, in bytes.
	manager, informer []sample.Point
	curves            map[string][]sample.Point
}

// largeFleet is about what a fleet costs that nothing happens to, and about a restart.
func largeFleet(ctx context.Context, b *Bench) error {
	return b.onRig(ctx, unlimited, b.Rig, func(ctx context.Context, r *rig.Rig) error {
		wide := b.fleetOptions("large")
		wide.Concurrent, wide.PerMinute = unlimited.Concurrent, unlimited.PerMinute
		f, err := raised(ctx, r, wide)
		if err != nil {
			return err
		}
		g := &growing{Bench: b, fleet: f, curves: map[string][]sample.Point{}}
		have := 0
		for _, size := range b.fleetSizes() {
			b.Say("Seeding %d numbers", size)
			if err := f.Seed(ctx, have, size); err != nil {
				return err
			}
			have = size
			if err := g.adopt(ctx); err != nil {
				return err
			}
			if err := g.measure(ctx, size); err != nil {
				return fmt.Errorf("with %d numbers: %w", size, err)
			}
		}
		g.report()
		return g.restart(ctx, have)
	})
}

// adopt lets a manager look at the copies once, as it does at what is new to it: what is
// measured afterwards is about a fleet that it knows.
func (g *growing) adopt(ctx context.Context) error {
	manager, err := g.fleet.Settled(ctx, quietFlags...)
	if err != nil {
		return err
	}
	return manager.Stop()
}

// fleetSizes are none, a quarter, half and all, for a slope, and those of the curve.
func (b *Bench) fleetSizes() []int {
	sizes := []int{0, b.Sizes.Fleet / 4, b.Sizes.Fleet / 2, b.Sizes.Fleet}
	for _, size := range b.Sizes.Curve {
		if size <= b.Sizes.Fleet {
			sizes = append(sizes, size)
		}
	}
	slices.Sort(sizes)
	return slices.Compact(sizes)
}

func (g *growing) measure(ctx context.Context, size int) error {
	for _, weigh := range sample.Mirrored([]func(context.Context, int) error{g.weighManager, g.weighInformer}) {
		if err := weigh(ctx, size); err != nil {
			return err
		}
	}
	if size != g.Sizes.Fleet && !slices.Contains(g.Sizes.Curve, size) {
		return nil
	}
	return g.sweep(ctx, size)
}

// weighManager also counts what a restart costs when nothing is to be done.
func (g *growing) weighManager(ctx context.Context, size int) error {
	start := time.Now()
	if err := g.fleet.Rig.Forget(); err != nil {
		return err
	}
	manager, err := g.fleet.Rig.StartManager(ctx, quietFlags...)
	if err != nil {
		return err
	}
	if err := g.fleet.Rig.Quiet(ctx, fleet.Rest); err != nil {
		return err
	}
	calls, err := g.fleet.Rig.Calls()
	if err != nil {
		return err
	}
	if _, last := span(calls); len(calls) > 0 {
		g.point("restart until at rest, s", size, last.Sub(start).Seconds())
	}
	g.point("restart, provider calls", size, float64(len(calls)))
	err = g.weigh(ctx, "manager", size, manager, &g.manager)
	return errors.Join(err, manager.Stop())
}

func (g *growing) weighInformer(ctx context.Context, size int) error {
	informer, err := g.fleet.Rig.StartRole(ctx, "informer")
	if err != nil {
		return err
	}
	if err := rig.Pause(ctx, 5*time.Second); err != nil {
		return err
	}
	err = g.weigh(ctx, "bare informer", size, informer, &g.informer)
	return errors.Join(err, informer.Stop())
}

// weigh notes what the heap takes, and what the kernel gives.
func (g *growing) weigh(ctx context.Context, who string, size int, program *rig.Program, heaps *[]sample.Point) error {
	resident, errResident := program.RSS()
	heap, errHeap := program.Heap(ctx)
	*heaps = append(*heaps, sample.Point{X: float64(size), Y: heap})
	g.point(who+" heap, MiB", size, heap/mebibyte)
	g.point(who+" resident memory, MiB", size, resident/mebibyte)
	return errors.Join(errResident, errHeap)
}

func (g *growing) point(curve string, size int, value float64) {
	g.curves[curve] = append(g.curves[curve], sample.Point{X: float64(size), Y: value})
}

const mebibyte = 1 << 20

func (g *growing) report() {
	slope, bare := sample.Slope(g.manager)*10_000/mebibyte, sample.Slope(g.informer)*10_000/mebibyte
	note := fmt.Sprintf("%.1f MiB for 10,000 numbers, the informer %.1f MiB", slope, bare)
	g.add("P5", "memory of 10,000 numbers / that in a bare informer", "manager", report.AtMost(0.6), note, slope/bare)
	g.addCurves(g.curves)
}
