package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// An Owner has resources at providers, which are set up with it and taken down when
// it is deleted.
//
// +kubebuilder:object:generate=false
type Owner interface {
	metav1.Object
	runtime.Object

	// Lifecycle is the part of the status that all owners have.
	Lifecycle() *LifecycleStatus
	// Policy says what its deletion does at the providers.
	Policy() DeletionPolicy
	// Identity is what an OrphanRecord says of it.
	Identity() OrphanOwner
}

// LifecycleStatus is what was last seen of an object that has resources at
// providers.
type LifecycleStatus struct {
	// observedGeneration is the generation that this status describes; -1 until
	// the object was first seen.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// conditions are Ready and Corrupted, and while they apply Deleting,
	// Reconciling and Stalled.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=8
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// externalResources is the ledger: what exists, or may exist, at the
	// providers because of this object, in the order in which it is made.
	// +optional
	// +listType=map
	// +listMapKey=slot
	// +kubebuilder:validation:MaxItems=32
	ExternalResources []ExternalResource `json:"externalResources,omitempty"`

	// teardown describes the deletion under way.
	// +optional
	Teardown *TeardownStatus `json:"teardown,omitempty"`

	// lastHandledRetryAt is the value of the annotation
	// callplane.io/retry-requested-at that was last acted on.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	LastHandledRetryAt string `json:"lastHandledRetryAt,omitempty"`

	// appliedConfiguration is a digest of what was asked for when everything was last
	// seen to be there. While it is still that, a start of the manager asks no provider.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	AppliedConfiguration string `json:"appliedConfiguration,omitempty"`

	// problem is one word for what is wrong; absent while all is well.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	Problem string `json:"problem,omitempty"`
}

// TeardownStatus describes a deletion under way.
type TeardownStatus struct {
	// policy that the teardown obeys.
	// +optional
	// +kubebuilder:validation:Enum=Teardown;Release;Retain
	Policy DeletionPolicy `json:"policy,omitempty"`

	// startedAt is when the first deleting visit was made.
	// +optional
	StartedAt *metav1.Time `json:"startedAt,omitempty"`

	// failingSince is when the first attempt failed since something was last
	// seen to be gone.
	// +optional
	FailingSince *metav1.Time `json:"failingSince,omitempty"`
}
