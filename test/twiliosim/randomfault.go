package twiliosim

import (
	"hash/fnv"
	"math/rand/v2"
	"net/http"
)

// randomFaults decides by the seed, the operation and how often that operation was asked for, so that the nth request of an
// operation meets the same fault whatever other requests come in between.
type randomFaults struct {
	seed uint64
	rate float64
	nth  map[string]uint64
}

// RandomFaults spoils a share of all requests from now on, and prints the seed. A rate of zero ends it.
func (s *Simulator) RandomFaults(seed uint64, rate float64) {
	s.mu.Lock()
	s.background = &randomFaults{seed: seed, rate: rate, nth: map[string]uint64{}}
	s.mu.Unlock()
	s.logf("twilio simulator: random faults at rate %g from seed %d", rate, seed)
}

func (f *randomFaults) choose(c *call) Action {
	if f == nil || c.operation == nil {
		return Action{}
	}
	name := c.operation.name
	f.nth[name]++
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(name)) // a hash never fails to write
	random := rand.New(rand.NewPCG(f.seed, hash.Sum64()+f.nth[name]))
	if random.Float64() >= f.rate {
		return Action{}
	}
	kinds := f.kinds(c)
	return kinds[random.IntN(len(kinds))]
}

func (f *randomFaults) kinds(c *call) []Action {
	kinds := []Action{
		Fail(http.StatusTooManyRequests, codeTooManyRequests),
		Fail(http.StatusInternalServerError, codeInternal),
		Fail(http.StatusServiceUnavailable, codeUnavailable).AfterApply(),
		HTML(http.StatusBadGateway),
		HTML(http.StatusGatewayTimeout).AfterApply(),
		Reset().AfterApply(),
	}
	if c.operation.creates() {
		kinds = append(kinds, HideFromLists(c.sim.settings.ListLag))
	}
	return kinds
}
