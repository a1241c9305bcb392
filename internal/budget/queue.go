package budget

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/utils/clock"
)

// A Lane is how urgent a visit is.
type Lane int

// String is the lane's name.
func (l Lane) String() string { return [lanes]string{"drift", "provision", "teardown"}[l] }

// Lanes; a later one goes first.
const (
	// Drift looks at what was all right when it was last looked at.
	Drift Lane = iota
	// Provision makes, or mends, what is asked for.
	Provision
	// Teardown takes down what is to go.
	Teardown
	lanes
)

// A Visit is about to call providers.
type Visit struct {
	// Name tells what is visited from all else; it is comparable.
	Name any
	// Namespace is whom the turn is charged to: namespaces take turns.
	Namespace string
	Lane      Lane
	// Accounts that it is going to call.
	Accounts []*Account
	// Partial says that there is something to be done even if only some of the accounts
	// can be called.
	Partial bool
	// Wake makes the visit be begun again, once it is its turn.
	Wake func()
}

// A Queue lets visits in while their accounts have room for more, and puts the others in
// line, so that no worker waits with them. Whoever is in calls as often as it takes.
type Queue struct {
	clock clock.WithDelayedExecution

	mu sync.Mutex
	// parked visits are in line, by name; admitted ones were woken and have their room.
	parked   map[any]*parked
	admitted map[any]*Ticket
	// waited is told how long each visit was in line.
	waited func(Lane, time.Duration)
}

type parked struct {
	Visit
	since time.Time
	// at is the account in whose line it is; nil once it is in none.
	at *Account
	// keeps is the account that keeps room for it meanwhile; nil for none.
	keeps *Account
}

// NewQueue returns a queue that goes by a clock.
func NewQueue(by clock.WithDelayedExecution) *Queue {
	return &Queue{clock: by, parked: map[any]*parked{}, admitted: map[any]*Ticket{}, waited: func(Lane, time.Duration) {}}
}

// Watch has somebody told how long each visit was in line, before any is.
func (q *Queue) Watch(waited func(Lane, time.Duration)) { q.waited = waited }

// InLine is how many visits of a lane are in line, and since when the first one is.
type InLine struct {
	Visits int
	Since  time.Time
}

// Waiting is who is in line, of each lane in which somebody is.
func (q *Queue) Waiting() map[Lane]InLine {
	q.mu.Lock()
	defer q.mu.Unlock()
	waiting := map[Lane]InLine{}
	for _, visit := range q.parked {
		seen := waiting[visit.Lane]
		if seen.Visits == 0 || visit.since.Before(seen.Since) {
			seen.Since = visit.since
		}
		seen.Visits++
		waiting[visit.Lane] = seen
	}
	return waiting
}

// Enter lets a visit in, or puts it in line: then the ticket is nil, and it is woken when
// its turn has come. The wait is about how long that will take, 0 if nobody can tell. A
// visit in line that enters again keeps its place, unless it is another one by now.
func (q *Queue) Enter(visit Visit) (ticket *Ticket, wait time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.clock.Now()
	if ticket, ok := q.admitted[visit.Name]; ok {
		delete(q.admitted, visit.Name)
		if ticket.fits(visit) {
			return ticket, 0
		}
		q.out(ticket, now)
	}
	since := now
	known, ok := q.parked[visit.Name]
	if ok && known.stale(visit, now) {
		q.leave(known, now)
		ok = false
		if known.Lane == visit.Lane {
			since = known.since
		}
	}
	if !ok {
		full, overtakes := q.full(visit, now)
		if full == nil && overtakes == nil {
			return q.admit(visit, now), 0
		}
		known = &parked{Visit: visit, since: since}
		q.parked[visit.Name] = known
		if full == nil {
			full = overtakes
		}
		q.line(known, full, now, false)
	}
	return nil, known.at.expected(visit.Lane, known.at.guests.ahead(visit.Lane), now)
}

// stale reports whether a visit in line is another one by now, or has something to do
// elsewhere while the account that it waits for is left alone.
func (p *parked) stale(visit Visit, now time.Time) bool {
	return p.Lane != visit.Lane || !slices.Equal(p.Accounts, visit.Accounts) || visit.Partial && p.at.state(visit, now).paused > 0
}

