// Package fake is a provider in memory, for tests of the engine and of the
// reconcilers. It keeps the contract of the drivers and can be told to break
// what real providers break: answers, lists, promises. It knows no real one.
package fake

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/callplane/callplane/internal/budget"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider"
)

// A Kind says how the resources of a kind behave; the zero value is a resource
// that is found by its name.
type Kind struct {
	// Association names the input whose value is the id of the resources, which
	// do nothing but tie their parent to something else.
	Association string
	// Moves says that what is tied can be tied to one parent at a time, and is taken
	// from another one only as Call.Previous.
	Moves bool
	// Existing resources bear no marker: their natural key is the Spec, a string. They
	// are bought, if they are on sale.
	Existing bool
	// Key is the natural key of what can bear no name, by which it is found in a
	// container that is lent.
	Key func(spec any) string
	// Outputs that resources have besides their id: the id with the name behind it.
	Outputs []string
	// Named kinds bear a marker though they are contained in something.
	Named bool
	// Counted kinds bear no marker, and are listed for the whole account.
	Counted bool
	// Shared kinds can be asked who else uses them.
	Shared bool
	// Partial kinds take their spec only in an update after the create.
	Partial bool
}

// A Resource is something that exists.
type Resource struct {
	Account, Kind, ID, ParentID, Name string

	Spec   any
	Inputs map[string]string
	// Key is the natural key, of a kind that has one. Lacks is what a spec would need.
	Key   string
	Lacks []string
	// UsedBy says who else uses it; MovedAway what it serves now instead.
	UsedBy, MovedAway string
	// Undying resources survive a delete that the provider said yes to.
	Undying bool

	listed time.Time
}

// A Provider holds resources of any kind in any number of accounts.
type Provider struct {
	// Kinds that the provider knows.
	Kinds map[string]Kind
	// OnSale are the natural keys of what can be bought, each once.
	OnSale []string
	// Lag is how long lists do not show what was made; Now tells the time.
	Lag time.Duration
	Now func() time.Time

	name      string
	mu        sync.Mutex
	serial    int
	resources []*Resource
	log       []Call
	faults    []*Fault
}

// New returns an empty provider.
func New(name string, kinds map[string]Kind) *Provider {
	return &Provider{name: name, Kinds: kinds, Now: func() time.Time { return time.Time{} }}
}

// Name in the ledger.
func (p *Provider) Name() string { return p.name }

// Terms bound nothing.
func (p *Provider) Terms(int) budget.Terms { return budget.Terms{} }

// Connect opens a session, or fails as it was told to.
func (p *Provider) Connect(ctx context.Context, access provider.Access) (external.Session, error) {
	opened := p.Session(access.Account)
	return opened, p.do(ctx, Call{Operation: Connect, Account: access.Account}, func(*Call) error { return nil })
}

// Session works in an account.
func (p *Provider) Session(account string) external.Session {
	return session{provider: p, account: account}
}

// Add puts a resource there that nobody asked for, and returns it to be changed.
func (p *Provider) Add(resource Resource) *Resource {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.add(resource)
}

func (p *Provider) add(resource Resource) *Resource {
	if resource.ID == "" {
		p.serial++
		resource.ID = fmt.Sprintf("%s-%d", resource.Kind, p.serial)
	}
	p.resources = append(p.resources, &resource)
	return &resource
}

// All returns what exists of a kind, or of every kind if it is empty.
func (p *Provider) All(kind string) []*Resource {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.find(func(r *Resource) bool { return kind == "" || r.Kind == kind })
}

func (p *Provider) find(wanted func(*Resource) bool) []*Resource {
	var found []*Resource
	for _, resource := range p.resources {
		if wanted(resource) {
			found = append(found, resource)
		}
	}
	return found
}

// remove lets a resource and what it contains be gone.
func (p *Provider) remove(gone *Resource) {
	p.resources = slices.DeleteFunc(p.resources, func(r *Resource) bool {
		return r == gone || p.Kinds[gone.Kind].Association == "" && r.ParentID == gone.ID
	})
}

// OutputHolder of an Existing resource is what it is tied to besides its owner's.
const OutputHolder = "holder"

type session struct {
	provider *Provider
	account  string
}

func (s session) Account() string { return s.account }

func (s session) Driver(kind string) (external.Driver, bool) {
	known, ok := s.provider.Kinds[kind]
	work := driver{session: s, kind: kind, Kind: known}
	switch {
	case known.Shared:
		return sharedDriver{work}, ok
	case known.Counted:
		return countedDriver{work}, ok
	}
	return work, ok
}

func (s session) Verify(ctx context.Context) error {
	return s.provider.do(ctx, Call{Operation: Verify, Account: s.account}, func(*Call) error { return nil })
}
