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
	"github.com/callplane/callplane/test/bench/standin"
)

// counts compares calls and writes of many lifecycles with docs/costs.md, for numbers
// with a trunk of their own and for those that share some.
func counts(ctx context.Context, b *Bench) error {
	return b.onRig(ctx, unlimited, b.Rig, func(ctx context.Context, r *rig.Rig) error {
		own := fleet.Options{Namespace: "own", Concurrent: unlimited.Concurrent, PerMinute: unlimited.PerMinute}
		shared := own
		shared.Namespace, shared.Area, shared.Trunks = "shared", 1, 4
		f, manager, err := running(ctx, r, own)
		if err != nil {
			return err
		}
		err = b.countLifecycles(ctx, f, b.Costs[bound.ProvisionOwn], b.Costs[bound.TeardownOwn])
		if err := errors.Join(err, manager.Stop()); err != nil {
			return err
		}
		if f, _, err = running(ctx, r, shared); err != nil {
			return err
		}
		return b.countLifecycles(ctx, f, b.Costs[bound.ProvisionShared], b.Costs[bound.TeardownShared])
	})
}

// countLifecycles sets numbers up, leaves them alone for a while, and tears them down.
func (b *Bench) countLifecycles(ctx context.Context, f *fleet.Fleet, up, down bound.Costs) error {
	n := b.Sizes.Lifecycles
	view, err := f.Watch(ctx)
	if err != nil {
		return err
	}
	defer view.Stop()
	if err := errors.Join(f.Own(0, n), settled(ctx, f.Rig)); err != nil {
		return err
	}
	start := time.Now()
	if err := f.Create(ctx, 0, n); err != nil {
		return err
	}
	if _, err := view.AwaitReady(ctx, n+1); err != nil {
		return err
	}
	if err := b.countIdle(ctx, f); err != nil {
		return err
	}
	if err := f.Delete(ctx, 0, n); err != nil {
		return err
	}
	if _, err := view.AwaitGone(ctx, n); err != nil {
		return err
	}
	if err := f.Rig.Quiet(ctx, 3*time.Second); err != nil {
		return err
	}
	return b.compare(f, start, up, down)
}

// usersShown is how long the lists of users in a status may wait for the next change.
const usersShown = 11 * time.Second

// settled has the manager at rest, and nothing in the logs.
func settled(ctx context.Context, r *rig.Rig) error {
	if err := errors.Join(r.Quiet(ctx, 2*time.Second), rig.Pause(ctx, usersShown)); err != nil {
		return err
	}
	return r.Forget()
}

func (b *Bench) countIdle(ctx context.Context, f *fleet.Fleet) error {
	if err := errors.Join(f.Rig.Quiet(ctx, 2*time.Second), rig.Pause(ctx, usersShown)); err != nil {
		return err
	}
	start := time.Now()
	if err := rig.Pause(ctx, b.Sizes.Idle); err != nil {
		return err
	}
	writes, err := f.Rig.Writes(rig.Manager, start)
	if err != nil {
		return err
	}
	hours := b.Sizes.Idle.Hours()
	note := fmt.Sprintf("%d numbers, %s, in %s%s", b.Sizes.Lifecycles, f.Namespace, b.Sizes.Idle, listed(writes))
	b.add("P3", "API writes an hour, at rest", "manager", report.Exactly(0), note, float64(total(writes))/hours)
	return nil
}

func (b *Bench) compare(f *fleet.Fleet, start time.Time, up, down bound.Costs) error {
	calls, err := f.Rig.Calls()
	if err != nil {
		return err
	}
	writes, err := f.Rig.Writes(rig.Manager, start)
	if err != nil {
		return err
	}
	n := b.Sizes.Lifecycles
	each, once := split(calls, f.Trunks > 0)
	wantCalls := n * (up.Twilio.Each + up.LiveKit.Each + down.Twilio.Each + down.LiveKit.Each)
	note := fmt.Sprintf("%d lifecycles, %s; %d calls in place of %d", n, f.Namespace, total(each), wantCalls)
	if f.Trunks > 0 {
		note += fmt.Sprintf("; %d more for %d trunks, %.2f each number", total(once), f.Trunks, float64(total(once))/float64(n))
	}
	b.add("P2", "provider calls / docs/costs.md", "manager", report.Exactly(1), note, ratio(total(each), wantCalls))
	b.Say("P2 calls by operation:%s", listed(each))

	wantWrites := n * (up.Writes.Each + down.Writes.Each)
	got := total(writes, "phonenumbers", "phonenumbers/status", "secrets")
	note = fmt.Sprintf("%d lifecycles, %s; %d writes in place of %d; %d more for lists of users", n, f.Namespace, got, wantWrites, total(writes)-got)
	b.add("P3", "API writes / docs/costs.md", "manager", report.Exactly(1), note, ratio(got, wantWrites))
	b.Say("P3 writes by resource:%s", listed(writes))
	return nil
}

// trunkCalls are made for a shared trunk, whatever number they are made because of.
var trunkCalls = []string{
	"twilio trunk.", "twilio originationurl.", "twilio ipaccesscontrollist.", "twilio ipaddress.", "twilio credential",
	"livekit ListSIPOutboundTrunk", "livekit UpdateSIPOutboundTrunk",
}

// split counts the calls by operation: those of the numbers, and those of the trunks
// that they share.
func split(calls []standin.Call, shared bool) (each, once map[string]int) {
	each, once = map[string]int{}, map[string]int{}
	for _, call := range calls {
		if shared && ofTrunk(call) {
			once[call.Operation]++
		} else {
			each[call.Operation]++
		}
	}
	return each, once
}

func ofTrunk(call standin.Call) bool {
	return slices.ContainsFunc(trunkCalls, func(prefix string) bool { return strings.HasPrefix(call.Operation, prefix) })
}

// ofNumbers leaves out what is done for shared trunks.
func ofNumbers(calls []standin.Call) []standin.Call { return slices.DeleteFunc(calls, ofTrunk) }

// total of the resources that are named, or of all.
func total(counts map[string]int, names ...string) int {
	sum := 0
	for name, count := range counts {
		resource, _, _ := strings.Cut(name, " ")
		if len(names) == 0 || slices.Contains(names, resource) {
			sum += count
		}
	}
	return sum
}

func ratio(got, want int) float64 { return float64(got) / float64(want) }

func listed(counts map[string]int) string {
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(&text, " %s %d,", name, counts[name])
	}
	return strings.TrimSuffix(text.String(), ",")
}
