package budget

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/utils/clock"

	"github.com/callplane/callplane/internal/external"
)

func charge(t *testing.T, account *Account) *Charge {
	t.Helper()
	return New(clock.RealClock{}).Charge(t.Context(), Caller{Account: account})
}

// wantWait checks that the provider is left alone, and for how long.
func wantWait(t *testing.T, err error, want time.Duration) {
	t.Helper()
	if !external.IsOwnLimit(err) || external.ClassOf(err) != external.Throttled || external.RetryAfterOf(err) != want {
		t.Errorf("got %v, to be tried after %s, want it to be put off for %s", err, external.RetryAfterOf(err), want)
	}
}

func TestNoBudget(t *testing.T) {
	var nobody *Charge
	if err := nobody.Begin(t.Context()); err != nil {
		t.Error(err)
	}
	nobody.End(Answer{Throttled: true})
	nobody.Judge(errors.New("refused"))
	if done, err := nobody.Alone(t.Context()); err != nil {
		t.Error(err)
	} else {
		done()
	}
}

// TestPlaces counts the calls under way while a limit goes down and up again.
func TestPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account := New(clock.RealClock{}).Account("one", Terms{AtOnce: 5})
		var mu sync.Mutex
		underWay, most := 0, 0
		call := func(random *rand.Rand) {
			c := charge(t, account)
			if err := c.Begin(t.Context()); err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			underWay++
			most = max(most, underWay)
			mu.Unlock()
			time.Sleep(time.Duration(random.IntN(100)) * time.Millisecond)
			mu.Lock()
			underWay--
			mu.Unlock()
			c.End(Answer{Answered: true})
		}
		for _, limit := range []int{5, 2, 7} {
			account.Declare("somebody", Terms{AtOnce: limit})
			most = 0
			var group sync.WaitGroup
			for i := range 50 {
				group.Go(func() { call(rand.New(rand.NewPCG(uint64(limit), uint64(i)))) })
			}
			group.Wait()
			if most != limit {
				t.Errorf("%d calls were under way, want %d", most, limit)
			}
		}
	})
}

// TestFewerAfterARefusal keeps a burst of refusals from being answered by as many.
func TestFewerAfterARefusal(t *testing.T) {
	account := New(clock.RealClock{}).Account("one", Terms{AtOnce: 8})
	c := charge(t, account)
	for range 8 {
		if err := c.Begin(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for range 8 {
		c.End(Answer{Answered: true, Throttled: true})
	}
	begun := 0
	for ; begun < 8; begun++ {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		err := c.Begin(ctx)
		cancel()
		if err != nil {
			break
		}
	}
	if begun == 0 || begun > 4 {
		t.Errorf("%d calls may begin at once, want fewer than before, and some", begun)
	}
}

func TestRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account := New(clock.RealClock{}).Account("one", Terms{AtOnce: 2})
		if err := charge(t, account).Begin(t.Context()); err != nil {
			t.Fatal(err)
		}
		charge(t, account).End(Answer{Answered: true, Throttled: true, RetryAfter: 30 * time.Second})
		time.Sleep(10 * time.Second)
		wantWait(t, charge(t, account).Begin(t.Context()), 20*time.Second)
		time.Sleep(20 * time.Second)
		if err := charge(t, account).Begin(t.Context()); err != nil {
			t.Errorf("the time is over: %v", err)
		}
	})
}

// TestPausedMeanwhile shows that who waits for a place when the provider asks to be left
// alone, or refuses the credentials, does not call either.
func TestPausedMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, happens := range map[string]func(*Charge){
			"pause":   func(c *Charge) { c.End(Answer{Answered: true, Throttled: true, RetryAfter: time.Minute}) },
			"refusal": func(c *Charge) { c.Judge(refusal()); c.End(Answer{Answered: true}) },
		} {
			budgets := New(clock.RealClock{})
			caller := Caller{Account: budgets.Account("one", Terms{AtOnce: 1}), Name: "one"}
			first := budgets.Charge(t.Context(), caller)
			if err := first.Begin(t.Context()); err != nil {
				t.Fatal(err)
			}
			const waiting = 3
			ended := make(chan error, waiting)
			for range waiting {
				go func() { ended <- budgets.Charge(t.Context(), caller).Begin(t.Context()) }()
			}
			synctest.Wait()
			happens(first)
			for range waiting {
				if err := <-ended; !external.IsOwnLimit(err) {
					t.Errorf("%s: a call went out: %v", name, err)
				}
			}
		}
	})
}

