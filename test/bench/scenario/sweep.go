package scenario

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/callplane/callplane/test/bench/report"
	"github.com/callplane/callplane/test/bench/rig"
	"github.com/callplane/callplane/test/bench/standin"
)

// sweep counts what one sweep of a fleet takes in which nothing drifts, and one in
// which somebody has changed a rule by hand.
func (g *growing) sweep(ctx context.Context, size int) error {
	manager, err := g.fleet.Settled(ctx, "--sweep-interval="+g.Sizes.Sweep.String(), noLooks, "--credentials-recheck-period=24h")
	if err != nil {
		return err
	}
	start := time.Now()
	calm, err := g.during(ctx, g.Sizes.Sweep)
	if err != nil {
		return err
	}
	writes, err := g.fleet.Rig.Writes(rig.Manager, start)
	if err != nil {
		return err
	}
	rule, err := g.fleet.RuleOf(ctx, size/2)
	if err != nil {
		return err
	}
	if err := g.fleet.Rig.LiveKit.Drift(rule); err != nil {
		return err
	}
	drifted, err := g.during(ctx, 2*g.Sizes.Sweep)
	if err != nil {
		return err
	}
	g.point("sweep, calls", size, float64(len(calm)))
	if size == g.Sizes.Fleet {
		g.reportSweep(size, calm, drifted, writes, rule)
	}
	return manager.Stop()
}

// during returns the calls of a time.
func (g *growing) during(ctx context.Context, length time.Duration) ([]standin.Call, error) {
	if err := errors.Join(g.fleet.Rig.Forget(), rig.Pause(ctx, length)); err != nil {
		return nil, err
	}
	return g.fleet.Rig.Calls()
}

func (g *growing) reportSweep(size int, calm, drifted []standin.Call, writes map[string]int, rule string) {
	each, _ := split(calm, false)
	note := fmt.Sprintf("%d numbers in %s:%s", size, g.Sizes.Sweep, listed(each))
	g.add("P4", "calls of a sweep of all numbers", "manager", report.AtMost(30), note, float64(len(calm)))
	g.add("P4", "API writes of a sweep without drift", "manager", report.Exactly(0), listed(writes), float64(total(writes)))
	noticed := 0.0
	for _, call := range drifted {
		if call.Operation == "livekit UpdateSIPDispatchRule" && call.Subject == rule {
			noticed = 1
		}
	}
	extra := len(drifted) - 2*len(calm)
	note = fmt.Sprintf("one rule changed by hand; two sweeps took %d calls more than two calm ones", extra)
	g.add("P4", "drift repaired within two sweeps", "manager", report.Exactly(1), note, noticed)
}
