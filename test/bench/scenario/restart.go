package scenario

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/callplane/callplane/test/bench/bound"
	"github.com/callplane/callplane/test/bench/fleet"
	"github.com/callplane/callplane/test/bench/report"
	"github.com/callplane/callplane/test/bench/rig"
	"github.com/callplane/callplane/test/bench/standin"
)

// restart kills the manager while some numbers of a fleet are being torn down, and
// compares how long the rest takes with what it takes at least: to see all numbers, and
// to drain those that are left as fast as the providers allow.
func (g *growing) restart(ctx context.Context, size int) error {
	if err := errors.Join(g.fleet.Limit(ctx, g.Limits.Concurrent, g.Limits.PerMinute), g.fleet.Rig.Configure(settings(g.Limits))); err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(g.Seed, 7))
	var ratios, strays []float64
	for first := 0; first+g.Sizes.Dying <= size && len(ratios) < g.Sizes.Rounds; first += g.Sizes.Dying {
		synced, err := g.informerSync(ctx)
		if err != nil {
			return err
		}
		recovery, err := g.killed(ctx, first, random.Float64())
		if err != nil {
			return err
		}
		ideal := synced + g.Limits.Drain(recovery.left, g.Costs[bound.TeardownShared].Calls())
		ratios = append(ratios, recovery.took.Seconds()/ideal.Seconds())
		strays = append(strays, float64(recovery.strays))
		g.Say("P7 %d left of %d, %s, ideally %s of which %s is the informer", recovery.left, g.Sizes.Dying, recovery.took, ideal, synced)
	}
	note := fmt.Sprintf("%d numbers, %d of them deleted", size, g.Sizes.Dying)
	g.add("P7", "restart until all is torn down / informer sync and ideal drain", "manager", report.AtMost(1.2), note, ratios...)
	g.add("P7", "calls for numbers that nothing happens to", "manager", report.Exactly(0), note, strays...)
	return nil
}

// informerSync is how long a bare informer takes from its start until it has seen all.
func (g *growing) informerSync(ctx context.Context) (time.Duration, error) {
	start := time.Now()
	informer, err := g.fleet.Rig.StartRole(ctx, "informer")
	if err != nil {
		return 0, err
	}
	return time.Since(start), informer.Stop()
}

type recovery struct {
	took         time.Duration
	left, strays int
}

// killed deletes numbers, kills the manager after a share of the ideal time, starts
// another one and waits for the end.
func (g *growing) killed(ctx context.Context, first int, share float64) (recovery, error) {
	last := first + g.Sizes.Dying
	manager, err := g.fleet.Settled(ctx, quietFlags...)
	if err != nil {
		return recovery{}, err
	}
	dying, err := g.fleet.Ledger(ctx, first, last)
	if err != nil {
		return recovery{}, err
	}
	view, err := g.fleet.Watch(ctx)
	if err != nil {
		return recovery{}, err
	}
	defer view.Stop()
	if err := g.fleet.Delete(ctx, first, last); err != nil {
		return recovery{}, err
	}
	ideal := g.Limits.Drain(g.Sizes.Dying, g.Costs[bound.TeardownShared].Calls())
	if err := rig.Pause(ctx, time.Duration(share*float64(ideal))); err != nil {
		return recovery{}, err
	}
	manager.Kill()
	return g.recovered(ctx, view, dying, first, last)
}

func (g *growing) recovered(ctx context.Context, view *fleet.View, dying map[string]string, first, last int) (recovery, error) {
	if err := g.fleet.Rig.Forget(); err != nil {
		return recovery{}, err
	}
	start, left := time.Now(), last-first-view.Gone()
	manager, err := g.fleet.Rig.StartManager(ctx, quietFlags...)
	if err != nil {
		return recovery{}, err
	}
	if _, err := view.AwaitGone(ctx, last-first); err != nil {
		return recovery{}, err
	}
	calls, err := g.fleet.Rig.Calls()
	if err != nil {
		return recovery{}, err
	}
	r := recovery{left: left}
	mine, others := aboutDying(ofNumbers(calls), dying)
	if _, end := span(mine); len(mine) > 0 {
		r.took = end.Sub(start)
	}
	r.strays = len(others)
	return r, manager.Stop()
}

// verifications are the calls that tell whether credentials are accepted.
var verifications = []string{"twilio number.list", "livekit ListSIPInboundTrunk"}

// aboutDying tells calls for numbers that were deleted from those for others. A manager that
// starts also finds out whether its credentials are accepted, which is about no number.
func aboutDying(calls []standin.Call, dying map[string]string) (mine, others []standin.Call) {
	for _, call := range calls {
		switch {
		case dying[call.Subject] != "":
			mine = append(mine, call)
		case !slices.Contains(verifications, call.Operation) || call.Subject != "":
			others = append(others, call)
		}
	}
	return mine, others
}
