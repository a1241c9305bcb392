package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// A PhoneNumberDeletion deletes many PhoneNumbers of its namespace, each on its
// own, and keeps one result of each. Deleting it leaves alone what was not begun;
// what was begun goes on by itself.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=phonedel,categories=callplane
// +kubebuilder:printcolumn:name="Total",type=integer,JSONPath=`.status.counts.total`
// +kubebuilder:printcolumn:name="Pending",type=integer,JSONPath=`.status.counts.pending`
// +kubebuilder:printcolumn:name="Deleting",type=integer,JSONPath=`.status.counts.deleting`
// +kubebuilder:printcolumn:name="Deleted",type=integer,JSONPath=`.status.counts.deleted`
// +kubebuilder:printcolumn:name="Failed",type=integer,JSONPath=`.status.counts.failed`
// +kubebuilder:printcolumn:name="Complete",type=string,JSONPath=`.status.conditions[?(@.type=="Complete")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Complete")].reason`
// +kubebuilder:printcolumn:name="Dry Run",type=boolean,priority=1,JSONPath=`.spec.dryRun`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Complete")].message`
// +kubebuilder:printcolumn:name="Valid",type=string,priority=1,JSONPath=`.status.problem`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type PhoneNumberDeletion struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec says what is to be deleted. It cannot be changed.
	// +required
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="the spec of a PhoneNumberDeletion cannot be changed; delete it, which leaves alone what was not begun, and create another"
	Spec PhoneNumberDeletionSpec `json:"spec,omitzero"`

	// status is how far it is.
	// +optional
	// +default={"observedGeneration": -1}
	Status PhoneNumberDeletionStatus `json:"status,omitzero"`
}

// PhoneNumberDeletionSpec says which numbers are deleted, and how.
//
// +kubebuilder:validation:MinProperties=1
// +kubebuilder:validation:XValidation:rule="has(self.phoneNumbers) != has(self.selector)",message="set exactly one of phoneNumbers and selector"
type PhoneNumberDeletionSpec struct {
	// phoneNumbers are the numbers in E.164, in the order in which they are
	// deleted.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=1000
	// +kubebuilder:validation:items:MaxLength=32
	// +kubebuilder:validation:items:XValidation:rule="self.matches('^[+][1-9][0-9]{1,14}$')",message="phoneNumbers must each be in E.164: a plus sign, then the country code and the rest, digits only, 15 at most, such as +14155550100"
	// +kubebuilder:validation:XValidation:rule="size(self) > 0",message="phoneNumbers must have at least one number"
	PhoneNumbers []string `json:"phoneNumbers,omitempty"`

	// selector picks PhoneNumbers by their labels, once, when the deletion begins;
	// more than 1,000 are too many. They are deleted in the order of their numbers.
	// +optional
	// +kubebuilder:validation:XValidation:rule="has(self.matchLabels) && size(self.matchLabels) > 0 || has(self.matchExpressions) && size(self.matchExpressions) > 0",message="selector must have matchLabels or matchExpressions: an empty one would delete every number of the namespace"
	// +kubebuilder:validation:XValidation:rule="(!has(self.matchLabels) || size(self.matchLabels) <= 16) && (!has(self.matchExpressions) || size(self.matchExpressions) <= 16 && self.matchExpressions.all(e, !has(e.values) || size(e.values) <= 100))",message="selector may have at most 16 matchLabels, and 16 matchExpressions with 100 values each"
	Selector *metav1.LabelSelector `json:"selector,omitempty"`

	// agentRef protects the numbers of all other agents: they are not deleted, and
	// are errors.
	// +optional
	AgentRef *AgentReference `json:"agentRef,omitempty"`

	// deletionPolicy is written to each number just before it is deleted, instead of
	// the policy that it has.
	// +optional
	// +kubebuilder:validation:Enum=Teardown;Release;Retain
	DeletionPolicy DeletionPolicy `json:"deletionPolicy,omitempty"`

	// concurrency is how many numbers are being deleted at once.
	// +optional
	// +default=10
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	Concurrency *int32 `json:"concurrency,omitempty"`

	// dryRun is true if nothing is to be deleted: status.deleted lists what would be.
	// +optional
	DryRun *bool `json:"dryRun,omitempty"`

	// ttlSecondsAfterFinished is how many seconds after its end this object deletes
	// itself. Without it, it stays.
	// +optional
	// +kubebuilder:validation:Minimum=0
	TTLSecondsAfterFinished *int32 `json:"ttlSecondsAfterFinished,omitempty"`
}

