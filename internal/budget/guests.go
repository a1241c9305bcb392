package budget

import (
	"time"

	"golang.org/x/time/rate"

	"k8s.io/utils/clock"
)

// guests are the visits that an account has let in, and those in its line.
type guests struct {
	inside  map[*Ticket]struct{}
	waiting [lanes]line
	// calls is how many a visit makes, as seen lately, in each lane.
	calls [lanes]float64
	// stay is how long a visit lasts, as seen lately.
	stay  time.Duration
	timer clock.Timer
}

// usualCalls is what a visit is expected to make before any was seen.
const usualCalls = 6

// perPlace is how many visits may be in for each place: while one calls, others write
// down what they have done, or call another provider.
const perPlace = 2

// unbounded is how many visits may be in of an account that does not bound its calls.
const unbounded = 32

func newGuests() guests {
	g := guests{inside: map[*Ticket]struct{}{}}
	for lane := range g.calls {
		g.calls[lane] = usualCalls
	}
	return g
}

// paused is for how long the provider is left alone.
func (a *Account) paused(now time.Time) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	return max(a.pausedUntil.Sub(now), 0)
}

// room reports whether one more visit may go in: there is a place for it, its calls can
// be made, and nobody waits who goes before it.
func (a *Account) room(lane Lane, now time.Time) bool {
	for before := lane; before < lanes; before++ {
		if a.waiting[before].size > 0 {
			return false
		}
	}
	return a.holds(lane, now)
}

// holds is room without regard to those in line.
func (a *Account) holds(lane Lane, now time.Time) bool {
	return a.paused(now) == 0 && len(a.inside) < a.Capacity() && a.short(lane, now) <= 0
}

// Capacity is how many visits may be in at once.
func (a *Account) Capacity() int {
	if places := a.places.count(); places > 0 {
		return perPlace * places
	}
	return unbounded
}

// short is for how long there are fewer calls left than a visit makes, besides those
// that are in.
func (a *Account) short(lane Lane, now time.Time) time.Duration {
	pace := a.limiter()
	if pace == nil {
		return 0
	}
	wanted := a.calls[lane]
	for ticket := range a.inside {
		wanted += max(a.calls[ticket.lane]-float64(ticket.used[a].Load()), 0)
	}
	wanted = min(wanted, float64(pace.Burst()))
	if missing := wanted - pace.TokensAt(now); missing > 0 {
		return max(seconds(missing/float64(pace.Limit())), time.Millisecond)
	}
	return 0
}

// limiter is that of the calls in a minute; nil for no bound.
func (a *Account) limiter() *rate.Limiter {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.pace
}

// next is who goes in next, and from what lane; nil while there is no room.
func (a *Account) next(now time.Time) (Lane, *parked) {
	for lane := lanes - 1; lane >= 0; lane-- {
		if first := a.waiting[lane].first(); first != nil {
			if a.holds(lane, now) {
				return lane, first
			}
			return lane, nil
		}
	}
	return 0, nil
}

// opens is after how long time alone makes room; 0 if it does not.
func (a *Account) opens(now time.Time) time.Duration {
	if wait := a.paused(now); wait > 0 {
		return wait
	}
	if len(a.inside) >= a.Capacity() {
		return 0
	}
	for lane := lanes - 1; lane >= 0; lane-- {
		if a.waiting[lane].size > 0 {
			return a.short(lane, now)
		}
	}
	return 0
}

// exit lets a visit out, and learns from what it took.
func (a *Account) exit(ticket *Ticket, calls int, stay time.Duration) {
	delete(a.inside, ticket)
	if calls > 0 {
		a.calls[ticket.lane] += (float64(calls) - a.calls[ticket.lane]) / 8
		a.stay += (stay - a.stay) / 8
	}
}

// inLine is how many wait that go before the next one of a lane.
func (a *Account) inLine(lane Lane) int {
	sum := 0
	for ; lane < lanes; lane++ {
		sum += a.waiting[lane].size
	}
	return sum
}

// expected is how long whoever comes last in a lane waits, as fast as the line has moved
// lately.
func (a *Account) expected(lane Lane, now time.Time) time.Duration {
	each := a.stay / time.Duration(a.Capacity())
	if pace := a.limiter(); pace != nil {
		each = max(each, seconds(a.calls[lane]/float64(pace.Limit())))
	}
	return a.paused(now) + each*time.Duration(a.inLine(lane))
}
