package budget

import (
	"context"
	"sync"

	"k8s.io/utils/clock"
)

// Budgets are those of all accounts. They are made when first asked for, and kept: there
// are no more of them than accounts and credentials in use since the start.
type Budgets struct {
	clock clock.PassiveClock

	mu       sync.Mutex
	accounts map[string]*Account
}

// New returns budgets that go by a clock.
func New(by clock.PassiveClock) *Budgets {
	return &Budgets{clock: by, accounts: map[string]*Account{}}
}

// Account is the budget of a key, with the provider's default terms for whoever is the
// first to ask.
func (b *Budgets) Account(key string, defaults Terms) *Account {
	b.mu.Lock()
	defer b.mu.Unlock()
	account, ok := b.accounts[key]
	if !ok {
		account = newAccount(b.clock, defaults)
		b.accounts[key] = account
	}
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

// Charge is whom the calls of a session are charged to. The credential tells those of
// one account apart, and cannot be read. A probe is let through with credentials that
// were refused; alarm is told that some are refused that were not, and may be nil. The
// calls count as those of the context's ticket.
func (a *Account) Charge(ctx context.Context, credential string, probe bool, alarm func()) *Charge {
	return &Charge{account: a, credential: credential, probe: probe, alarm: alarm, ticket: ticketOf(ctx)}
}
