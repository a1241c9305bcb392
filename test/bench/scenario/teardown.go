package scenario

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/callplane/callplane/test/bench/bound"
	"github.com/callplane/callplane/test/bench/fleet"
	"github.com/callplane/callplane/test/bench/report"
	"github.com/callplane/callplane/test/bench/rig"
	"github.com/callplane/callplane/test/bench/sample"
	"github.com/callplane/callplane/test/bench/standin"
	"github.com/callplane/callplane/test/bench/wire"
)

// trunksOf a fleet are as many as its numbers need: a trunk of 100 to 1,000 numbers.
const trunksOf = 10

func (b *Bench) fleetOptions(namespace string) fleet.Options {
	return fleet.Options{
		Namespace: namespace, Trunks: trunksOf,
		Concurrent: b.Limits.Concurrent, PerMinute: b.Limits.PerMinute,
	}
}

// A contestant tears down numbers that are set up.
type contestant struct {
	who    string
	target report.Target
	// seed makes the numbers.
	seed func(ctx context.Context, first, last int) error
	// drain takes all of them down, and returns the calls that it made for them.
	drain func(ctx context.Context, count int) ([]standin.Call, error)
}

// teardown deletes a fleet at once, and compares how long that takes with what the
// providers allow.
func teardown(ctx context.Context, b *Bench) error {
	return b.onRig(ctx, unlimited, b.Rig, func(ctx context.Context, r *rig.Rig) error {
		f, err := raised(ctx, r, b.fleetOptions("drained"))
		if err != nil {
			return err
		}
		if err := r.Configure(settings(b.Limits)); err != nil {
			return err
		}
		contestants, err := b.contestants(f)
		if err != nil {
			return err
		}
		return b.drainInTurn(ctx, f, contestants)
	})
}

func (b *Bench) drainInTurn(ctx context.Context, f *fleet.Fleet, contestants []contestant) error {
	count, teardown := b.Sizes.Teardowns, b.Costs[bound.TeardownShared].Calls()
	ideal := b.Limits.Drain(count, teardown)
	rates := map[string][]float64{}
	first := 0
	for round := range b.Sizes.Rounds {
		for _, c := range sample.Mirrored(contestants) {
			took, calls, err := b.drained(ctx, f, c, first, count)
			if err != nil {
				return fmt.Errorf("%s, round %d: %w", c.who, round, err)
			}
			rates[c.who] = append(rates[c.who], ideal.Seconds()/took.Seconds())
			b.Say("P1 round %d, %s: %d teardowns in %s, ideally %s, with %.1f calls each", round, c.who, count, took, ideal, ratio(calls, count))
			first += count
		}
	}
	for _, c := range contestants {
		note := fmt.Sprintf("%d numbers on %d trunks, bound %.1f/s", count, f.Trunks, b.Limits.Rate(teardown))
		b.add("P1", "teardown rate / provider bound", c.who, c.target, note, rates[c.who]...)
	}
	return nil
}

// drained is the time from the first to the last call of a teardown, and how many
// there were.
func (b *Bench) drained(ctx context.Context, f *fleet.Fleet, c contestant, first, count int) (time.Duration, int, error) {
	if err := errors.Join(c.seed(ctx, first, first+count), f.Rig.Forget()); err != nil {
		return 0, 0, err
	}
	calls, err := c.drain(ctx, count)
	if err != nil {
		return 0, 0, err
	}
	if left, err := f.Rig.Twilio.OnTrunks(); err != nil || left != 1 {
		return 0, 0, errors.Join(err, fmt.Errorf("%d numbers are on trunks in place of the one that stays", left))
	}
	begin, end := span(calls)
	return end.Sub(begin), len(calls), nil
}

func (b *Bench) contestants(f *fleet.Fleet) ([]contestant, error) {
	job, err := b.job(f)
	if err != nil {
		return nil, err
	}
	contestants := []contestant{
		{who: "manager", target: report.AtLeast(0.95), seed: f.Seed, drain: managerDrains(f)},
		{who: "raw client", seed: f.Seed, drain: func(ctx context.Context, _ int) ([]standin.Call, error) {
			if err := f.Rig.RunRole(ctx, "raw", job); err != nil {
				return nil, err
			}
			return f.Rig.Calls()
		}},
	}
	if b.Peer {
		contestants = append(contestants, contestant{who: "crossplane-runtime", seed: f.SeedExternals, drain: peerDrains(f, job)})
	}
	return contestants, nil
}

// managerDrains starts the manager before the clock, and ends it afterwards. Calls for
// the trunks that numbers leave are not counted: they come when all is over.
func managerDrains(f *fleet.Fleet) func(ctx context.Context, count int) ([]standin.Call, error) {
	return func(ctx context.Context, count int) ([]standin.Call, error) {
		manager, err := f.Settled(ctx, quietFlags...)
		if err != nil {
			return nil, err
		}
		var calls []standin.Call
		err = f.Rig.During(ctx, "teardown", manager, func(ctx context.Context) (err error) {
			calls, err = deleteAll(ctx, f, count)
			return err
		})
		return calls, errors.Join(err, manager.Stop())
	}
}

func deleteAll(ctx context.Context, f *fleet.Fleet, count int) ([]standin.Call, error) {
	view, err := f.Watch(ctx)
	if err != nil {
		return nil, err
	}
	defer view.Stop()
	if err := f.DeleteAll(ctx); err != nil {
		return nil, err
	}
	if _, err := view.AwaitGone(ctx, count); err != nil {
		return nil, err
	}
	calls, err := f.Rig.Calls()
	return ofNumbers(calls), err
}

// job is what a rival needs to know.
func (b *Bench) job(f *fleet.Fleet) (wire.Job, error) {
	bearer, err := standin.Bearer()
	return wire.Job{
		TwilioURL: f.Rig.Twilio.URL, LiveKitURL: f.Rig.LiveKit.URL,
		Account: f.Account.SID, Token: f.Account.AuthToken, Bearer: bearer,
		Concurrent: b.Limits.Concurrent, PerMinute: b.Limits.PerMinute, Burst: b.Limits.Burst,
		Namespace: f.Namespace,
	}, err
}
