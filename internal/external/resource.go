package external

// A Slot names the place of one resource among those of its owner. It is part
// of the owner marker, so it has at most 8 characters, and it never changes.
type Slot string

// A Ref stands for an output of another resource of the same owner.
type Ref struct {
	Slot   Slot
	Output string
}

// OutputID is the output that every resource has: its id at the provider.
const OutputID = "id"

// A Resource is one thing that a provider must hold for a number to work. It
// is plain data, so that a plan can be compared and printed.
type Resource struct {
	Slot     Slot
	Provider string
	Kind     string

	// Parent contains this resource: it is created inside of it and is gone when
	// the parent is.
	Parent Slot
	// Within is the id of what contains this resource, where that belongs to another
	// owner: it moves to another place when Within changes.
	Within string
	// ID is that of a resource which is known before it is made or found: it is
	// Imported, or a place such as that of a number in a list of another owner, who
	// makes it, Within what may not exist yet.
	ID string
	// Inputs are outputs of other resources that creating this one needs.
	Inputs map[string]Ref
	// After lists resources that must exist before this one for another reason
	// than an input.
	After []Slot

	// Association names the input whose value is this resource's own id, for a
	// resource that only ties its parent to another one.
	Association string
	// Previous refers to what else the association is taken from, if anything. That
	// is recorded before it is.
	Previous Ref
	// Imported resources are found under their ID, and never created.
	Imported bool
	// Lent resources are imported and stay somebody else's: they bear no marker, and
	// are neither changed nor deleted.
	Lent bool
	// Existing resources are looked up by their natural key and used. They bear no
	// marker, outlive their owner, and are not created, except for a Purchase.
	Existing bool
	// Key is the natural key of a resource that can bear no marker and has no
	// container of its owner's, by which the ledger names it while its id is not known.
	Key string
	// Purchase lets an Existing resource be bought that is not there and never was.
	// It costs money, so it is never made a second time.
	Purchase bool
	// Spec is the driver's own type. Secrets in it are of type Secret.
	Spec any
}

// BearsMarker reports whether the resource is found by the owner marker in its name:
// what is contained in another one is covered by that, and what exists has its own.
func (r Resource) BearsMarker() bool {
	return !r.Existing && !r.Lent && r.Parent == "" && !r.Guest()
}

// Guest reports whether the resource is a place in what belongs to another owner.
func (r Resource) Guest() bool { return r.Within != "" || r.Awaited() }

// Awaited reports whether it is for another owner to make the resource, whose id is
// known before.
func (r Resource) Awaited() bool { return r.ID != "" && !r.Imported }

// Needs lists the slots that must exist before the resource is created.
func (r Resource) Needs() []Slot {
	needs := make([]Slot, 0, len(r.Inputs)+len(r.After)+1)
	if r.Parent != "" {
		needs = append(needs, r.Parent)
	}
	for _, ref := range r.Inputs {
		needs = append(needs, ref.Slot)
	}
	return append(needs, r.After...)
}

// Slots lists the slots of resources in their order.
func Slots(resources []Resource) []Slot {
	slots := make([]Slot, len(resources))
	for i := range resources {
		slots[i] = resources[i].Slot
	}
	return slots
}

// An Observation is what a provider reports about a resource that exists.
type Observation struct {
	ID       string
	ParentID string
	// Name is the live name, where the kind has one that carries the marker.
	Name string
	// Revision is another one whenever anything of the resource is; empty where a list does
	// not show all of it.
	Revision string
	// Outputs are what other resources may refer to, besides the id.
	Outputs map[string]string
	// Drift names the fields that differ from the spec; empty without a spec.
	Drift []string
	// Lacks says in words what the spec cannot do without; the rest of the drift only
	// makes a difference.
	Lacks []string
}

// Output returns a named output of the observation.
func (o Observation) Output(name string) (string, bool) {
	if name == OutputID {
		return o.ID, o.ID != ""
	}
	value, ok := o.Outputs[name]
	return value, ok
}

// A Secret is a value that no log, event, status or error may show. It prints
// as a fixed word, and as an address where it is buried in another value.
type Secret struct{ value *string }

// NewSecret wraps a value.
func NewSecret(value string) Secret { return Secret{value: &value} }

// Reveal returns the value, to be sent to its provider and nowhere else.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// Equal compares two secrets.
func (s Secret) Equal(other Secret) bool { return s.Reveal() == other.Reveal() }

// String hides the value.
func (s Secret) String() string { return "[secret]" }

// GoString hides the value from %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides the value from JSON and from structured logs.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
