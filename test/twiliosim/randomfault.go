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
	mix  []Share // what the rate is made of; nil: any kind that fits
	nth  map[string]uint64
}

// A Share of all requests meets an action.
type Share struct {
	Rate   float64
	Action Action
}

// MixFaults spoils given shares of all requests from now on, in place of random faults, and prints the seed.
func (s *Simulator) MixFaults(seed uint64, mix ...Share) {
	rate := 0.0
	for _, share := range mix {
		rate += share.Rate
	}
	s.mu.Lock()
	s.background = &randomFaults{seed: seed, rate: rate, mix: mix, nth: map[string]uint64{}}
	s.mu.Unlock()
	s.logf("twilio simulator: a mix of faults at rate %g from seed %d", rate, seed)
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
	drawn := random.Float64()
	if drawn >= f.rate {
		return Action{}
	}
	for _, share := range f.mix {
		if drawn -= share.Rate; drawn < 0 {
			return share.Action
		}
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
