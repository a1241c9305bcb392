package budget

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/clock"
)

// crowd is who wants to call providers.
type crowd struct {
	t *testing.T
	*Budgets
	*Queue

	mu   sync.Mutex
	rung []string
}

func newCrowd(t *testing.T) *crowd {
	t.Helper()
	return &crowd{t: t, Budgets: New(clock.RealClock{}), Queue: NewQueue(clock.RealClock{})}
}

func (c *crowd) visit(name string, lane Lane, accounts ...*Account) Visit {
	namespace, _, _ := cut(name)
	return Visit{Name: name, Namespace: namespace, Lane: lane, Accounts: accounts, Wake: func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.rung = append(c.rung, name)
	}}
}

// Wake notes that a visit had its turn.
func (c *crowd) Wake(name string) { c.visit(name, Drift).Wake() }

// woken are the visits whose turn has come, in that order.
func (c *crowd) woken() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rung
}

// cut takes the namespace off a name: "a/1" is in a.
func cut(name string) (namespace, rest string, found bool) {
	return name[:1], name[1:], true
}

// enter lets a visit in at once, or fails.
func (c *crowd) enter(visit Visit) *Ticket {
	c.t.Helper()
	ticket, _ := c.Enter(visit)
	if ticket == nil {
		c.t.Fatalf("%v has to wait", visit.Name)
	}
	return ticket
}

// park puts a visit in line, or fails.
func (c *crowd) park(visit Visit) time.Duration {
	c.t.Helper()
	ticket, wait := c.Enter(visit)
	if ticket != nil {
		c.t.Fatalf("%v is let in", visit.Name)
	}
	return wait
}

// fill lets in as many as there is room for.
func (c *crowd) fill(lane Lane, account *Account) []*Ticket {
	var tickets []*Ticket
	for i := 0; ; i++ {
		ticket, _ := c.Enter(c.visit(fmt.Sprintf("z/%d", i), lane, account))
		if ticket == nil {
			c.Forget(fmt.Sprintf("z/%d", i))
			return tickets
		}
		tickets = append(tickets, ticket)
	}
}

// turns lets visits leave one by one, and returns in what order others are woken.
func (c *crowd) turns(tickets []*Ticket) []string {
	for _, ticket := range tickets {
		ticket.Leave()
	}
	return c.woken()
}

func TestOrder(t *testing.T) {
	cases := map[string]struct {
		reason  string
		arrive  []string
		lanes   map[string]Lane
		forgets []string
		want    []string
	}{
		"first come":  {reason: "of one namespace", arrive: []string{"a/1", "a/2", "a/3"}, want: []string{"a/1", "a/2", "a/3"}},
		"again":       {reason: "who asks again keeps his place", arrive: []string{"a/1", "a/2", "a/1"}, want: []string{"a/1", "a/2"}},
		"fair":        {reason: "namespaces take turns", arrive: []string{"a/1", "a/2", "a/3", "b/1", "c/1", "c/2"}, want: []string{"a/1", "b/1", "c/1", "a/2", "c/2", "a/3"}},
		"forgotten":   {reason: "who is gone is passed over", arrive: []string{"a/1", "a/2", "b/1"}, forgets: []string{"a/1", "nobody"}, want: []string{"a/2", "b/1"}},
		"all forgot":  {reason: "nobody is left", arrive: []string{"a/1", "b/1"}, forgets: []string{"a/1", "b/1"}},
		"urgent":      {reason: "what goes, then what comes, then what may have drifted", arrive: []string{"a/1", "a/2", "a/3", "b/4"}, lanes: map[string]Lane{"a/1": Drift, "a/3": Teardown, "b/4": Teardown}, want: []string{"a/3", "b/4", "a/2", "a/1"}},
		"more urgent": {reason: "what is deleted while it waits goes first", arrive: []string{"a/1", "a/2", "a/2 deleted"}, want: []string{"a/2", "a/1"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			crowd := newCrowd(t)
			account := crowd.Account("one", Terms{AtOnce: 5})
			inside := crowd.fill(Teardown, account)
			for _, name := range c.arrive {
				lane, ok := c.lanes[name]
				if !ok {
					lane = Provision
				}
				if name == "a/2 deleted" {
					name, lane = "a/2", Teardown
				}
				crowd.park(crowd.visit(name, lane, account))
			}
			for _, name := range c.forgets {
				crowd.Forget(name)
			}
			if diff := cmp.Diff(c.want, crowd.turns(inside)); diff != "" {
				t.Errorf("%s, -want +got:\n%s", c.reason, diff)
			}
		})
	}
}

// TestNoOvertaking shows that nobody is let in while others wait that come before.
func TestNoOvertaking(t *testing.T) {
	c := newCrowd(t)
	account := c.Account("one", Terms{AtOnce: 1})
	inside := c.fill(Provision, account)
	c.park(c.visit("a/1", Provision, account))
	inside[0].Leave()
	// a/1 was woken, and its room is kept for it.
	c.park(c.visit("b/1", Provision, account))
	c.enter(c.visit("a/1", Provision, account)).Leave()
	if want := []string{"a/1", "b/1"}; !slices.Equal(c.woken(), want) {
		t.Errorf("woken are %q, want %q", c.woken(), want)
	}
}

