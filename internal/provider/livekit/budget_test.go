package livekit

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider"
)

func TestRequestsPerMinute(t *testing.T) {
	for _, perMinute := range []int{60, 1000} {
		synctest.Test(t, func(t *testing.T) {
			var all budgets
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			made := 0
			for all.of("host", perMinute).wait(ctx) == nil {
				made++
			}
			if made > perMinute || made < perMinute*9/10 {
				t.Errorf("%d requests in a minute, the limit is %d", made, perMinute)
			}
		})
	}
}

func TestBudgetsAreShared(t *testing.T) {
	var all budgets
	first := all.of("a", 0)
	if all.of("a", 600) != first || all.of("b", 0) == first {
		t.Error("one budget for each key")
	}
	if limit, burst := pace(600); first.requests.Limit() != limit || first.requests.Burst() != burst {
		t.Error("a changed limit is not taken over")
	}
}

// Anybody can name a host, with a limit of 1 a minute and credentials that are
// none.
func TestAStrangerLimitsNobody(t *testing.T) {
	p := New(Options{AllowedHosts: []string{"*.livekit.cloud"}})
	open := func(secret string, limit int) *budget {
		opened, err := p.Connect(t.Context(), provider.Access{
			URL: "https://a.livekit.cloud", Account: "a.livekit.cloud", Limit: limit,
			Credentials: map[string][]byte{keyAPIKey: []byte("key"), keyAPISecret: []byte(secret)},
		})
		if err != nil {
			t.Fatal(err)
		}
		return opened.(*session).budget
	}
	owner := open("secret", 600)
	before := owner.requests.Limit()
	if open("guess", 1) == owner || owner.requests.Limit() != before {
		t.Error("whoever has no credentials shares the budget of those who have them")
	}
	if open("secret", 600) != owner {
		t.Error("two sessions of one owner have two budgets")
	}
}

func TestWaitingHonoursTheCaller(t *testing.T) {
	var all budgets
	slow := all.of("host", 1)
	if err := slow.wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	wantClass(t, slow.wait(short), external.Throttled)

	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	err := slow.wait(cancelled)
	wantClass(t, err, external.Throttled)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("not recognisable: %v", err)
	}
}

func TestCreatesTakeTurns(t *testing.T) {
	var all budgets
	done, err := all.of("a", 0).turn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = all.of("a", 0).turn(short)
	wantClass(t, err, external.Throttled)
	if other, err := all.of("b", 0).turn(t.Context()); err != nil {
		t.Error("another budget has to wait")
	} else {
		other()
	}
	done()
	if next, err := all.of("a", 0).turn(t.Context()); err != nil {
		t.Error(err)
	} else {
		next()
	}
}

// A token is signed anew long before it ends.
func TestTokenIsReused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		signed := 0
		token := reused(func() (string, error) {
			signed++
			return strconv.Itoa(signed), nil
		})
		for _, want := range []string{"1", "1", "2"} {
			if got, err := token(); err != nil || got != want {
				t.Errorf("the token is %q, %v, want %q", got, err, want)
			}
			time.Sleep(tokenValidity/2 - time.Second)
		}
	})
}
