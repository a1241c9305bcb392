package twiliosim

import (
	"fmt"
	"log"
	"math/rand/v2"
	"sync"
	"time"
)

// Simulator holds the state of all accounts. It is an http.Handler, and its methods may be called while it serves.
type Simulator struct {
	mu       sync.Mutex
	now      func() time.Time
	random   *rand.Rand
	logf     func(format string, args ...any)
	settings Settings
	order    int

	accounts map[string]*account
	keys     map[string]*apiKey

	trunks           table[Trunk]
	originationURLs  table[OriginationURL]
	numbers          table[Number]
	applications     table[Application]
	credentialLists  table[CredentialList]
	credentials      table[Credential]
	accessLists      table[IPAccessControlList]
	ipAddresses      table[IPAddress]
	trunkCredentials table[Attachment]
	trunkAccessLists table[Attachment]

	passwords       map[string]string
	reservedDomains map[string]time.Time
	subdomains      map[string]bool
	available       map[string]offer
	emergencyEnds   map[string]time.Time
	attachedVisible map[string]time.Time

	faults     []*Injected
	background *randomFaults
	calls      []Call
	seq        int
	inFlight   map[string]int
}

// Option changes how a Simulator is built.
type Option func(*Simulator)

// WithClock replaces the clock that dates, quarantines and list delays go by. Latency always passes in real time.
func WithClock(now func() time.Time) Option { return func(s *Simulator) { s.now = now } }

// WithSeed makes SIDs, tokens and secrets repeat from run to run.
func WithSeed(seed uint64) Option { return WithRandom(rand.NewPCG(seed, seed)) }

// WithRandom replaces the source of SIDs, tokens and secrets.
func WithRandom(source rand.Source) Option {
	return func(s *Simulator) { s.random = rand.New(source) }
}

// WithLogf replaces where seeds are printed; t.Logf is a good choice in tests.
func WithLogf(logf func(format string, args ...any)) Option {
	return func(s *Simulator) { s.logf = logf }
}

// WithSettings edits the settings before the first request; see also Configure.
func WithSettings(edit func(*Settings)) Option { return func(s *Simulator) { edit(&s.settings) } }

// New returns a simulator without accounts.
func New(options ...Option) *Simulator {
	s := &Simulator{now: time.Now, logf: log.Printf, settings: DefaultSettings()}
	s.makeTables()
	for _, option := range options {
		option(s)
	}
	if s.random == nil {
		seed := rand.Uint64()
		WithSeed(seed)(s)
		s.logf("twilio simulator: SIDs come from seed %d", seed)
	}
	return s
}

func (s *Simulator) makeTables() {
	s.accounts, s.keys = map[string]*account{}, map[string]*apiKey{}
	s.trunks, s.originationURLs = table[Trunk]{}, table[OriginationURL]{}
	s.numbers, s.applications = table[Number]{}, table[Application]{}
	s.credentialLists, s.credentials = table[CredentialList]{}, table[Credential]{}
	s.accessLists, s.ipAddresses = table[IPAccessControlList]{}, table[IPAddress]{}
	s.trunkCredentials, s.trunkAccessLists = table[Attachment]{}, table[Attachment]{}
	s.passwords, s.subdomains, s.available = map[string]string{}, map[string]bool{}, map[string]offer{}
	s.reservedDomains = map[string]time.Time{}
	s.emergencyEnds, s.attachedVisible = map[string]time.Time{}, map[string]time.Time{}
	s.inFlight = map[string]int{}
}

// sid draws a new identifier; the caller holds the lock.
func (s *Simulator) sid(prefix string) string {
	return fmt.Sprintf("%s%016x%016x", prefix, s.random.Uint64(), s.random.Uint64())
}
