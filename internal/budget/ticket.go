package budget

import (
	"context"
	"sync/atomic"
	"time"
)

// A Ticket lets one visit call; nil is one that needs none.
type Ticket struct {
	queue *Queue
	lane  Lane
	since time.Time
	// used are the calls to each account.
	used map[*Account]*atomic.Int64
}

// fits reports whether a ticket is for what a visit is about by now.
func (t *Ticket) fits(visit Visit) bool {
	for _, account := range visit.Accounts {
		if _, ok := t.used[account]; !ok {
			return false
		}
	}
	return len(t.used) == len(visit.Accounts)
}

// Leave makes room for the next visit.
func (t *Ticket) Leave() {
	if t == nil {
		return
	}
	t.queue.mu.Lock()
	defer t.queue.mu.Unlock()
	t.queue.out(t, t.queue.clock.Now())
}

func (t *Ticket) count(account *Account) {
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
