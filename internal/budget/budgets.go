package budget

import (
	"context"
	"sync"

	"k8s.io/utils/clock"
	"k8s.io/utils/lru"
)

// Budgets are those of all accounts.
type Budgets struct {
	clock    clock.PassiveClock
	refusals *refusals

	mu sync.Mutex
	// accounts are those that somebody was verified for, and strangers those of whoever
	// was not, of which there may be any number.
	accounts  map[string]*Account
	strangers *lru.Cache
}

// maxStrangers is how many budgets are kept for those who were not verified.
const maxStrangers = 1024

// New returns budgets that go by a clock.
func New(by clock.PassiveClock) *Budgets {
	return &Budgets{clock: by, refusals: newRefusals(by), accounts: map[string]*Account{}, strangers: lru.New(maxStrangers)}
}

// Account is the budget of all that were verified for an account, with the provider's
// default terms for whoever is the first to ask.
func (b *Budgets) Account(name string, defaults Terms) *Account {
	b.mu.Lock()
	defer b.mu.Unlock()
	account, ok := b.accounts[name]
	if !ok {
		account = newAccount(b.clock, defaults)
		b.accounts[name] = account
	}
	return account
}

// Stranger is the budget of an object that was not verified for the account which it
// names, and must not use up what those have who were.
func (b *Budgets) Stranger(object string, defaults Terms) *Account {
	b.mu.Lock()
	defer b.mu.Unlock()
	if known, ok := b.strangers.Get(object); ok {
		return known.(*Account)
	}
	account := newAccount(b.clock, defaults)
	b.strangers.Add(object, account)
	return account
}

// Withdraw forgets what an object has declared, of whatever account.
func (b *Budgets) Withdraw(object string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, account := range b.accounts {
		account.withdraw(object)
	}
}

// A State is how the budget of an account is.
type State string

// States, the most urgent one first.
const (
	// Paused: the provider wants to be left alone for a while.
	Paused State = "Paused"
	// Silent: it does not answer.
	Silent State = "Silent"
	// Narrowed: it takes fewer calls at once than are allowed.
	Narrowed State = "Narrowed"
	// Open: nothing keeps calls from it but its limits.
	Open State = "Open"
)

// States is how each account is that somebody stands for, by name.
func (b *Budgets) States() map[string]State {
	b.mu.Lock()
	defer b.mu.Unlock()
	states := map[string]State{}
	for name, account := range b.accounts {
		if state, declared := account.condition(); declared {
			states[name] = state
		}
	}
	return states
}

// A Caller is who calls a provider, and with what.
type Caller struct {
	// Account is whose budget the calls are charged to, and Name the account that is
	// called.
	Account *Account
	Name    string
	// Credential tells those of one account apart, and cannot be read.
	Credential string
	// Probe calls also with credentials that were refused, to find out whether they are.
	Probe bool
	// Alarm is told that credentials were refused that had not been; nil tells nobody.
	Alarm func()
}

// Charge is what the calls of a session are charged to. They count as those of the
// context's ticket.
func (b *Budgets) Charge(ctx context.Context, caller Caller) *Charge {
	return &Charge{Caller: caller, refusals: b.refusals, ticket: ticketOf(ctx)}
}
