package engine_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider/fake"
)

// TestManyFaults goes through attempts of which each fails somewhere: answers
// are lost, requests refused, processes die, and lists lag behind all of it.
func TestManyFaults(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("the seed is %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range 300 {
		d := newDesk(t)
		d.cloud.Lag = time.Duration(random.Int64N(int64(grace)))
		for range random.IntN(5) {
			d.fault(random)
			_ = d.provision(t.Context())
			d.restart(time.Duration(random.Int64N(int64(2 * grace))))
		}
		if random.IntN(2) == 0 {
			d.finishes(t, "many faults")
		}
		for range random.IntN(5) {
			d.fault(random)
			d.teardown(t.Context())
			d.restart(time.Duration(random.Int64N(int64(2 * grace))))
		}
		d.vanishes(t, "many faults")
		if t.Failed() {
			return
		}
	}
}

// fault lets one of the next calls fail, or all from then on.
func (d *desk) fault(random *rand.Rand) {
	nth, applied := 1+random.IntN(40), random.IntN(2) == 0
	classes := []external.Class{external.NetworkError, external.ProviderUnavailable, external.Throttled, external.AuthenticationFailed, external.Unknown}
	switch random.IntN(3) {
	case 0:
		d.dieAt(nth, applied)
	case 1:
		d.cloud.Fail(fake.Fault{Nth: nth, Applied: applied, Err: refusal(classes[random.IntN(len(classes))])})
	default:
		d.cloud.Fail(fake.Fault{Nth: nth, Down: true, Err: refusal(external.NetworkError)})
	}
}
