package scenario

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/livekit/protocol/auth"

	"github.com/callplane/callplane/test/bed/livekit"
	"github.com/callplane/callplane/test/bench/sample"
	"github.com/callplane/callplane/test/bench/wire"
)

// timed is how many calls of a kind are timed at each size.
const timed = 20

// realLiveKit fills a real livekit-server with trunks and rules, and times its calls
// at several sizes: what the simulator leaves out is what they cost the server.
func realLiveKit(ctx context.Context, b *Bench) error {
	server, err := livekit.Start(ctx, livekit.Options{})
	if err != nil {
		return err
	}
	err = b.fill(ctx, server)
	return errors.Join(err, server.Stop())
}

func (b *Bench) fill(ctx context.Context, server *livekit.Server) error {
	token := auth.NewAccessToken(server.APIKey(), server.APISecret()).SetSIPGrant(&auth.SIPGrant{Admin: true})
	bearer, err := token.SetValidFor(24 * time.Hour).ToJWT()
	if err != nil {
		return err
	}
	const unlimited = 1 << 20
	filler := &filler{calls: wire.New(wire.Job{LiveKitURL: server.URL(), Bearer: bearer, PerMinute: unlimited, Burst: unlimited})}
	curves := map[string][]sample.Point{}
	for _, size := range b.Sizes.Curve {
		if size > b.Sizes.Fleet {
			continue
		}
		if err := filler.grow(ctx, size); err != nil {
			return fmt.Errorf("filling livekit-server: %w", err)
		}
		if err := filler.time(ctx, size, curves); err != nil {
			return fmt.Errorf("with %d rules: %w", size, err)
		}
		b.Say("livekit-server has %d trunks and rules", size)
	}
	b.addCurves(curves)
	return nil
}

// A filler makes trunks, and a rule for each: the first for the first.
type filler struct {
	calls         *wire.Client
	trunks, rules []string
}

func (f *filler) grow(ctx context.Context, size int) error {
	for len(f.rules) < size {
		if len(f.trunks) == len(f.rules) {
			if err := f.trunk(ctx); err != nil {
				return err
			}
		}
		if err := f.rule(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (f *filler) trunk(ctx context.Context) error {
	i := len(f.trunks)
	id, err := f.calls.CreateInboundTrunk(ctx, fmt.Sprintf("filler-%05d", i), fmt.Sprintf("+1415%07d", i))
	f.trunks = append(f.trunks, id)
	return err
}

func (f *filler) rule(ctx context.Context) error {
	i := len(f.rules)
	id, err := f.calls.CreateDispatchRule(ctx, fmt.Sprintf("filler-%05d", i), f.trunks[i])
	f.rules = append(f.rules, id)
	return err
}

// time notes the median of some calls of each kind, in milliseconds.
func (f *filler) time(ctx context.Context, size int, curves map[string][]sample.Point) error {
	has := func(has func(context.Context, string) (bool, error), ids []string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := has(ctx, ids[len(ids)/2])
			return err
		}
	}
	for _, kind := range []struct {
		name string
		call func(ctx context.Context) error
	}{
		{"list of one trunk", has(f.calls.HasInboundTrunk, f.trunks)}, {"list of one rule", has(f.calls.HasDispatchRule, f.rules)},
		{"create of a trunk", f.trunk}, {"create of a rule", f.rule},
		{"delete of a rule", func(ctx context.Context) error {
			last := len(f.rules) - 1
			err := f.calls.DeleteDispatchRule(ctx, f.rules[last])
			f.rules = f.rules[:last]
			return err
		}},
	} {
		var took []float64
		for range timed {
			start := time.Now()
			if err := kind.call(ctx); err != nil {
				return fmt.Errorf("%s: %w", kind.name, err)
			}
			took = append(took, float64(time.Since(start).Microseconds())/1000)
		}
		title := "livekit-server " + kind.name + ", ms"
		curves[title] = append(curves[title], sample.Point{X: float64(size), Y: sample.Quantile(took, 0.5)})
	}
	return nil
}
