// Package bound says how fast the providers would let anybody be, and what
// docs/costs.md promises that a lifecycle costs. It is pure, and knows neither a
// cluster nor a clock.
package bound

import (
	"math"
	"time"
)

// Limits are what the two providers allow.
type Limits struct {
	// Latency of every answer, of both.
	Latency time.Duration
	// Concurrent is how many requests Twilio lets an account have under way.
	Concurrent int
	// PerMinute is how many requests LiveKit takes from a project, on average.
	PerMinute int
	// Burst is how many of them it takes at once after a rest.
	Burst int
}

// Calls are those of one lifecycle.
type Calls struct{ Twilio, LiveKit int }

// Rate is how many lifecycles a second the limits allow in the long run; the lower
// of the two providers counts.
func (l Limits) Rate(calls Calls) float64 {
	return min(l.twilioRate()/float64(calls.Twilio), l.liveKitRate()/float64(calls.LiveKit))
}

// Drain is how long n lifecycles take at best: LiveKit's first requests, up to the
// burst, cost no time.
func (l Limits) Drain(n int, calls Calls) time.Duration {
	twilio := float64(n*calls.Twilio) / l.twilioRate()
	liveKit := float64(max(n*calls.LiveKit-l.Burst, 0)) / l.liveKitRate()
	return time.Duration(max(twilio, liveKit) * float64(time.Second))
}

func (l Limits) twilioRate() float64 {
	if l.Concurrent <= 0 || l.Latency <= 0 {
		return math.Inf(1)
	}
	return float64(l.Concurrent) / l.Latency.Seconds()
}

func (l Limits) liveKitRate() float64 {
	if l.PerMinute <= 0 {
		return math.Inf(1)
	}
	return float64(l.PerMinute) / 60
}
