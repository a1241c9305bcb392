package twiliosim

import "time"

// Settings are the knobs of behaviour. The defaults are what Twilio documents; where it documents nothing, the field says so.
type Settings struct {
	Quotas Quotas

	// MappedListsBlock refuses to delete a list that is still on a trunk (21241, 21236). Whether Twilio does is not established.
	MappedListsBlock bool
	// FilledListsBlock refuses to delete a credential list that still holds credentials (21240). Twilio documents no such rule.
	FilledListsBlock bool
	// DomainQuarantine is how long nobody can have the domain name of a deleted trunk (21248).
	DomainQuarantine time.Duration
	// EmergencyRelease is how long a number stays bound after its emergency address was cleared.
	EmergencyRelease time.Duration
	// SuspendedCode answers for a suspended or closed account: 20003 (401), 20403 (403) or 20005 (403).
	SuspendedCode int

	// Latency is spent before every answer.
	Latency time.Duration
	// MaxConcurrent is how many requests one account may have in flight before it gets 429; zero means no limit.
	MaxConcurrent int
	// RetryAfter is the header of every 429 and 503; empty, as Twilio documents it, means that none is sent.
	RetryAfter string
	// ListLag is how long RandomFaults hides a new resource from lists.
	ListLag time.Duration
}

// Quotas are the most resources of a kind; zero means no limit.
type Quotas struct {
	TrunksPerAccount             int
	TrunksPerTrialAccount        int
	NumbersPerTrialAccount       int
	OriginationURLsPerTrunk      int
	CredentialListsPerAccount    int
	CredentialsPerList           int
	AccessControlListsPerAccount int
	AddressesPerList             int
}

// DefaultSettings returns what Twilio documents.
func DefaultSettings() Settings {
	return Settings{
		Quotas: Quotas{
			TrunksPerAccount: 100, TrunksPerTrialAccount: 1, NumbersPerTrialAccount: 1, OriginationURLsPerTrunk: 10,
			CredentialListsPerAccount: 100, CredentialsPerList: 1000,
			AccessControlListsPerAccount: 1000, AddressesPerList: 100,
		},
		MappedListsBlock: true,
		DomainQuarantine: 30 * 24 * time.Hour,
		SuspendedCode:    codeUnauthorized,
		ListLag:          2 * time.Second,
	}
}

// Configure edits the settings while the simulator serves.
func (s *Simulator) Configure(edit func(*Settings)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	edit(&s.settings)
}
