package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// An OrphanRecord says what may still exist at the providers without an object
// that stands for it: where, why and since when. It lives in the manager's
// namespace and is named by the UID of the object that it comes from; with
// -duplicates behind it if that object was there when they were found.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:selectablefield:JSONPath=`.spec.owner.namespace`
// +kubebuilder:selectablefield:JSONPath=`.spec.owner.name`
// +kubebuilder:resource:categories=callplane
// +kubebuilder:printcolumn:name="Number",type=string,JSONPath=`.spec.owner.number`
// +kubebuilder:printcolumn:name="From",type=string,JSONPath=`.spec.owner.name`
// +kubebuilder:printcolumn:name="In",type=string,JSONPath=`.spec.owner.namespace`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.spec.reason`
// +kubebuilder:printcolumn:name="State",type=string,JSONPath=`.status.state`
// +kubebuilder:printcolumn:name="Since",type=date,JSONPath=`.spec.since`
// +kubebuilder:printcolumn:name="Problem",type=string,JSONPath=`.status.conditions[?(@.type=="Stalled")].reason`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[*].message`
// +kubebuilder:printcolumn:name="Valid",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Stalled")].reason`
type OrphanRecord struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec says whose resources these are. It cannot be changed.
	// +required
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="the spec of an OrphanRecord cannot be changed"
	Spec OrphanRecordSpec `json:"spec,omitzero"`

	// status says what was left and whether it still matters.
	// +optional
	Status OrphanRecordStatus `json:"status,omitzero"`
}

// OrphanRecordSpec says whose resources were left behind, why and when.
type OrphanRecordSpec struct {
	// owner is the object that the resources belonged to.
	// +required
	Owner OrphanOwner `json:"owner,omitzero"`

	// reason is why they were left: Retained, ForceDeleted or Swept.
	// +required
	// +kubebuilder:validation:Enum=Retained;ForceDeleted;Swept
	Reason string `json:"reason,omitempty"`

	// since is when they were left.
	// +required
	Since metav1.Time `json:"since,omitzero"`
}

// An OrphanOwner is the object that resources belonged to.
type OrphanOwner struct {
	// kind of the object.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Kind string `json:"kind,omitempty"`

	// namespace of the object; absent where nothing but its UID is known.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Namespace string `json:"namespace,omitempty"`

	// name of the object; absent where nothing but its UID is known.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`

	// uid of the object.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	UID string `json:"uid,omitempty"`

	// number of the object, in E.164.
	// +optional
	// +kubebuilder:validation:MaxLength=32
	Number string `json:"number,omitempty"`
}

// OrphanRecordStatus says what was left behind.
type OrphanRecordStatus struct {
	// conditions hold Reconciling or Stalled once the resources were to be deleted
	// and could not: what is wrong, and what is left.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=8
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// state is Open while something may still be there, then Closed.
	// +optional
	// +kubebuilder:validation:Enum=Open;Closed
	State string `json:"state,omitempty"`

	// resources that were left.
	// +optional
	// +listType=map
	// +listMapKey=slot
	// +kubebuilder:validation:MaxItems=32
	Resources []ExternalResource `json:"resources,omitempty"`
}

// MaxOrphanResources is how many resources a record can list.
const MaxOrphanResources = 32

// States of an OrphanRecord.
const (
	OrphanOpen   = "Open"
	OrphanClosed = "Closed"
)

// OrphanRecordList is a list of OrphanRecords.
//
// +kubebuilder:object:root=true
type OrphanRecordList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []OrphanRecord `json:"items"`
}