// Forget takes a visit out of the line: there is nothing to be visited any more.
func (q *Queue) Forget(name any) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.clock.Now()
	if known, ok := q.parked[name]; ok {
		q.leave(known, now)
	}
	if ticket, ok := q.admitted[name]; ok {
		delete(q.admitted, name)
		q.out(ticket, now)
	}
}

// full is the account that a visit has to wait for; nil if all have room that matter.
// Besides, overtakes is one in whose line others wait who came before it.
func (q *Queue) full(visit Visit, now time.Time) (full, overtakes *Account) {
	var shut *Account
	var opens time.Duration
	open := 0
	for _, account := range visit.Accounts {
		seen := account.state(visit, now)
		if seen.paused > 0 {
			// With all of them it waits for the last one to open, else for the first.
			if shut == nil || (seen.paused < opens) == visit.Partial {
				shut, opens = account, seen.paused
			}
			continue
		}
		if !seen.room {
			return account, nil
		}
		open++
		if account.guests.ahead(visit.Lane) > 0 {
			overtakes = account
		}
	}
	if visit.Partial && open > 0 {
		return nil, overtakes
	}
	return shut, overtakes
}

func (q *Queue) admit(visit Visit, now time.Time) *Ticket {
	ticket := &Ticket{queue: q, lane: visit.Lane, since: now, used: map[*Account]*atomic.Int64{}}
	for _, account := range visit.Accounts {
		ticket.used[account] = new(atomic.Int64)
		account.enter(ticket)
	}
	return ticket
}

func (q *Queue) line(visit *parked, at *Account, now time.Time, first bool) {
	visit.at = at
	at.guests.waiting[visit.Lane].push(visit, first)
	q.alarm(at, now)
}

// leave takes a visit out of its line.
func (q *Queue) leave(visit *parked, now time.Time) {
	delete(q.parked, visit.Name)
	visit.at.guests.waiting[visit.Lane].drop()
	visit.at = nil
	if keeper := visit.keeps; keeper != nil {
		visit.keeps, keeper.guests.kept = nil, nil
		q.advance(keeper, now)
	}
}

// advance lets in whoever's turn it is in an account.
func (q *Queue) advance(account *Account, now time.Time) {
	for next := account.guests.first(); next != nil && account.state(next.Visit, now).room; next = account.guests.first() {
		account.guests.waiting[next.Lane].pop()
		if full, _ := q.full(next.Visit, now); full == nil {
			q.wake(next, now)
		} else {
			q.pass(next, account, full, now)
		}
	}
	q.alarm(account, now)
}

// pass sends who is first in one line to another. Unless that may take long, room is kept
// for it where it was first: it would never get in where both are always full of others.
func (q *Queue) pass(visit *parked, from, to *Account, now time.Time) {
	kept := from.guests.kept == nil && visit.keeps == nil && to.state(visit.Visit, now).paused == 0
	if kept {
		visit.keeps, from.guests.kept = from, visit
	}
	q.line(visit, to, now, kept || visit.keeps != nil)
}

// wake lets a visit in that was in line.
func (q *Queue) wake(visit *parked, now time.Time) {
	visit.at = nil
	if visit.keeps != nil {
		visit.keeps.guests.kept, visit.keeps = nil, nil
	}
	delete(q.parked, visit.Name)
	q.waited(visit.Lane, now.Sub(visit.since))
	q.admitted[visit.Name] = q.admit(visit.Visit, now)
	visit.Wake()
}

// alarm comes back to an account when time alone will have made room in it.
func (q *Queue) alarm(account *Account, now time.Time) {
	first := account.guests.first()
	if account.guests.timer != nil || first == nil {
		return
	}
	seen := account.state(first.Visit, now)
	if seen.opens == 0 && !seen.room {
		return // somebody is in, who makes room
	}
	account.guests.timer = q.clock.AfterFunc(max(seen.opens, time.Millisecond), func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		account.guests.timer = nil
		q.advance(account, q.clock.Now())
	})
}

// out ends a visit that was let in.
func (q *Queue) out(ticket *Ticket, now time.Time) {
	for account, used := range ticket.used {
		account.exit(ticket, int(used.Load()), now.Sub(ticket.since))
	}
	for account := range ticket.used {
		q.advance(account, now)
	}
}
