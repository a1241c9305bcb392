// Package scenario measures Callplane, one scenario at a time, each on a rig of its
// own. A scenario decides what is made, when the clock runs and what is divided by
// what; what a good ratio is stands beside the ratio.
package scenario

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/callplane/callplane/test/bench/bound"
	"github.com/callplane/callplane/test/bench/fleet"
	"github.com/callplane/callplane/test/bench/report"
	"github.com/callplane/callplane/test/bench/rig"
	"github.com/callplane/callplane/test/bench/sample"
	"github.com/callplane/callplane/test/bench/standin"
)

// Sizes are how many numbers, and how long, a run takes.
type Sizes struct {
	// Rounds is how often the contestants are measured, each twice a round: forth and back.
	Rounds int
	// Lifecycles are set up and torn down for the exact counts.
	Lifecycles int
	// Teardowns are drained at once.
	Teardowns int
	// Singles are set up one at a time.
	Singles int
	// Fleet is the largest fleet, and Dying how many of it are deleted at a restart.
	Fleet, Dying int
	// Tenants have TenantNumbers each.
	Tenants, TenantNumbers int
	// Curve are the fleets of the curve.
	Curve []int
	// Sweep is the interval of sweeps where they are counted.
	Sweep time.Duration
	// Idle is how long a healthy fleet is watched for writes.
	Idle time.Duration
}

// A Bench is what all scenarios of a run share.
type Bench struct {
	Rig    rig.Options
	Sizes  Sizes
	Limits bound.Limits
	Costs  map[string]bound.Costs
	Peer   bool
	Seed   uint64
	// Say tells a person how far the run is.
	Say func(format string, args ...any)

	Report report.Report
}

// A Scenario yields some of the metrics.
type Scenario struct {
	Metrics []string
	Run     func(ctx context.Context, b *Bench) error
}

// All scenarios, in the order in which they run.
var All = []Scenario{
	{[]string{"P2", "P3"}, counts},
	{[]string{"P1"}, teardown},
	{[]string{"P6"}, ready},
	{[]string{"P8"}, faults},
	{[]string{"P4", "P5", "P7", "curve"}, largeFleet},
	{[]string{"curve", "lifecycle"}, curve},
	{[]string{"livekit"}, realLiveKit},
}

// unlimited is what providers and account allow where only counts are of interest.
var unlimited = bound.Limits{Latency: time.Millisecond, Concurrent: 100, PerMinute: 100_000, Burst: 10_000}

func settings(limits bound.Limits) standin.Settings {
	return standin.Settings{
		Latency: limits.Latency, Concurrent: limits.Concurrent, PerMinute: limits.PerMinute, Burst: limits.Burst, Pages: true,
	}
}

// noLooks has no number compared with the providers just because it is due.
const noLooks = "--resync-period=8760h"

// quietFlags have the manager do by itself only what a test asks for.
var quietFlags = []string{"--sweep-interval=24h", noLooks, "--credentials-recheck-period=24h"}

// onRig runs a measurement on a rig with the limits.
func (b *Bench) onRig(ctx context.Context, limits bound.Limits, options rig.Options, do func(ctx context.Context, r *rig.Rig) error) error {
	r, err := rig.Start(ctx, options)
	if err != nil {
		return err
	}
	err = r.Configure(settings(limits))
	if err == nil {
		err = do(ctx, r)
	}
	return errors.Join(err, r.Stop())
}

// add puts a ratio into the report, and tells it.
func (b *Bench) add(metric, what, who string, target report.Target, note string, values ...float64) {
	result := report.Result{Metric: metric, What: what, Who: who, Summary: sample.Summarize(values...), Target: target, Note: note}
	b.Report.Results = append(b.Report.Results, result)
	b.Say("%s %s, %s: %.3f (%.3f to %.3f) %s", metric, what, who, result.Median, result.Low, result.High, note)
}

// addCurves puts curves into the report, in the order of their names.
func (b *Bench) addCurves(curves map[string][]sample.Point) {
	for _, title := range slices.Sorted(maps.Keys(curves)) {
		name, unit, _ := strings.Cut(title, ", ")
		b.Report.Curves = append(b.Report.Curves, report.Curve{Name: name, Unit: unit, Points: medians(curves[title])})
	}
}

// medians has one point for each x.
func medians(points []sample.Point) []sample.Point {
	byX := map[float64][]float64{}
	for _, p := range points {
		byX[p.X] = append(byX[p.X], p.Y)
	}
	var result []sample.Point
	for _, x := range slices.Sorted(maps.Keys(byX)) {
		result = append(result, sample.Point{X: x, Y: sample.Quantile(byX[x], 0.5)})
	}
	return result
}

// raised is a fleet with trunks and a model; the manager that made them has stopped.
func raised(ctx context.Context, r *rig.Rig, options fleet.Options) (*fleet.Fleet, error) {
	f, manager, err := running(ctx, r, options)
	if err != nil {
		return nil, err
	}
	if err := r.Quiet(ctx, 2*time.Second); err != nil {
		return nil, err
	}
	return f, errors.Join(manager.Stop(), r.Forget())
}

// running is a fleet with trunks and a model, and the manager that has made them.
func running(ctx context.Context, r *rig.Rig, options fleet.Options) (*fleet.Fleet, *rig.Program, error) {
	f, err := fleet.New(ctx, r, options)
	if err != nil {
		return nil, nil, err
	}
	manager, err := r.StartManager(ctx, quietFlags...)
	if err != nil {
		return nil, nil, err
	}
	if err := errors.Join(f.RaiseTrunks(ctx), f.RaiseModel(ctx)); err != nil {
		return nil, nil, fmt.Errorf("%w; the end of the manager's log:\n%s", err, lastOf(manager.Log()))
	}
	return f, manager, nil
}

func lastOf(log string) string { return log[max(len(log)-4000, 0):] }

// span is the time from the first call to the last answer.
func span(calls []standin.Call) (first, last time.Time) {
	for _, call := range calls {
		if first.IsZero() || call.Arrived.Before(first) {
			first = call.Arrived
		}
		if call.Answered.After(last) {
			last = call.Answered
		}
	}
	return first, last
}
