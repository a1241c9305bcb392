package budget

import (
	"time"

	"k8s.io/utils/clock"
)

// guests are the visits that an account has let in. They are guarded by the account; its
// line, and what is kept for who waits elsewhere, by the Queue.
type guests struct {
	inside map[*Ticket]struct{}
	// calls is how many a visit makes, as seen lately, in each lane; stay is how long one
	// lasts.
	calls [lanes]float64
	stay  time.Duration

	waiting [lanes]line
	// kept is a visit for which room is kept here while it waits for another account; nil
	// for none.
	kept  *parked
	timer clock.Timer
}

// usualCalls is what a visit is expected to make before any was seen.
const usualCalls = 6

// perPlace is how many visits may be in for each place: while one calls, others write
// down what they have done, or call another provider. With two, a place in three was free
// while a thousand numbers waited. With six, all that may be torn down at once are in where
// eight requests may be under way: who else waits need only see that there is no room.
const perPlace = 6

// mostInside is how many visits may be in of one account, whatever it allows: each has a
// worker, and there are others. A visit takes about 1.5 s and makes six calls, so that 64
// make 250 a second.
const mostInside = 64

// manySilences in a row show that a provider does not answer. Then no more than whileSilent
// visits may be in: each keeps a worker waiting for seconds that others could use.
const (
	manySilences = 4
	whileSilent  = 8
)

func newGuests() guests {
	g := guests{inside: map[*Ticket]struct{}{}}
	for lane := range g.calls {
		g.calls[lane] = usualCalls
	}
	return g
}

// Capacity is how many visits may be in at once.
func (a *Account) Capacity() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.capacity()
}

func (a *Account) capacity() int {
	capacity := mostInside
	if a.places.bounded() {
		capacity = min(perPlace*a.places.size, mostInside)
	}
	if a.silences >= manySilences {
		return min(capacity, whileSilent)
	}
	return capacity
}

// A state is what an account has for one more visit at one moment.
type state struct {
	// paused is for how long the provider is left alone, and opens after how long time
	// alone makes room; opens is 0 if there is room, or if a visit has to leave first.
	paused, opens time.Duration
	room          bool
}

// state looks at the account on behalf of a visit, for which room may be kept.
func (a *Account) state(visit Visit, now time.Time) state {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := state{paused: a.paused(now)}
	inside := len(a.guests.inside)
	if a.guests.kept != nil && a.guests.kept.Name != visit.Name {
		inside++
	}
	short := a.short(visit.Lane, now)
	full := inside >= a.capacity()
	s.room = s.paused == 0 && !full && short == 0
	s.opens = s.paused
	if s.opens == 0 && !full {
		s.opens = short
	}
	return s
}

// short is for how long there are fewer calls left than a visit makes, besides those
// that are in.
func (a *Account) short(lane Lane, now time.Time) time.Duration {
	if a.pace == nil {
		return 0
	}
	wanted := a.guests.calls[lane]
	for ticket := range a.guests.inside {
		wanted += max(a.guests.calls[ticket.lane]-float64(ticket.used[a].Load()), 0)
	}
	wanted = min(wanted, float64(a.pace.Burst()))
	if missing := wanted - a.pace.TokensAt(now); missing > 0 {
		return max(seconds(missing/float64(a.pace.Limit())), time.Millisecond)
	}
	return 0
}

func (a *Account) enter(ticket *Ticket) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.guests.inside[ticket] = struct{}{}
}

// exit lets a visit out, and learns from what it took.
func (a *Account) exit(ticket *Ticket, calls int, stay time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.guests.inside, ticket)
	if calls > 0 {
		a.guests.calls[ticket.lane] += (float64(calls) - a.guests.calls[ticket.lane]) / 8
		a.guests.stay += (stay - a.guests.stay) / 8
	}
}

// expected is how long a visit waits that so many go before, as fast as the line has
// moved lately.
func (a *Account) expected(lane Lane, before int, now time.Time) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	each := a.guests.stay / time.Duration(a.capacity())
	if a.pace != nil {
		each = max(each, seconds(a.guests.calls[lane]/float64(a.pace.Limit())))
	}
	return a.paused(now) + each*time.Duration(before)
}

// ahead is how many wait that go before the next one of a lane.
func (g *guests) ahead(lane Lane) int {
	sum := 0
	for ; lane < lanes; lane++ {
		sum += g.waiting[lane].size
	}
	return sum
}

// first is whose turn it is; nil if nobody waits.
func (g *guests) first() *parked {
	for lane := lanes - 1; lane >= 0; lane-- {
		if first := g.waiting[lane].first(); first != nil {
			return first
		}
	}
	return nil
}