// MaxPhoneNumbers is how many numbers one PhoneNumberDeletion can delete.
const MaxPhoneNumbers = 1000

// PhoneNumberDeletionStatus is how far a deletion of many numbers is. Every number
// is in one of remaining, deleted and errors.
type PhoneNumberDeletionStatus struct {
	// observedGeneration is the generation that this status describes; -1 until
	// the object was first seen.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// conditions hold Complete and, while they apply, Failed, Reconciling and
	// Stalled.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=8
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// startedAt is when it was decided which objects are deleted.
	// +optional
	StartedAt *metav1.Time `json:"startedAt,omitempty"`

	// completedAt is when every number had a result, or none could.
	// +optional
	CompletedAt *metav1.Time `json:"completedAt,omitempty"`

	// counts of the numbers.
	// +optional
	Counts *DeletionCounts `json:"counts,omitempty"`

	// remaining are the numbers without a result, in the order in which they are
	// deleted.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=1000
	Remaining []RemainingNumber `json:"remaining,omitempty"`

	// deleted are the numbers whose object is gone; in a dry run those whose object
	// would be deleted.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=1000
	// +kubebuilder:validation:items:MaxLength=32
	Deleted []string `json:"deleted,omitempty"`

	// errors are the numbers that were not deleted, or whose cleanup failed. Each
	// number has one result: it stays here even if its cleanup succeeds later.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=1000
	Errors []DeletionError `json:"errors,omitempty"`

	// problem is one word for what is wrong: the reason of Failed, or that of Complete
	// if there are errors; absent while all is well.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	Problem string `json:"problem,omitempty"`
}

// DeletionCounts say how many numbers are where.
type DeletionCounts struct {
	// total of the numbers.
	// +required
	// +kubebuilder:validation:Minimum=0
	Total *int32 `json:"total,omitempty"`

	// pending numbers were not begun.
	// +required
	// +kubebuilder:validation:Minimum=0
	Pending *int32 `json:"pending,omitempty"`

	// deleting numbers were begun and are not gone, those that are held included.
	// +required
	// +kubebuilder:validation:Minimum=0
	Deleting *int32 `json:"deleting,omitempty"`

	// deleted numbers are gone, or would be.
	// +required
	// +kubebuilder:validation:Minimum=0
	Deleted *int32 `json:"deleted,omitempty"`

	// failed numbers have an error.
	// +required
	// +kubebuilder:validation:Minimum=0
	Failed *int32 `json:"failed,omitempty"`
}

// A RemainingNumber is a number without a result, and the object that it was found
// to be of.
type RemainingNumber struct {
	// phoneNumber in E.164.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32
	PhoneNumber string `json:"phoneNumber,omitempty"`

	// name of the PhoneNumber.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`

	// uid of the PhoneNumber. An object that has come under its name since is not
	// deleted.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	UID string `json:"uid,omitempty"`

	// state is Pending, Deleting or Held.
	// +required
	// +kubebuilder:validation:Enum=Pending;Deleting;Held
	State string `json:"state,omitempty"`
}

// States of a RemainingNumber.
const (
	// DeletionPending was not begun.
	DeletionPending = "Pending"
	// DeletionDeleting is being taken down.
	DeletionDeleting = "Deleting"
	// DeletionHeld waits for somebody: the number is paused, or finalizers of others
	// are on it. It does not count against concurrency.
	DeletionHeld = "Held"
)

// A DeletionError says why a number was not deleted.
type DeletionError struct {
	// phoneNumber in E.164.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32
	PhoneNumber string `json:"phoneNumber,omitempty"`

	// error is a sentence for people.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=400
	Error string `json:"error,omitempty"`
}

// PhoneNumberDeletionList is a list of PhoneNumberDeletions.
//
// +kubebuilder:object:root=true
type PhoneNumberDeletionList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []PhoneNumberDeletion `json:"items"`
}
