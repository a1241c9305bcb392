package budget

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/utils/clock"
)

// A Lane is how urgent a visit is.
type Lane int

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
}

type parked struct {
	Visit
	// at is the account in whose line it is; nil once it is in none.
	at *Account
}

// NewQueue returns a queue that goes by a clock.
func NewQueue(by clock.WithDelayedExecution) *Queue {
	return &Queue{clock: by, parked: map[any]*parked{}, admitted: map[any]*Ticket{}}
}

// Enter lets a visit in, or puts it in line: then the ticket is nil, and it is woken when
// its turn has come. The wait is about how long that will take, 0 if nobody can tell. A
// visit in line that enters again keeps its place.
func (q *Queue) Enter(visit Visit) (ticket *Ticket, wait time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if ticket, ok := q.admitted[visit.Name]; ok {
		delete(q.admitted, visit.Name)
		return ticket, 0
	}
	known, ok := q.parked[visit.Name]
	if ok && known.Lane != visit.Lane {
		q.leave(known)
		ok = false
	}
	if !ok {
		full := q.full(visit, nil)
		if full == nil {
			return q.admit(visit), 0
		}
		known = &parked{Visit: visit}
		q.parked[visit.Name] = known
		q.line(known, full)
	}
	return nil, known.at.expected(visit.Lane, q.clock.Now())
}

// Forget takes a visit out of the line: there is nothing to be visited any more.
func (q *Queue) Forget(name any) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if known, ok := q.parked[name]; ok {
		q.leave(known)
	}
	if ticket, ok := q.admitted[name]; ok {
		delete(q.admitted, name)
		q.out(ticket)
	}
}

// full is the first account that has no room for a visit; nil if all have that matter.
// In the line of inTurn it has come first.
func (q *Queue) full(visit Visit, inTurn *Account) *Account {
	now := q.clock.Now()
	var shut *Account
	open := 0
	for _, account := range visit.Accounts {
		switch {
		case account.paused(now) > 0:
			shut = account
		case account.room(visit.Lane, now) || account == inTurn && account.holds(visit.Lane, now):
			open++
		default:
			return account
		}
	}
	if visit.Partial && open > 0 {
		return nil
	}
	return shut
}

func (q *Queue) admit(visit Visit) *Ticket {
	ticket := &Ticket{queue: q, lane: visit.Lane, since: q.clock.Now(), used: map[*Account]*atomic.Int64{}}
	for _, account := range visit.Accounts {
		ticket.used[account] = new(atomic.Int64)
		account.inside[ticket] = struct{}{}
	}
	return ticket
}

func (q *Queue) line(visit *parked, at *Account) {
	visit.at = at
	at.waiting[visit.Lane].push(visit)
	q.alarm(at)
}

func (q *Queue) leave(visit *parked) {
	delete(q.parked, visit.Name)
	visit.at.waiting[visit.Lane].drop()
	visit.at = nil
}

// advance lets in whoever's turn it is in an account.
func (q *Queue) advance(account *Account) {
	for {
		lane, next := account.next(q.clock.Now())
		if next == nil {
			break
		}
		account.waiting[lane].pop()
		if full := q.full(next.Visit, account); full != nil {
			q.line(next, full)
			continue
		}
		next.at = nil
		delete(q.parked, next.Name)
		q.admitted[next.Name] = q.admit(next.Visit)
		next.Wake()
	}
	q.alarm(account)
}

// alarm comes back to an account when time alone will have made room in it.
func (q *Queue) alarm(account *Account) {
	if account.timer != nil || account.inLine(Drift) == 0 {
		return
	}
	wait := account.opens(q.clock.Now())
	if wait <= 0 {
		return // somebody is in, who makes room
	}
	account.timer = q.clock.AfterFunc(wait, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		account.timer = nil
		q.advance(account)
	})
}

// out ends a visit that was let in.
func (q *Queue) out(ticket *Ticket) {
	for account, used := range ticket.used {
		account.exit(ticket, int(used.Load()), q.clock.Since(ticket.since))
	}
	for account := range ticket.used {
		q.advance(account)
	}
}

// A Ticket lets one visit call; nil is one that needs none.
type Ticket struct {
	queue *Queue
	lane  Lane
	since time.Time
	// used are the calls to each account.
	used map[*Account]*atomic.Int64
}

// Leave makes room for the next visit.
func (t *Ticket) Leave() {
	if t == nil {
		return
	}
	t.queue.mu.Lock()
	defer t.queue.mu.Unlock()
	t.queue.out(t)
}

func (t *Ticket) count(account *Account) {
	if t == nil {
		return
	}
	if used, ok := t.used[account]; ok {
		used.Add(1)
	}
}

type ticketKey struct{}

// With returns a context whose sessions are opened for the visit of a ticket.
func With(ctx context.Context, ticket *Ticket) context.Context {
	return context.WithValue(ctx, ticketKey{}, ticket)
}

func ticketOf(ctx context.Context) *Ticket {
	ticket, _ := ctx.Value(ticketKey{}).(*Ticket)
	return ticket
}
