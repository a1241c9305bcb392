package budget

import (
	"math/rand/v2"
	"testing"
)

// load sends calls through a ceiling: as many are under way as it allows, and the oldest
// ends first. It returns how many were refused, and the average size.
func load(c *ceiling, calls int, refuse func(all int) bool, told bool) (refused int, size float64) {
	sum := 0
	for range calls {
		all := c.size
		answered := all
		if !told {
			answered = 0
		}
		if refuse(all) {
			refused++
			c.throttled(all, answered)
		} else {
			c.succeeded(all, answered)
		}
		sum += c.size
	}
	return refused, float64(sum) / float64(calls)
}

func TestCeiling(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	above := func(limit int) func(int) bool { return func(all int) bool { return all > limit } }
	cases := map[string]struct {
		reason     string
		most       int
		refuse     func(int) bool
		told       bool
		low, high  float64
		maxRefused int
	}{
		"free":          {reason: "what is allowed is used", most: 10, refuse: above(100), low: 10, high: 10},
		"strict":        {reason: "what the provider takes is found", most: 50, refuse: above(6), told: true, low: 5, high: 7, maxRefused: 60},
		"strict, quiet": {reason: "also if it does not say how many it has", most: 50, refuse: above(6), low: 3, high: 7, maxRefused: 60},
		"one":           {reason: "one at a time is always tried", most: 8, refuse: above(1), told: true, low: 1, high: 1.2, maxRefused: 60},
		"random": {
			reason: "fewer calls would be refused as often", most: 10, told: true, low: 9, high: 10, maxRefused: 600,
			refuse: func(int) bool { return random.IntN(5) == 0 },
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			ceiling := newCeiling(c.most)
			refused, size := load(&ceiling, 2000, c.refuse, c.told)
			if size < c.low || size > c.high || refused > c.maxRefused {
				t.Errorf("%.1f at once and %d refused, want %v to %v and at most %d: %s", size, refused, c.low, c.high, c.maxRefused, c.reason)
			}
		})
	}
}

// TestCeilingMoves shows that a provider which becomes stricter is followed, and one that
// allows more again, too.
func TestCeilingMoves(t *testing.T) {
	for _, told := range []bool{true, false} {
		c := newCeiling(20)
		for _, limit := range []int{20, 4, 12, 20} {
			load(&c, 3000, func(all int) bool { return all > limit }, told)
			refused, size := load(&c, 1000, func(all int) bool { return all > limit }, told)
			if size < float64(limit)*0.6 || size > float64(limit)+1 || refused > 50 {
				t.Errorf("with a limit of %d, told: %v: %.1f at once and %d refused", limit, told, size, refused)
			}
		}
	}
}

// TestOthersUseTheAccount leaves to others what they use.
func TestOthersUseTheAccount(t *testing.T) {
	const limit, others = 10, 7
	c := newCeiling(8)
	for range 2000 {
		if all := c.size + others; all > limit {
			c.throttled(c.size, all)
		} else {
			c.succeeded(c.size, all)
		}
	}
	if c.size < 2 || c.size > 4 {
		t.Errorf("%d at once, want what others leave of %d", c.size, limit)
	}
}
