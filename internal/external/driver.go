package external

import "context"

// A Call is what a driver is told about the resource that it is to work on.
type Call struct {
	// Marker is the owner marker: the name given to what is created, by which it
	// is found again. While tearing down what was bought, it is its natural key.
	Marker string
	// ID is empty while none is recorded.
	ID string
	// ParentID is the id of the containing resource, for kinds that have one.
	ParentID string
	// From are the containers that the resource is being moved from, or was: it may be
	// in one of them still. Empty for what never moved.
	From []string
	// Lent says that the container is somebody else's: nothing in it is the owner's
	// but what bears its marker or, where it can bear none, its natural key.
	Lent bool
	// Own is every id in the owner's ledger, so that a driver can tell use by
	// the owner from use by others.
	Own []string
	// Previous is the id of what an association is taken from when it is created,
	// and given back to when it is deleted; empty for nothing.
	Previous string
	// Inputs are the resolved Inputs of the Resource; nil while tearing down.
	Inputs map[string]string
	// Spec is that of the Resource; nil while tearing down.
	Spec any
}

// A Driver manages the resources of one kind in one account. Every method may
// be called again, honours ctx and returns an *Error where a provider refused.
type Driver interface {
	// Observe finds the resource by its id or, while none is recorded, by its
	// marker or natural key, so that a create whose answer was lost is adopted
	// rather than repeated. The error is NotFound only with proof that the
	// credentials belong to the recorded account. It changes nothing.
	Observe(ctx context.Context, call Call) (Observation, error)
	// Create makes the resource, in one mutating call that is the last thing in
	// it that can fail. What one call cannot set is reported as drift.
	Create(ctx context.Context, call Call) (Observation, error)
	// Update removes the drift that Observe reported.
	Update(ctx context.Context, call Call) (Observation, error)
	// Delete asks for the resource to go. Nil means asked, not gone; NotFound
	// means gone, under the same proof as in Observe.
	Delete(ctx context.Context, call Call) error
}

// Shared is implemented by drivers whose resources others may come to use.
type Shared interface {
	// UsedBy says in words who besides the owner uses the resource, or "" for
	// nobody. It is asked before a delete.
	UsedBy(ctx context.Context, call Call) (string, error)
}

// Held is implemented by drivers of resources that exist already and may serve
// something.
type Held interface {
	// Holder observes what the resource serves at present; without an id if it
	// serves nothing.
	Holder(ctx context.Context, call Call) (Observation, error)
}

// Listed is implemented by drivers of resources that bear the owner marker, whose
// names tell whether anything of an owner may be left, and of what is in such a
// resource and may have to go before it.
type Listed interface {
	// List observes all resources of the kind: those of the account or, of a kind
	// that is contained in another, those in the parent. It is complete or fails.
	List(ctx context.Context, parentID string) ([]Observation, error)
}

// Counted is implemented by drivers of resources that bear no marker and are seen in one
// list of the whole account.
type Counted interface {
	// All observes all resources of the kind in the account, with what they are tied to as
	// their parent. It is complete or fails.
	All(ctx context.Context) ([]Observation, error)
}

// A Session works in one account with one set of credentials, for the length
// of one reconcile. It may remember what it has read and proven meanwhile.
type Session interface {
	// Account is the account SID or host that the session works in.
	Account() string
	// Driver returns the driver of a kind, or false for a kind it does not know.
	Driver(kind string) (Driver, bool)
	// Verify proves that the credentials are accepted and belong to the account.
	// Its errors are AuthenticationFailed, AccountMismatch, PermissionDenied (a
	// suspended account among them) or one that passes.
	Verify(ctx context.Context) error
}
