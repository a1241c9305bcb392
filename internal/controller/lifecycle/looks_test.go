package lifecycle

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// TestLooksAreSpread starts beside a thousand objects, and counts how many are due in each
// tenth of the period: none at once, and about as many in each.
func TestLooksAreSpread(t *testing.T) {
	const many, period = 1000, 10 * time.Hour
	looks := NewLooks(period, rand.New(rand.NewPCG(1, 2)))
	now := time.Unix(0, 0)
	var due [10]int
	for i := range many {
		wait := looks.wait(types.UID(fmt.Sprint(i)), now)
		due[min(int(wait*10/period), 9)]++
	}
	for tenth, count := range due {
		if count < many/20 || count > many/5 {
			t.Errorf("%d of %d are due in tenth %d of the period", count, many, tenth)
		}
	}
}

// TestLooks follows one object from look to look.
func TestLooks(t *testing.T) {
	const period = time.Hour
	looks := NewLooks(period, rand.New(rand.NewPCG(1, 2)))
	now := time.Unix(0, 0)
	first := looks.wait("a", now)
	if again := looks.wait("a", now.Add(first/2)); again != first-first/2 {
		t.Errorf("due after %s, and in the middle of that after %s", first, again)
	}
	if late := looks.wait("a", now.Add(period)); late != 0 {
		t.Errorf("it is due, and said to be after %s", late)
	}
	next := looks.looked("a", now)
	if next > period || next < period*4/5 || looks.wait("a", now) != next {
		t.Errorf("the next look is after %s, or %s, want the period less up to a fifth", next, looks.wait("a", now))
	}
	looks.Want("a")
	if wait := looks.wait("a", now); wait != 0 {
		t.Errorf("somebody wants a look, which is after %s", wait)
	}
	looks.Forget("a")
	if len(looks.due) > 0 {
		t.Error("what is gone is remembered")
	}
	var none *Looks
	none.Forget("a")
}

func TestDigest(t *testing.T) {
	same, again, other := digest([]any{"a", 1}), digest([]any{"a", 1}), digest([]any{"a", 2})
	if same != again || same == other {
		t.Error("a digest tells values apart, and nothing else")
	}
	if got := digest([]any{func() {}}); got != "" {
		t.Errorf("what cannot be written has the digest %q", got)
	}
}