// TestGivenUp shows that room kept for somebody who never comes goes to the next.
func TestGivenUp(t *testing.T) {
	c := newCrowd(t)
	account := c.Account("one", Terms{AtOnce: 1})
	inside := c.fill(Provision, account)
	c.park(c.visit("a/1", Provision, account))
	c.park(c.visit("a/2", Provision, account))
	inside[0].Leave()
	c.Forget("a/1")
	if want := []string{"a/1", "a/2"}; !slices.Equal(c.woken(), want) {
		t.Errorf("woken are %q, want %q", c.woken(), want)
	}
}

// TestPaused shows who waits for a provider that wants to be left alone: whoever has
// nothing else to do.
func TestPaused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t)
		paused, open := c.Account("paused", Terms{AtOnce: 2}), c.Account("open", Terms{AtOnce: 2})
		paused.end(Answer{Throttled: true, RetryAfter: time.Minute})
		if wait := c.park(c.visit("a/1", Provision, paused, open)); wait != time.Minute {
			t.Errorf("it is said to take %s, want what the provider said", wait)
		}
		partial := c.visit("a/2", Teardown, paused, open)
		partial.Partial = true
		c.enter(partial).Leave()
		alone := c.visit("a/3", Teardown, paused)
		alone.Partial = true
		c.park(alone)
		time.Sleep(time.Minute - time.Millisecond)
		synctest.Wait()
		if len(c.woken()) > 0 {
			t.Errorf("%q are woken too early", c.woken())
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if want := []string{"a/3", "a/1"}; !slices.Equal(c.woken(), want) {
			t.Errorf("woken are %q, want %q", c.woken(), want)
		}
	})
}

// TestOnePauseOfTwo shows that who has something to do in either of two accounts waits for
// the one that opens first.
func TestOnePauseOfTwo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t)
		long, short := c.Account("long", Terms{AtOnce: 2}), c.Account("short", Terms{AtOnce: 2})
		for account, pause := range map[*Account]time.Duration{long: time.Hour, short: time.Minute} {
			account.end(Answer{Throttled: true, RetryAfter: pause})
		}
		for _, accounts := range [][]*Account{{long, short}, {short, long}} {
			partial := c.visit("a/1", Teardown, accounts...)
			partial.Partial = true
			c.park(partial)
			if wait := c.park(c.visit("a/2", Teardown, accounts...)); wait != time.Hour {
				t.Errorf("who needs both is said to wait %s", wait)
			}
			c.Forget("a/2")
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if want := []string{"a/1"}; !slices.Equal(c.woken(), want) {
			t.Errorf("woken are %q, want %q", c.woken(), want)
		}
	})
}

// TestPerMinute lets visits of six calls in as fast as a limit allows, and counts the
// calls of every minute.
func TestPerMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const limit, calls, visits = 600, 6, 500
		c := newCrowd(t)
		account := c.Account("one", Terms{PerMinute: limit})
		begun := time.Now()
		var made []time.Time
		work := func(ticket *Ticket) {
			charge := c.Charge(With(t.Context(), ticket), Caller{Account: account})
			for range calls {
				if err := charge.Begin(t.Context()); err != nil {
					t.Errorf("whoever is in has to wait: %v", err)
				}
				made = append(made, time.Now())
				charge.End(Answer{Answered: true})
			}
			ticket.Leave()
		}
		for i := range visits {
			name := fmt.Sprintf("a/%d", i)
			if ticket, _ := c.Enter(c.visit(name, Teardown, account)); ticket != nil {
				work(ticket)
				continue
			}
			for !slices.Contains(c.woken(), name) {
				time.Sleep(10 * time.Millisecond)
				synctest.Wait()
			}
			work(c.enter(c.visit(name, Teardown, account)))
		}
		took := time.Since(begun)
		if ideal := time.Duration(visits*calls) * time.Minute / limit; took > ideal*21/20 {
			t.Errorf("it took %s, want about %s", took, ideal)
		}
		for i := limit; i < len(made); i++ {
			if within := made[i].Sub(made[i-limit]); within < time.Minute {
				t.Fatalf("%d calls within %s", limit+1, within)
			}
		}
	})
}

// TestExpected says how long a line takes, from how long visits last.
func TestExpected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowd(t)
		account := c.Account("one", Terms{AtOnce: 1})
		for range 50 {
			for _, ticket := range c.fill(Teardown, account) {
				charge := c.Charge(With(t.Context(), ticket), Caller{Account: account})
				if err := charge.Begin(t.Context()); err != nil {
					t.Fatal(err)
				}
				charge.End(Answer{Answered: true})
				time.Sleep(time.Second)
				ticket.Leave()
			}
		}
		c.fill(Teardown, account)
		var wait time.Duration
		for i := range 100 {
			wait = c.park(c.visit(fmt.Sprintf("a/%d", i), Provision, account))
		}
		if wait < time.Minute || wait > 4*time.Minute {
			t.Errorf("a hundred are said to take %s, of visits that take a second or two, two at a time", wait)
		}
		if urgent := c.park(c.visit("b/1", Teardown, account)); urgent >= wait/10 {
			t.Errorf("who goes first is said to wait %s", urgent)
		}
	})
}
