package scenario

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/callplane/callplane/test/bench/bound"
	"github.com/callplane/callplane/test/bench/fleet"
	"github.com/callplane/callplane/test/bench/report"
	"github.com/callplane/callplane/test/bench/rig"
	"github.com/callplane/callplane/test/bench/sample"
	"github.com/callplane/callplane/test/bench/standin"
)

// faults tears down the numbers of many tenants while the providers fail: all alike,
// and then one tenant's account for good.
func faults(ctx context.Context, b *Bench) error {
	return b.onRig(ctx, unlimited, b.Rig, func(ctx context.Context, r *rig.Rig) error {
		t, err := b.settle(ctx, r)
		if err != nil {
			return err
		}
		if err := r.Configure(settings(b.Limits)); err != nil {
			return err
		}
		if err := t.goodput(ctx); err != nil {
			return fmt.Errorf("goodput: %w", err)
		}
		return t.fairness(ctx)
	})
}

// Tenants have a namespace and an account at Twilio each, and share the LiveKit
// project.
type tenants struct {
	*Bench
	rig    *rig.Rig
	fleets []*fleet.Fleet
	// used is how many numbers each has had.
	used int
}

func (b *Bench) settle(ctx context.Context, r *rig.Rig) (*tenants, error) {
	t := &tenants{Bench: b, rig: r}
	for i := range b.Sizes.Tenants {
		options := b.fleetOptions(fmt.Sprintf("tenant-%02d", i))
		options.Area, options.Trunks = i, 1
		f, err := raised(ctx, r, options)
		if err != nil {
			return nil, err
		}
		t.fleets = append(t.fleets, f)
	}
	return t, nil
}

// drain seeds numbers for each tenant, starts a manager, has spoil break something,
// deletes all numbers and waits until those of the healthy tenants are gone. It returns
// the calls, and how long each number of a healthy tenant took.
func (t *tenants) drain(ctx context.Context, spoil func() error, healthy []*fleet.Fleet) ([]standin.Call, []float64, error) {
	for _, f := range t.fleets {
		if err := f.Seed(ctx, t.used, t.used+t.Sizes.TenantNumbers); err != nil {
			return nil, nil, err
		}
	}
	t.used += t.Sizes.TenantNumbers
	manager, err := t.fleets[0].Settled(ctx, quietFlags...)
	if err != nil {
		return nil, nil, err
	}
	if err := spoil(); err != nil {
		return nil, nil, err
	}
	views, start, err := t.deleteAll(ctx, healthy)
	if err != nil {
		return nil, nil, err
	}
	took, err := t.gone(ctx, views, start)
	if err != nil {
		return nil, nil, err
	}
	calls, err := t.rig.Calls()
	return calls, took, errors.Join(err, manager.Stop(), t.heal(ctx))
}

func (t *tenants) deleteAll(ctx context.Context, healthy []*fleet.Fleet) ([]*fleet.View, time.Time, error) {
	var views []*fleet.View
	for _, f := range healthy {
		view, err := f.Watch(ctx)
		if err != nil {
			return nil, time.Time{}, err
		}
		views = append(views, view)
	}
	start := time.Now()
	for _, f := range t.fleets {
		if err := f.DeleteAll(ctx); err != nil {
			return nil, time.Time{}, err
		}
	}
	return views, start, nil
}

func (t *tenants) gone(ctx context.Context, views []*fleet.View, start time.Time) ([]float64, error) {
	var took []float64
	for _, view := range views {
		times, err := view.AwaitGone(ctx, t.Sizes.TenantNumbers)
		if err != nil {
			return nil, err
		}
		view.Stop()
		for at := range maps.Values(times) {
			took = append(took, at.Sub(start).Seconds())
		}
	}
	return took, nil
}

// heal ends all faults and lets go of what is left.
func (t *tenants) heal(ctx context.Context) error {
	failures := []error{t.rig.Twilio.Spoil(standin.Mix{}), t.rig.LiveKit.Spoil(standin.Mix{})}
	for _, f := range t.fleets {
		failures = append(failures, f.Abandon(ctx))
	}
	return errors.Join(failures...)
}

