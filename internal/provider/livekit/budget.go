package livekit

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"

	"github.com/callplane/callplane/internal/external"
)

// defaultLimit is LiveKit Cloud's limit on requests per minute and project.
const defaultLimit = 1000

// budgets holds one budget per budget key of provider.Access. The zero value is
// ready to use.
type budgets struct {
	mu    sync.Mutex
	byKey map[string]*budget
}

// A budget is what all sessions share that work at one host as the same owner.
type budget struct {
	requests *rate.Limiter
	// creating admits one create at a time: of two at once for one number the
	// server accepts both, and then drops every call to it.
	creating *semaphore.Weighted
}

// of returns the budget of a key, with the limit of whoever asked last.
func (b *budgets) of(key string, perMinute int) *budget {
	limit, burst := pace(perMinute)
	b.mu.Lock()
	defer b.mu.Unlock()
	known, ok := b.byKey[key]
	if !ok {
		known = &budget{requests: rate.NewLimiter(limit, burst), creating: semaphore.NewWeighted(1)}
		if b.byKey == nil {
			b.byKey = map[string]*budget{}
		}
		b.byKey[key] = known
	}
	if known.requests.Limit() != limit {
		known.requests.SetLimit(limit)
		known.requests.SetBurst(burst)
	}
	return known
}

// pace spreads a limit so that burst and refill of any minute stay within it.
func pace(perMinute int) (rate.Limit, int) {
	if perMinute <= 0 {
		perMinute = defaultLimit
	}
	burst := max(perMinute/10, 1)
	return rate.Limit(max(perMinute-burst, 1)) / 60, burst
}

// wait returns when one more request may be made.
func (b *budget) wait(ctx context.Context) error {
	if err := b.requests.Wait(ctx); err != nil {
		return waited(ctx, err, "the limit on requests to LiveKit is used up for the moment")
	}
	return nil
}

// turn returns when a create may be made; done lets the next one go.
func (b *budget) turn(ctx context.Context) (done func(), err error) {
	if err := b.creating.Acquire(ctx, 1); err != nil {
		return nil, waited(ctx, err, "other resources are being created at LiveKit")
	}
	return func() { b.creating.Release(1) }, nil
}

// waited explains why waiting ended: nobody waits any more, or it would have
// taken longer than the caller has.
func waited(ctx context.Context, err error, message string) error {
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return &external.Error{Class: external.Throttled, OwnLimit: true, Message: message, Err: err}
}
