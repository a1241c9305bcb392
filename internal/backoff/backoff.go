// Package backoff decides when something that failed is tried again: later each
// time, with jitter, and never sooner than a provider asked for. It remembers
// attempts in memory only; a restart begins anew.
package backoff

import (
	"math/rand/v2"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

const (
	first = time.Second
	most  = 10 * time.Minute
)

// Backoff counts the attempts of objects by UID.
type Backoff struct {
	random *rand.Rand

	mu       sync.Mutex
	attempts map[types.UID]int
}

// New returns a Backoff that takes its jitter from random.
func New(random *rand.Rand) *Backoff {
	return &Backoff{random: random, attempts: map[types.UID]int{}}
}

// Attempt counts one more attempt in a row and returns how many there were.
func (b *Backoff) Attempt(uid types.UID) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.attempts[uid]++
	return b.attempts[uid]
}

// Forget begins anew: something succeeded, or somebody asked for a retry.
func (b *Backoff) Forget(uid types.UID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.attempts, uid)
}

// Delay returns how long to wait after a number of attempts: twice as long each
// time up to ten minutes, less up to a fifth, and at least as long as asked.
func (b *Backoff) Delay(attempts int, asked time.Duration) time.Duration {
	delay := most
	if shift := attempts - 1; shift < 10 {
		delay = min(first<<max(shift, 0), most)
	}
	return max(b.Jitter(delay), min(asked, most))
}

// Spread returns a duration between d and twice d.
func (b *Backoff) Spread(d time.Duration) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if d <= 0 {
		return d
	}
	return d + time.Duration(b.random.Int64N(int64(d)))
}

// Jitter returns a duration between four fifths of d and d.
func (b *Backoff) Jitter(d time.Duration) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if d < 5 {
		return d
	}
	return d - time.Duration(b.random.Int64N(int64(d/5)))
}
