package budget

import (
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/utils/clock"
)

// TestTimeNeverStands has the clock move on whenever it is read: nobody may be forgotten
// because a pause ends, or a call may be made, in the middle of a decision.
func TestTimeNeverStands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		moving := &movingClock{}
		c := &crowd{t: t, Budgets: New(moving), Queue: NewQueue(moving)}
		account := c.Account("one", Terms{PerMinute: 6000})
		const visits = 200
		served := 0
		serve := func() {
			for ; served < len(c.woken()); served++ {
				if ticket, _ := c.Enter(c.visit(c.woken()[served], Provision, account)); ticket != nil {
					ticket.Leave()
				}
			}
		}
		for i := range visits {
			if i%20 == 0 {
				account.end(Answer{Throttled: true, RetryAfter: time.Duration(i+1) * time.Microsecond})
			}
			name := fmt.Sprintf("a/%d", i)
			if ticket, _ := c.Enter(c.visit(name, Provision, account)); ticket != nil {
				ticket.Leave()
				c.Wake(name)
			}
			serve()
		}
		for range 1000 {
			time.Sleep(time.Millisecond)
			synctest.Wait()
			serve()
		}
		if got := len(c.woken()); got < visits {
			t.Errorf("%d of %d visits had their turn", got, visits)
		}
	})
}

// A movingClock is a microsecond later each time that somebody looks.
type movingClock struct {
	clock.RealClock
	looked atomic.Int64
}

func (m *movingClock) Now() time.Time {
	return m.RealClock.Now().Add(time.Duration(m.looked.Add(1)) * time.Microsecond)
}
