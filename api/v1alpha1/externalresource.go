package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// An ExternalResource is one line of the ledger: something that exists, or may
// exist, at a provider because of this object. The line is there before the
// resource is, and goes only once a read has shown that the resource is gone.
type ExternalResource struct {
	// slot is the place of the resource among those of its object.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=8
	Slot string `json:"slot,omitempty"`

	// provider that holds it, such as twilio or livekit.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32
	Provider string `json:"provider,omitempty"`

	// kind of the resource, as the provider calls it.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Kind string `json:"kind,omitempty"`

	// account that holds it: an account SID or a LiveKit host.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Account string `json:"account,omitempty"`

	// connection is the object whose credentials made it.
	// +required
	Connection Connection `json:"connection,omitzero"`

	// id that the provider gave it; absent until it is known.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	ID string `json:"id,omitempty"`

	// parentID is the id of the resource that contains it, which disappears
	// only together with it.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	ParentID string `json:"parentID,omitempty"`

	// previous is what held the number before, or may hold it still: the SID of a trunk
	// or of a voice application at Twilio, or the id of an outbound trunk at LiveKit. A
	// number that was taken over goes back there.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Previous string `json:"previous,omitempty"`

	// name by which it is recognised at the provider: the owner marker or, of what
	// can bear none, its own, such as a number that was bought. Absent of what was
	// imported and stays as it is.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Name string `json:"name,omitempty"`

	// origin says how the resource came to be ours.
	// +required
	// +kubebuilder:validation:Enum=Created;Adopted;Imported;TakenOver
	Origin Origin `json:"origin,omitempty"`

	// state says how far it is.
	// +required
	// +kubebuilder:validation:Enum=Pending;Ready;Outdated;Missing;Deleting
	State State `json:"state,omitempty"`

	// errorClass of the last attempt to work on it, if that failed.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	ErrorClass string `json:"errorClass,omitempty"`

	// since is when a Pending resource was last about to be created, or when a
	// Missing one was first missed. Provider lists lag: absence counts only
	// after a grace from then on.
	// +optional
	Since *metav1.Time `json:"since,omitempty"`
}

// An Origin says how a resource came to be in the ledger.
type Origin string

// Origins.
const (
	// OriginCreated resources were made, or bought, for this object.
	OriginCreated Origin = "Created"
	// OriginAdopted resources were there before and are only used.
	OriginAdopted Origin = "Adopted"
	// OriginImported resources were named in spec.import.
	OriginImported Origin = "Imported"
	// OriginTakenOver is a number on its trunk that was taken from what previous
	// names.
	OriginTakenOver Origin = "TakenOver"
)

// A State says how far a resource in the ledger is.
type State string

// States.
const (
	// StatePending: about to be created; whether it exists is not known.
	StatePending State = "Pending"
	// StateReady: seen at the provider.
	StateReady State = "Ready"
	// StateOutdated: seen at the provider, and known to differ from what is wanted.
	StateOutdated State = "Outdated"
	// StateMissing: it was there, and the last read did not find it.
	StateMissing State = "Missing"
	// StateDeleting: asked to go, not yet seen to be gone.
	StateDeleting State = "Deleting"
)
