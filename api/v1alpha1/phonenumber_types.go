package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// A PhoneNumber is a number at a carrier that is answered by an agent.
// Deleting it takes down everything that was built for it at the providers.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:selectablefield:JSONPath=`.spec.number`
// +kubebuilder:selectablefield:JSONPath=`.spec.agentRef.name`
// +kubebuilder:selectablefield:JSONPath=`.spec.carrierRef.kind`
// +kubebuilder:selectablefield:JSONPath=`.spec.carrierRef.name`
// +kubebuilder:selectablefield:JSONPath=`.spec.platformRef.name`
// +kubebuilder:resource:shortName=phone,categories=callplane
// +kubebuilder:printcolumn:name="Number",type=string,JSONPath=`.spec.number`
// +kubebuilder:printcolumn:name="Agent",type=string,JSONPath=`.spec.agentRef.name`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Corrupted",type=string,JSONPath=`.status.conditions[?(@.type=="Corrupted")].status`
// +kubebuilder:printcolumn:name="Deleting",type=date,JSONPath=`.metadata.deletionTimestamp`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:printcolumn:name="Valid",type=string,priority=1,JSONPath=`.status.problem`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="size(self.metadata.name) <= 63",message="metadata.name is too long: a PhoneNumber's name has at most 63 characters"
type PhoneNumber struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is what is wanted.
	// +required
	Spec PhoneNumberSpec `json:"spec,omitzero"`

	// status is what was last seen.
	// +optional
	// +default={"observedGeneration": -1}
	Status PhoneNumberStatus `json:"status,omitzero"`
}

