package livekit

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/callplane/callplane/internal/external"
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

func TestBudgetsAreSharedPerHost(t *testing.T) {
	var all budgets
	first := all.of("a", 0)
	if all.of("a", 600) != first || all.of("b", 0) == first {
		t.Error("one budget for each host")
	}
	if limit, burst := pace(600); first.requests.Limit() != limit || first.requests.Burst() != burst {
		t.Error("a changed limit is not taken over")
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
		t.Error("another host has to wait")
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
