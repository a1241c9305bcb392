package budget

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"
)

// mostPlaces is more than any provider gives to one account: no bound.
const mostPlaces = 1 << 16

// places bound how many calls are under way. How many there may be is found out: a
// provider that has too many is given fewer, and then step by step more again.
type places struct {
	free *semaphore.Weighted

	mu sync.Mutex
	ceiling
	taken int
	// held is how many of the semaphore nobody can have, and owed how many more are
	// to be held as soon as they are given back.
	held, owed int
}

// newPlaces have no bound yet.
func newPlaces() *places {
	return &places{free: semaphore.NewWeighted(mostPlaces), ceiling: newCeiling(mostPlaces)}
}

// take waits for a place, in the order of asking.
func (p *places) take(ctx context.Context) error {
	if err := p.free.Acquire(ctx, 1); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken++
	return nil
}

// give gives a place back, and draws conclusions from the answer.
func (p *places) give(answer Answer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case answer.Throttled:
		p.throttled(p.taken, answer.AtOnce)
	case answer.Answered:
		p.succeeded(p.taken, answer.AtOnce)
	}
	p.taken--
	if p.owed > 0 {
		p.owed--
		p.held++
	} else {
		p.free.Release(1)
	}
	p.fit()
}

// allow changes how many there may be at most; 0 is no bound.
func (p *places) allow(most int) {
	if most == 0 {
		most = mostPlaces
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ceiling.allow(most)
	p.fit()
}

// fit brings the semaphore into line with the size that was found out.
func (p *places) fit() {
	missing := p.size - (mostPlaces - p.held - p.owed)
	if missing > 0 {
		forgiven := min(p.owed, missing)
		p.owed -= forgiven
		p.held -= missing - forgiven
		p.free.Release(int64(missing - forgiven))
	}
	for ; missing < 0; missing++ {
		if p.free.TryAcquire(1) {
			p.held++
		} else {
			p.owed++
		}
	}
}

// count is how many calls there may be at once; 0 for no bound.
func (p *places) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.most == mostPlaces {
		return 0
	}
	return p.size
}

// stricken reports whether fewer calls are no way out.
func (p *places) stricken() bool { return p.count() <= 1 }
