package backoff

import (
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

func newBackoff(t *testing.T) *Backoff {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("the seed is %d", seed)
	return New(rand.New(rand.NewPCG(seed, 0)))
}

func TestDelay(t *testing.T) {
	b := newBackoff(t)
	cases := map[string]struct {
		reason   string
		attempts int
		asked    time.Duration
		longest  time.Duration
	}{
		"none":          {reason: "there is nothing shorter than the first", attempts: 0, longest: time.Second},
		"negative":      {reason: "a nonsense count is no panic", attempts: -1, longest: time.Second},
		"first":         {reason: "the first retry comes soon", attempts: 1, longest: time.Second},
		"second":        {reason: "then later each time", attempts: 2, longest: 2 * time.Second},
		"tenth":         {reason: "then later each time", attempts: 10, longest: 512 * time.Second},
		"eleventh":      {reason: "never later than ten minutes", attempts: 11, longest: 10 * time.Minute},
		"always":        {reason: "nothing overflows", attempts: math.MaxInt, longest: 10 * time.Minute},
		"asked":         {reason: "a provider may ask for longer", attempts: 1, asked: time.Minute, longest: time.Minute},
		"asked less":    {reason: "what a provider asks for is a minimum", attempts: 7, asked: time.Second, longest: 64 * time.Second},
		"asked for aye": {reason: "an absurd wish does not stop the number", attempts: 1, asked: math.MaxInt64, longest: 10 * time.Minute},
		"asked back":    {reason: "a date in the past is no wish", attempts: 1, asked: -time.Hour, longest: time.Second},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			shortest := c.longest * 4 / 5
			if c.asked >= c.longest {
				shortest = c.longest
			}
			for range 1000 {
				if got := b.Delay(c.attempts, c.asked); got < shortest || got > c.longest {
					t.Fatalf("waits %s, want between %s and %s: %s", got, shortest, c.longest, c.reason)
				}
			}
		})
	}
}

func TestJitter(t *testing.T) {
	b := newBackoff(t)
	for _, d := range []time.Duration{0, 1, 4, 5, 6, time.Second, 10 * time.Hour} {
		different := map[time.Duration]bool{}
		for range 1000 {
			got := b.Jitter(d)
			if got > d || got < d*4/5 {
				t.Fatalf("%s became %s, want at most a fifth less", d, got)
			}
			different[got] = true
		}
		if d >= time.Second && len(different) < 900 {
			t.Errorf("%s became one of %d durations, want them spread", d, len(different))
		}
	}
}

func TestAttempts(t *testing.T) {
	b := newBackoff(t)
	for want := 1; want <= 3; want++ {
		if got := b.Attempt("a"); got != want {
			t.Errorf("attempt %d counts as %d", want, got)
		}
	}
	if got := b.Attempt("b"); got != 1 {
		t.Errorf("the first attempt of another object counts as %d", got)
	}
	b.Forget("a")
	b.Forget("never seen")
	if a, b := b.Attempt("a"), b.Attempt("b"); a != 1 || b != 2 {
		t.Errorf("after one was forgotten the counts are %d and %d, want 1 and 2", a, b)
	}
}

func TestSideBySide(t *testing.T) {
	b := newBackoff(t)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 100 {
				b.Delay(b.Attempt("a"), 0)
			}
		})
	}
	group.Wait()
	if got := b.Attempt("a"); got != 801 {
		t.Errorf("%d attempts were counted, want 801", got)
	}
}