// PhoneNumberSpec is what is wanted of a number.
//
// +kubebuilder:validation:XValidation:rule="has(self.inbound) || has(self.outbound)",message="set inbound, outbound or both: a number that neither receives nor makes calls has no use"
// +kubebuilder:validation:XValidation:rule="self.carrierRef.kind == 'SIPTrunk' || !has(self.inbound) || !has(self.outbound) || (self.inbound.mediaEncryption == 'Require') == (self.outbound.mediaEncryption == 'Require')",message="mediaEncryption Require must be set for inbound and outbound alike: a Twilio trunk is secure in both directions or in none"
// +kubebuilder:validation:XValidation:rule="self.carrierRef.kind == oldSelf.carrierRef.kind",message="carrierRef.kind cannot be changed; delete the PhoneNumber and create it again"
// +kubebuilder:validation:XValidation:rule="self.carrierRef.kind != 'TwilioAccount' || self.carrierRef.name == oldSelf.carrierRef.name",message="carrierRef.name cannot be changed while its kind is TwilioAccount: the trunk lives in that account; delete the PhoneNumber and create it again"
// +kubebuilder:validation:XValidation:rule="self.carrierRef.kind != 'SIPTrunk' || !has(self.outbound) || !(has(self.outbound.username) || has(self.outbound.allowedAddresses) || has(self.outbound.headers) || has(self.outbound.headersToAttributes) || has(self.outbound.attributesToHeaders)) && self.outbound.transport == 'Auto' && self.outbound.mediaEncryption == 'Disable' && self.outbound.includeHeaders == 'None'",message="outbound of a number on a SIPTrunk must be empty ({}): the SIPTrunk says how calls are made"
// +kubebuilder:validation:XValidation:rule="self.carrierRef.kind != 'SIPTrunk' || self.acquisition != 'TakeOver'",message="a number on a SIPTrunk cannot be taken over; have it free in the account and use Existing, or use carrierRef.kind TwilioAccount"
// +kubebuilder:validation:XValidation:rule="has(self.__import__) == has(oldSelf.__import__) && (!has(self.__import__) || self.__import__ == oldSelf.__import__)",message="import cannot be changed; delete the PhoneNumber and create it again"
// +kubebuilder:validation:XValidation:rule="self.carrierRef.kind != 'SIPTrunk' || !has(self.__import__)",message="a number on a SIPTrunk cannot import anything: it has no resources of its own to be replaced; use carrierRef.kind TwilioAccount, or remove import"
// +kubebuilder:validation:XValidation:rule="!has(self.__import__) || self.__import__.all(i, i.slot != 'rule' || i.onDelete == 'Delete') || self.__import__.exists(i, i.slot == 'inbound')",message="a dispatch rule that is left as it is must name an inbound trunk that exists already: import that as slot inbound too"
// +kubebuilder:validation:XValidation:rule="!has(self.__import__) || self.__import__.all(i, i.slot != 'outbound' || i.onDelete == 'Delete') || self.__import__.exists(i, i.slot == 'trunk')",message="an outbound trunk that is left as it is must name a Twilio trunk that exists already: import that as slot trunk too"
// +kubebuilder:validation:XValidation:rule="!has(self.__import__) || !has(self.outbound) || !has(self.outbound.username) || self.__import__.all(i, i.slot != 'creds' || i.onDelete == 'Delete')",message="outbound.username cannot be chosen in a credential list that is left as it is: somebody in it may have that name; remove it"
type PhoneNumberSpec struct {
	// number in E.164: a plus sign, the country code and up to 15 digits in
	// all. It cannot be changed.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:XValidation:rule="self.matches('^[+][1-9][0-9]{1,14}$')",message="number must be in E.164: a plus sign, then the country code and the rest, digits only, 15 at most, such as +14155550100"
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="number cannot be changed; create a PhoneNumber for the other number and delete this one"
	Number string `json:"number,omitempty"`

	// displayName is a name for people.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:XValidation:rule="!self.matches('[\\\\x00-\\\\x1f\\\\x7f]')",message="displayName must be one line without control characters"
	DisplayName string `json:"displayName,omitempty"`

	// carrierRef names what carries the calls.
	// +required
	CarrierRef CarrierReference `json:"carrierRef,omitzero"`

	// platformRef names what answers the calls. It cannot be changed.
	// +required
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="platformRef cannot be changed; delete the PhoneNumber and create it again"
	PlatformRef PlatformReference `json:"platformRef,omitzero"`

	// agentRef names the agent that answers. Without it the platform's
	// automatic dispatch answers.
	// +optional
	AgentRef *AgentReference `json:"agentRef,omitempty"`

	// inbound is how calls to the number are taken.
	// +optional
	Inbound *Inbound `json:"inbound,omitempty"`

	// outbound is how calls from the number are made.
	// +optional
	Outbound *Outbound `json:"outbound,omitempty"`

	// acquisition says how the number comes to be used: Existing (it is in the
	// account and free), TakeOver (it is in the account, and taken from another
	// trunk or a voice application, to which it goes back in the end) or Purchase
	// (it is in the account and free, or it is bought, once). It can be changed, and
	// counts until the number is there.
	// +optional
	// +default="Existing"
	// +kubebuilder:validation:Enum=Existing;TakeOver;Purchase
	Acquisition Acquisition `json:"acquisition,omitempty"`

	// import lists resources that exist already and are used instead of new
	// ones. They are used as they are found, and never created. What is made in
	// them is the number's own, and goes with it.
	// +optional
	// +listType=map
	// +listMapKey=slot
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=6
	Import []ImportedResource `json:"import,omitempty"`

	// deletionPolicy says what deleting the object does: Teardown (the
	// configuration goes, the number stays in the account), Release (the number
	// is given back too, last) or Retain (everything stays and is recorded).
	// +optional
	// +default="Teardown"
	// +kubebuilder:validation:Enum=Teardown;Release;Retain
	DeletionPolicy DeletionPolicy `json:"deletionPolicy,omitempty"`
}

// An Acquisition says how a number comes to be used.
type Acquisition string

