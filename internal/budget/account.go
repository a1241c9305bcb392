// Package budget decides when a provider may be called: by how many at once, how often
// in a minute, not before the provider said, and not with credentials that it has just
// refused; and which of the visits that wait comes next. All that work in an account
// share its budget. It calls nobody, and knows no provider and no object of Kubernetes.
package budget

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"
	"k8s.io/utils/clock"

	"github.com/callplane/callplane/internal/external"
)

// Terms are what an account allows; zero is no limit.
type Terms struct {
	// AtOnce is how many calls may be under way.
	AtOnce int
	// PerMinute is how many calls may begin within a minute.
	PerMinute int
}

// An Account is the budget of one account. All methods may be called at the same time.
type Account struct {
	clock clock.PassiveClock
	// defaults hold while nobody who stands for the account says more.
	defaults Terms
	alone    *semaphore.Weighted

	mu sync.Mutex
	// terms are those of each object that stands for the account.
	terms  map[string]Terms
	places places
	// pace bounds how often a call begins; nil for no bound.
	pace *rate.Limiter
	// pausedUntil is when the provider wants to be called again, and setbacks how often
	// in a row it was too many without saying when.
	pausedUntil time.Time
	setbacks    int
	// silences is how many calls in a row had no answer.
	silences int
	guests   guests
}

func newAccount(by clock.PassiveClock, defaults Terms) *Account {
	a := &Account{clock: by, defaults: defaults, alone: semaphore.NewWeighted(1), terms: map[string]Terms{}, guests: newGuests()}
	a.adopt()
	return a
}

// Declare notes what an object that stands for the account asks for. Of several the
// lowest holds; zero is the provider's default.
func (a *Account) Declare(object string, terms Terms) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if known, ok := a.terms[object]; !ok || known != terms {
		a.terms[object] = terms
		a.adopt()
	}
}

func (a *Account) withdraw(object string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, ok := a.terms[object]; ok {
		delete(a.terms, object)
		a.adopt()
	}
}

// adopt brings places and pace into line with what was declared.
func (a *Account) adopt() {
	a.places.allow(a.lowest(func(t Terms) int { return t.AtOnce }))
	a.places.fill()
	perMinute := a.lowest(func(t Terms) int { return t.PerMinute })
	if perMinute == 0 {
		a.pace = nil
		return
	}
	limit, burst := pace(perMinute)
	if a.pace == nil {
		a.pace = rate.NewLimiter(limit, burst)
	}
	now := a.clock.Now()
	a.pace.SetLimitAt(now, limit)
	a.pace.SetBurstAt(now, burst)
}

// lowest is the smallest limit of one sort, where nobody's zero counts.
func (a *Account) lowest(of func(Terms) int) int {
	lowest := 0
	for _, terms := range a.terms {
		if limit := of(terms); limit > 0 && (lowest == 0 || limit < lowest) {
			lowest = limit
		}
	}
	if lowest == 0 {
		return of(a.defaults)
	}
	return lowest
}

// pace spreads a limit so that burst and refill of any minute stay within it.
func pace(perMinute int) (rate.Limit, int) {
	burst := max(perMinute/20, 1)
	return rate.Limit(max(perMinute-burst, 1)) / 60, burst
}

// begin lets one call begin. It waits for a place at most, which is as long as another
// call takes; a pause is an error that says how long it is.
func (a *Account) begin(ctx context.Context) error {
	if err := a.take(ctx); err != nil {
		return notYet(0, err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if wait := a.paused(a.clock.Now()); wait > 0 {
		a.giveBack()
		return notYet(wait, nil)
	}
	return nil
}

// spend counts a call of a visit that was let in. It may exceed what was expected of it;
// what that costs is made up for before others are let in.
func (a *Account) spend() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.pace != nil {
		a.pace.ReserveN(a.clock.Now(), 1)
	}
}

// longestWait is how long a call of whoever does not wait in line may wait for its turn: one
// of few workers waits with it, and others may for what it holds.
const longestWait = 4 * time.Second

// await counts a call of whoever does not wait in line: he waits for it here, or fails at
// once if that would take too long.
func (a *Account) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, longestWait)
	defer cancel()
	a.mu.Lock()
	pace := a.pace
	a.mu.Unlock()
	if pace == nil {
		return nil
	}
	if err := pace.Wait(ctx); err != nil {
		return notYet(0, err)
	}
	return nil
}

// end notes how a call ended.
func (a *Account) end(answer Answer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case answer.Answered:
		a.silences = 0
	case answer.Silent:
		a.silences++
	}
	switch {
	case answer.Throttled:
		a.places.throttled(a.places.taken, answer.AtOnce)
	case answer.Answered:
		a.places.succeeded(a.places.taken, answer.AtOnce)
	}
	a.giveBack()
	wait := answer.RetryAfter
	switch {
	case !answer.Throttled && wait == 0:
		if answer.Answered {
			a.setbacks = 0
		}
		return
	case wait == 0 && (!a.places.bounded() || a.places.size == 1):
		a.setbacks++
		if a.setbacks >= manySetbacks {
			wait = firstPause << min(a.setbacks-manySetbacks, 5)
		}
	}
	if until := a.clock.Now().Add(wait); until.After(a.pausedUntil) {
		a.pausedUntil = until
	}
}

// condition is the state, and whether anybody stands for the account.
func (a *Account) condition() (state State, declared bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.paused(a.clock.Now()) > 0:
		state = Paused
	case a.silences >= manySilences:
		state = Silent
	case a.places.size < a.places.most:
		state = Narrowed
	default:
		state = Open
	}
	return state, len(a.terms) > 0
}

// paused is for how long the provider is left alone.
func (a *Account) paused(now time.Time) time.Duration { return max(a.pausedUntil.Sub(now), 0) }

// firstPause is how long a provider is left alone that has too many calls, manySetbacks
// times in a row, does not say for how long, and gets no fewer of them otherwise. It
// doubles with each. A provider that refuses one call in five, of many each second, does
// so three times in a row all the time, and eight times once an hour.
const (
	manySetbacks = 8
	firstPause   = 500 * time.Millisecond
)

// notYet says that the provider was not asked.
func notYet(wait time.Duration, cause error) error {
	return &external.Error{Class: external.Throttled, OwnLimit: true, Message: "a turn among the requests to the provider is awaited", RetryAfter: wait, Err: cause}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
