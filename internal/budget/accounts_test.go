package budget

import (
	"fmt"
	"slices"
	"testing"
)

// TestTwoAccounts shows that room is kept for one visit at most that waits for another
// account.
func TestTwoAccounts(t *testing.T) {
	c := newCrowd(t)
	first, second := c.Account("first", Terms{AtOnce: 2}), c.Account("second", Terms{AtOnce: 1})
	inFirst, inSecond := c.fill(Provision, first), c.fill(Provision, second)
	for _, name := range []string{"a/1", "a/2"} {
		c.park(c.visit(name, Provision, first, second))
	}
	inFirst[0].Leave()
	inFirst[1].Leave()
	if len(c.woken()) > 0 {
		t.Fatal("woken though the second account has no room")
	}
	c.enter(c.visit("b/1", Provision, first)).Leave()
	inSecond[0].Leave()
	inSecond[1].Leave()
	if want := []string{"a/1", "a/2"}; !slices.Equal(c.woken(), want) {
		t.Errorf("woken are %q, want %q", c.woken(), want)
	}
}

// TestBetweenTwoStreams lets visits of one account each fill two accounts all the time, and
// counts how many turns pass before one gets in that needs both.
func TestBetweenTwoStreams(t *testing.T) {
	c := newCrowd(t)
	accounts := []*Account{c.Account("first", Terms{AtOnce: 2}), c.Account("second", Terms{AtOnce: 2})}
	inside := map[*Account][]*Ticket{}
	serial := 0
	arrive := func(account *Account) {
		serial++
		c.park(c.visit(fmt.Sprintf("z/%d", serial), Provision, account))
	}
	for _, account := range accounts {
		inside[account] = c.fill(Provision, account)
		arrive(account)
	}
	c.park(c.visit("a/1", Provision, accounts...))
	for turn := range 100 {
		account := accounts[turn%2]
		arrive(account)
		before := len(c.woken())
		inside[account][0].Leave()
		inside[account] = inside[account][1:]
		for _, name := range c.woken()[before:] {
			if name == "a/1" {
				return
			}
			inside[account] = append(inside[account], c.enter(c.visit(name, Provision, account)))
		}
	}
	t.Errorf("it never gets in: %q", c.woken())
}

// TestOtherAccounts shows that who comes to need other accounts does not stay in line for
// those that he needed before.
func TestOtherAccounts(t *testing.T) {
	c := newCrowd(t)
	full, free := c.Account("full", Terms{AtOnce: 1}), c.Account("free", Terms{AtOnce: 1})
	inside := c.fill(Provision, full)
	c.park(c.visit("a/1", Provision, full))
	c.enter(c.visit("a/1", Provision, free)).Leave()
	c.park(c.visit("a/2", Provision, full))
	inside[0].Leave()
	// Its room in the one is no room in the other.
	c.enter(c.visit("a/2", Provision, free)).Leave()
	c.enter(c.visit("b/1", Provision, full)).Leave()
	if want := []string{"a/2"}; !slices.Equal(c.woken(), want) {
		t.Errorf("woken are %q, want %q", c.woken(), want)
	}
}