// goodput compares teardowns under faults with what is left of the bound.
func (t *tenants) goodput(ctx context.Context) error {
	mix := standin.Mix{Seed: t.Seed, Throttled: 0.20, Failed: 0.05, Lost: 0.05}
	all := func() error { return errors.Join(t.rig.Twilio.Spoil(mix), t.rig.LiveKit.Spoil(mix)) }
	count := t.Sizes.Tenants * t.Sizes.TenantNumbers
	// Each tenant has Twilio's limits to itself, and all share LiveKit's.
	limits := t.Limits
	limits.Concurrent *= t.Sizes.Tenants
	ideal := limits.Drain(count, t.Costs[bound.TeardownShared].Calls())
	var ratios []float64
	for range t.Sizes.Rounds {
		calls, _, err := t.drain(ctx, all, t.fleets)
		if err != nil {
			return err
		}
		begin, end := span(ofNumbers(calls))
		ratios = append(ratios, ideal.Seconds()/(1-mix.Share())/end.Sub(begin).Seconds())
	}
	note := fmt.Sprintf("%d tenants with %d numbers; 20 %% 429, 5 %% 500, 5 %% carried out and answered 504", t.Sizes.Tenants, t.Sizes.TenantNumbers)
	t.add("P8", "teardown rate under faults / what they leave of the bound", "manager", report.AtLeast(0.90), note, ratios...)
	return nil
}

// calm is no trouble.
const calm standin.Trouble = ""

// fairness compares how long healthy tenants wait with and without a tenant in trouble.
func (t *tenants) fairness(ctx context.Context) error {
	troubles := []standin.Trouble{standin.Refused, standin.Throttled, standin.Silent}
	ratios := map[standin.Trouble][]float64{}
	var early []float64
	for range t.Sizes.Rounds {
		slowest := map[standin.Trouble][]float64{}
		for _, trouble := range sample.Mirrored(append([]standin.Trouble{calm}, troubles...)) {
			calls, took, err := t.drainBeside(ctx, trouble)
			if err != nil {
				return fmt.Errorf("one tenant at %q: %w", trouble, err)
			}
			slowest[trouble] = append(slowest[trouble], sample.Quantile(took, 0.99))
			if trouble == standin.Throttled {
				early = append(early, float64(insideRetryAfter(calls, t.fleets[0].Account.SID)))
			}
			t.Say("P8 one tenant at %q: the others took %.1f s", trouble, sample.Quantile(took, 0.99))
		}
		for _, trouble := range troubles {
			ratios[trouble] = append(ratios[trouble], sample.Quantile(slowest[trouble], 0.5)/sample.Quantile(slowest[calm], 0.5))
		}
	}
	for _, trouble := range troubles {
		note := fmt.Sprintf("one of %d tenants at %s", t.Sizes.Tenants, trouble)
		t.add("P8", "99th percentile of healthy tenants, with / without one in trouble", "manager", report.AtMost(1.10), note, ratios[trouble]...)
	}
	t.add("P8", "calls before Retry-After is over", "manager", report.Exactly(0), "one tenant at 429", early...)
	return nil
}

// drainBeside drains all tenants while the first one is in trouble.
func (t *tenants) drainBeside(ctx context.Context, trouble standin.Trouble) ([]standin.Call, []float64, error) {
	return t.drain(ctx, func() error {
		if trouble == calm {
			return nil
		}
		return t.rig.Twilio.SpoilAccount(t.fleets[0].Account.SID, trouble)
	}, t.fleets[1:])
}

// insideRetryAfter counts the calls of an account that came while it was told to wait.
// What was under way when it was told does not count.
func insideRetryAfter(calls []standin.Call, account string) int {
	const underWay = 100 * time.Millisecond
	calls = slices.DeleteFunc(calls, func(call standin.Call) bool { return call.Account != account })
	count := 0
	for _, call := range calls {
		told := slices.ContainsFunc(calls, func(other standin.Call) bool {
			return other.Status == http.StatusTooManyRequests && call.Arrived.After(other.Answered.Add(underWay)) && call.Arrived.Before(other.Answered.Add(standin.RetryAfter))
		})
		if told {
			count++
		}
	}
	return count
}