// TestWithoutRetryAfter leaves a provider alone, for longer each time, that has too many
// calls and does not say for how long, once that is no accident.
func TestWithoutRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		account := New(clock.RealClock{}).Account("one", Terms{PerMinute: 6000})
		refused := func() error {
			c := charge(t, account)
			err := c.Begin(t.Context())
			if err == nil {
				c.End(Answer{Answered: true, Throttled: true})
			}
			return err
		}
		for range manySetbacks {
			if err := refused(); err != nil {
				t.Fatalf("put off for an accident: %v", err)
			}
		}
		wantWait(t, refused(), firstPause)
		time.Sleep(firstPause)
		if err := refused(); err != nil {
			t.Fatal(err)
		}
		wantWait(t, refused(), 2*firstPause)
		time.Sleep(2 * firstPause)
		c := charge(t, account)
		if err := c.Begin(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.End(Answer{Answered: true})
		if err := refused(); err != nil {
			t.Errorf("put off after a success: %v", err)
		}
	})
}

// TestSilence lets few visits into an account whose provider does not answer, and all
// again once it does.
func TestSilence(t *testing.T) {
	for name, c := range map[string]struct {
		reason string
		answer Answer
		want   int
	}{
		"answered":  {"an error is an answer", Answer{Answered: true}, mostInside},
		"throttled": {"so is a refusal", Answer{Answered: true, Throttled: true}, mostInside},
		"not asked": {"who was not asked is not silent", Answer{}, mostInside},
		"silent":    {"each visit keeps a worker waiting", Answer{Silent: true}, whileSilent},
	} {
		account := New(clock.RealClock{}).Account("one", Terms{})
		for range manySilences {
			charge(t, account).End(c.answer)
		}
		if got := account.Capacity(); got != c.want {
			t.Errorf("%s: %d visits may be in, want %d: %s", name, got, c.want, c.reason)
		}
		charge(t, account).End(Answer{Answered: true})
		if got := account.Capacity(); got != mostInside {
			t.Errorf("%s: %d visits may be in after an answer, want %d", name, got, mostInside)
		}
	}
	interrupted := New(clock.RealClock{}).Account("one", Terms{})
	for range 2 * manySilences {
		for range manySilences - 1 {
			charge(t, interrupted).End(Answer{Silent: true})
		}
		charge(t, interrupted).End(Answer{Answered: true})
	}
	if got := interrupted.Capacity(); got != mostInside {
		t.Errorf("%d visits may be in where silences are never in a row, want %d", got, mostInside)
	}
	narrow := New(clock.RealClock{}).Account("one", Terms{AtOnce: 1})
	for range manySilences {
		charge(t, narrow).End(Answer{Silent: true})
	}
	if got := narrow.Capacity(); got != perPlace {
		t.Errorf("%d visits may be in where fewer are allowed anyway, want %d", got, perPlace)
	}
}

// TestTerms shows whose limit holds: that of whoever asks for the least.
func TestTerms(t *testing.T) {
	budgets := New(clock.RealClock{})
	account := budgets.Account("one", Terms{AtOnce: 8})
	if budgets.Account("one", Terms{AtOnce: 1}) != account || budgets.Account("two", Terms{AtOnce: 8}) == account {
		t.Error("an account has one budget, and no other account has it")
	}
	for _, step := range []struct {
		reason string
		change func()
		want   int
	}{
		{"nobody asks for anything", func() {}, 8},
		{"one may ask for more than the default", func() { account.Declare("a", Terms{AtOnce: 10}) }, 10},
		{"the lower one of two holds", func() { account.Declare("b", Terms{AtOnce: 3}) }, 3},
		{"whoever asks for nothing changes nothing", func() { account.Declare("c", Terms{}) }, 3},
		{"it may be changed", func() { account.Declare("b", Terms{AtOnce: 5}) }, 5},
		{"whoever is gone has nothing to say", func() { budgets.Withdraw("b") }, 10},
		{"the default is left", func() { budgets.Withdraw("a"); budgets.Withdraw("nobody") }, 8},
	} {
		step.change()
		if got := account.Capacity() / perPlace; got != step.want {
			t.Errorf("%d at once, want %d: %s", got, step.want, step.reason)
		}
	}
}

// TestNobodyTakesAllWorkers bounds how many visits one account may keep busy.
func TestNobodyTakesAllWorkers(t *testing.T) {
	if got := New(clock.RealClock{}).Account("one", Terms{AtOnce: 100}).Capacity(); got != mostInside {
		t.Errorf("%d visits may be in of an account that allows 100 calls at once, want %d", got, mostInside)
	}
}

func TestAlone(t *testing.T) {
	account := New(clock.RealClock{}).Account("one", Terms{})
	done, err := charge(t, account).Alone(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := charge(t, account).Alone(short); !errors.Is(err, context.DeadlineExceeded) || !external.IsOwnLimit(err) {
		t.Errorf("got %v, want that somebody else is at it", err)
	}
	done()
	if done, err := charge(t, account).Alone(t.Context()); err != nil {
		t.Error(err)
	} else {
		done()
	}
}