// Acquisitions.
const (
	AcquisitionExisting Acquisition = "Existing"
	AcquisitionTakeOver Acquisition = "TakeOver"
	AcquisitionPurchase Acquisition = "Purchase"
)

// A DeletionPolicy says what deleting a PhoneNumber does at the providers.
type DeletionPolicy string

// Deletion policies.
const (
	DeletionPolicyTeardown DeletionPolicy = "Teardown"
	DeletionPolicyRelease  DeletionPolicy = "Release"
	DeletionPolicyRetain   DeletionPolicy = "Retain"
)

// An ImportedResource is an existing resource that takes a slot.
// +kubebuilder:validation:XValidation:rule="self.slot in ['trunk', 'creds', 'acl', 'inbound', 'outbound', 'rule']",message="slot must be trunk, creds (credential list), acl (IP access control list), inbound, outbound (trunks at LiveKit) or rule (dispatch rule); the number itself is found by spec.number"
// +kubebuilder:validation:XValidation:rule="self.slot != 'trunk' || self.id.matches('^TK[0-9a-fA-F]{32}$')",message="the id of a Twilio trunk is TK and 32 hexadecimal digits"
// +kubebuilder:validation:XValidation:rule="self.slot != 'creds' || self.id.matches('^CL[0-9a-fA-F]{32}$')",message="the id of a credential list is CL and 32 hexadecimal digits"
// +kubebuilder:validation:XValidation:rule="self.slot != 'acl' || self.id.matches('^AL[0-9a-fA-F]{32}$')",message="the id of an IP access control list is AL and 32 hexadecimal digits"
// +kubebuilder:validation:XValidation:rule="!(self.slot in ['inbound', 'outbound']) || self.id.matches('^ST_[0-9A-Za-z]+$')",message="the id of a trunk at LiveKit begins with ST_"
// +kubebuilder:validation:XValidation:rule="self.slot != 'rule' || self.id.matches('^SDR_[0-9A-Za-z]+$')",message="the id of a dispatch rule begins with SDR_"
type ImportedResource struct {
	// slot that the resource takes: trunk, creds, acl, inbound, outbound or rule.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=8
	Slot string `json:"slot,omitempty"`

	// id of the resource at its provider.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	ID string `json:"id,omitempty"`

	// onDelete is Leave (the default: it stays somebody else's, and is neither
	// changed nor deleted) or Delete (it is renamed, kept as the spec says, and
	// deleted with the number while it bears the name that it was given).
	// +optional
	// +default="Leave"
	// +kubebuilder:validation:Enum=Leave;Delete
	OnDelete OnDelete `json:"onDelete,omitempty"`
}

// OnDelete says what becomes of an imported resource when its number is deleted.
type OnDelete string

// What becomes of an imported resource.
const (
	OnDeleteLeave  OnDelete = "Leave"
	OnDeleteDelete OnDelete = "Delete"
)

// PhoneNumberStatus is what was last seen of a number.
type PhoneNumberStatus struct {
	LifecycleStatus `json:",inline"`

	// linkedAgent is the VoiceAgent that the dispatch rule was last seen to name;
	// absent without one.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	LinkedAgent string `json:"linkedAgent,omitempty"`
}

// Lifecycle is the part of the status that all owners have.
func (n *PhoneNumber) Lifecycle() *LifecycleStatus { return &n.Status.LifecycleStatus }

// Policy says what the deletion does at the providers.
func (n *PhoneNumber) Policy() DeletionPolicy { return n.Spec.DeletionPolicy }

// Identity is what an OrphanRecord says of the number.
func (n *PhoneNumber) Identity() OrphanOwner {
	return OrphanOwner{Kind: KindPhoneNumber, Namespace: n.Namespace, Name: n.Name, UID: string(n.UID), Number: n.Spec.Number}
}

// PhoneNumberList is a list of PhoneNumbers.
//
// +kubebuilder:object:root=true
type PhoneNumberList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []PhoneNumber `json:"items"`
}
