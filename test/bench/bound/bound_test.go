package bound

import (
	"math"
	"testing"
	"time"
)

func TestBound(t *testing.T) {
	calls := Calls{Twilio: 3, LiveKit: 6}
	cases := map[string]struct {
		reason string
		limits Limits
		rate   float64
		drain  time.Duration // of 100 lifecycles
	}{
		"Twilio": {
			reason: "10 requests at a time, each of 0.2 s, are 50 a second.",
			limits: Limits{Latency: 200 * time.Millisecond, Concurrent: 10, PerMinute: 60_000},
			rate:   50.0 / 3, drain: 6 * time.Second,
		},
		"LiveKit": {
			reason: "600 requests a minute are 10 a second, and the burst comes on top.",
			limits: Limits{Latency: time.Millisecond, Concurrent: 10, PerMinute: 600, Burst: 100},
			rate:   10.0 / 6, drain: 50 * time.Second,
		},
		"Neither": {
			reason: "Without limits nothing holds anybody up.",
			rate:   math.Inf(1),
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := tc.limits.Rate(calls); got != tc.rate && math.Abs(got-tc.rate) > 1e-9 {
				t.Errorf("%s Got a rate of %g in place of %g.", tc.reason, got, tc.rate)
			}
			if got := tc.limits.Drain(100, calls); (got - tc.drain).Abs() > time.Microsecond {
				t.Errorf("%s Got a drain of %s in place of %s.", tc.reason, got, tc.drain)
			}
		})
	}
}
