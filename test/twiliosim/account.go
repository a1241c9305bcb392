package twiliosim

import "fmt"

// Account is what a client needs to know of an account.
type Account struct {
	SID       string
	AuthToken string
}

// AccountOptions describe a new account; an empty SID or token is drawn at random.
type AccountOptions struct {
	SID       string
	AuthToken string
	Trial     bool
}

// APIKey opens the account it was made for.
type APIKey struct {
	SID    string
	Secret string
}

// AccountStatus is whether an account may be used.
type AccountStatus string

// The states of an account. What a suspended or closed one answers is Settings.SuspendedCode.
const (
	AccountActive    AccountStatus = "active"
	AccountSuspended AccountStatus = "suspended"
	AccountClosed    AccountStatus = "closed"
)

type account struct {
	sid, token, parent string
	trial              bool
	status             AccountStatus
}

type apiKey struct{ secret, account string }

// AddAccount makes an account without a parent.
func (s *Simulator) AddAccount(o AccountOptions) Account { return s.addAccount("", o) }

// AddSubAccount makes an account that the parent's credentials open too.
func (s *Simulator) AddSubAccount(parent string, o AccountOptions) Account {
	return s.addAccount(parent, o)
}

func (s *Simulator) addAccount(parent string, o AccountOptions) Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.SID == "" {
		o.SID = s.sid("AC")
	}
	if o.AuthToken == "" {
		o.AuthToken = s.sid("")
	}
	if parent != "" {
		s.mustAccount(parent)
	}
	s.accounts[o.SID] = &account{sid: o.SID, token: o.AuthToken, parent: parent, trial: o.Trial, status: AccountActive}
	return Account{SID: o.SID, AuthToken: o.AuthToken}
}

// AddAPIKey makes a key of the account.
func (s *Simulator) AddAPIKey(account string) APIKey {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := APIKey{SID: s.sid("SK"), Secret: s.sid("")}
	s.keys[key.SID] = &apiKey{secret: key.Secret, account: s.mustAccount(account).sid}
	return key
}

// DeleteAPIKey makes requests with the key fail from now on.
func (s *Simulator) DeleteAPIKey(sid string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.keys, sid)
}

// SetToken replaces the auth token of an account.
func (s *Simulator) SetToken(account, token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mustAccount(account).token = token
}

// RevokeToken leaves an account without a token that works; its API keys go on working.
func (s *Simulator) RevokeToken(account string) { s.SetToken(account, "") }

// SetAccountStatus suspends, closes or reopens an account and with it its sub-accounts.
func (s *Simulator) SetAccountStatus(account string, status AccountStatus) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mustAccount(account).status = status
}

// mustAccount panics for an account that was never added: that is a mistake of the test.
func (s *Simulator) mustAccount(sid string) *account {
	found, ok := s.accounts[sid]
	if !ok {
		panic(fmt.Sprintf("twiliosim: no account %q", sid))
	}
	return found
}
