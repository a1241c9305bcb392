package claim

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestHolder(t *testing.T) {
	now := time.Unix(rand.Int64N(4e9), 0)
	candidate := func(uid string, age time.Duration, change ...func(*Candidate)) Candidate {
		c := Candidate{UID: uid, Created: now.Add(-age), Accounts: []string{"AC1", "project"}, Ready: true}
		for _, change := range change {
			change(&c)
		}
		return c
	}
	notReady := func(c *Candidate) { c.Ready = false }
	established := func(c *Candidate) { c.Established = true }
	in := func(accounts ...string) func(*Candidate) { return func(c *Candidate) { c.Accounts = accounts } }
	cases := map[string]struct {
		reason    string
		candidate Candidate
		rivals    []Candidate
		holder    string
	}{
		"alone":         {reason: "nobody else wants it", candidate: candidate("b", 0)},
		"itself":        {reason: "an object is no rival of its own", candidate: candidate("b", 0), rivals: []Candidate{candidate("b", time.Hour, established)}},
		"older":         {reason: "the oldest wins", candidate: candidate("a", 0), rivals: []Candidate{candidate("b", time.Second)}, holder: "b"},
		"younger":       {reason: "the oldest wins", candidate: candidate("b", time.Second), rivals: []Candidate{candidate("a", 0)}},
		"same age":      {reason: "then the lowest UID wins", candidate: candidate("b", 0), rivals: []Candidate{candidate("a", 0)}, holder: "a"},
		"same age, won": {reason: "then the lowest UID wins", candidate: candidate("a", 0), rivals: []Candidate{candidate("b", 0)}},
		"established":   {reason: "who uses it keeps it", candidate: candidate("a", time.Hour), rivals: []Candidate{candidate("b", 0, established)}, holder: "b"},
		"keeps it":      {reason: "who uses it keeps it", candidate: candidate("b", 0, established), rivals: []Candidate{candidate("a", time.Hour)}},
		"both use it":   {reason: "then the oldest wins again", candidate: candidate("a", 0, established), rivals: []Candidate{candidate("b", 1, established)}, holder: "b"},
		"not ready":     {reason: "who cannot use it holds nothing", candidate: candidate("a", 0), rivals: []Candidate{candidate("b", time.Hour, notReady)}},
		"not ready any more": {
			reason: "what is set up does not stand free because a password changed", candidate: candidate("a", time.Hour),
			rivals: []Candidate{candidate("b", 0, notReady, established)}, holder: "b",
		},
		"elsewhere":   {reason: "another account is no rival", candidate: candidate("a", 0), rivals: []Candidate{candidate("b", time.Hour, in("AC2", "other"))}},
		"one of both": {reason: "one shared account is enough", candidate: candidate("a", 0), rivals: []Candidate{candidate("b", time.Hour, in("AC2", "project"))}, holder: "b"},
		"nowhere":     {reason: "without an account nothing is shared", candidate: candidate("a", 0, in()), rivals: []Candidate{candidate("b", time.Hour, in())}},
		"second of two": {
			reason: "one loser among the rivals does not hide a winner", candidate: candidate("b", time.Minute),
			rivals: []Candidate{candidate("a", 0), candidate("c", time.Hour)}, holder: "c",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			holder, taken := Holder(c.candidate, c.rivals)
			if taken != (c.holder != "") || holder.UID != c.holder {
				t.Errorf("held by %q (%v), want %q: %s", holder.UID, taken, c.holder, c.reason)
			}
		})
	}
}

// TestOneHolder gives random rivals a number: exactly one of those who may hold
// it does, in whatever order they are looked at.
func TestOneHolder(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("the seed is %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range 500 {
		rivals := make([]Candidate, 1+random.IntN(6))
		for i := range rivals {
			rivals[i] = Candidate{
				UID: string(rune('a' + i)), Created: time.Unix(random.Int64N(3), 0), Accounts: []string{"AC1"},
				Ready: true, Established: random.IntN(4) == 0,
			}
		}
		random.Shuffle(len(rivals), func(i, j int) { rivals[i], rivals[j] = rivals[j], rivals[i] })
		winners := 0
		for _, candidate := range rivals {
			if _, taken := Holder(candidate, rivals); !taken {
				winners++
			}
		}
		if winners != 1 {
			t.Fatalf("%d of %+v hold the number, want one", winners, rivals)
		}
	}
}

func TestHolderWhateverTheOrder(t *testing.T) {
	at := func(uid string, seconds int64) Candidate {
		return Candidate{UID: uid, Created: time.Unix(seconds, 0), Accounts: []string{"AC"}, Ready: true}
	}
	first, second, third := at("a", 1), at("b", 2), at("c", 3)
	for _, rivals := range [][]Candidate{{first, second, third}, {second, first, third}, {third, second, first}} {
		if holder, taken := Holder(third, rivals); !taken || holder.UID != first.UID {
			t.Errorf("%s has the number (%v), want %s: the order of a cache means nothing", holder.UID, taken, first.UID)
		}
	}
}
