package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// A SIPTrunk is a trunk that many PhoneNumbers share: at Twilio, or at a carrier of
// one's own. It is taken down only when no number uses it any more.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:path=siptrunks,categories=callplane
// +kubebuilder:printcolumn:name="Numbers",type=integer,JSONPath=`.status.numbers.count`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Corrupted",type=string,JSONPath=`.status.conditions[?(@.type=="Corrupted")].status`
// +kubebuilder:printcolumn:name="Deleting",type=date,JSONPath=`.metadata.deletionTimestamp`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:printcolumn:name="Valid",type=string,priority=1,JSONPath=`.status.problem`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="size(self.metadata.name) <= 63",message="metadata.name is too long: a SIPTrunk's name has at most 63 characters"
type SIPTrunk struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is what is wanted.
	// +required
	Spec SIPTrunkSpec `json:"spec,omitzero"`

	// status is what was last seen.
	// +optional
	// +default={"observedGeneration": -1}
	Status SIPTrunkStatus `json:"status,omitzero"`
}

// SIPTrunkSpec is what is wanted of a trunk.
//
// +kubebuilder:validation:XValidation:rule="has(self.twilio) != has(self.address)",message="set exactly one of twilio (the trunk is made there) and address (a carrier of your own)"
// +kubebuilder:validation:XValidation:rule="has(self.twilio) == has(oldSelf.twilio)",message="a trunk cannot move between twilio and address; create a SIPTrunk for the other and change the carrierRef of its numbers"
// +kubebuilder:validation:XValidation:rule="has(self.inbound) || has(self.outbound)",message="set inbound, outbound or both: a trunk that neither brings nor takes calls has no use"
// +kubebuilder:validation:XValidation:rule="!has(self.twilio) || !has(self.inbound) || !has(self.outbound) || (self.inbound.mediaEncryption == 'Require') == (self.outbound.mediaEncryption == 'Require')",message="mediaEncryption Require must be set for inbound and outbound alike: a Twilio trunk is secure in both directions or in none"
// +kubebuilder:validation:XValidation:rule="!has(self.address) || !has(self.outbound) || !has(self.outbound.username) && !has(self.outbound.allowedAddresses)",message="with address, outbound.username and outbound.allowedAddresses are the carrier's: the user name is in the Secret that address names"
type SIPTrunkSpec struct {
	// displayName is a name for people.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:XValidation:rule="!self.matches('[\\\\x00-\\\\x1f\\\\x7f]')",message="displayName must be one line without control characters"
	DisplayName string `json:"displayName,omitempty"`

	// platformRef names what answers the calls; the numbers on the trunk must name the
	// same. It cannot be changed.
	// +required
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="platformRef cannot be changed; create a SIPTrunk for the other platform"
	PlatformRef PlatformReference `json:"platformRef,omitzero"`

	// twilio has the trunk made at Twilio, which allows 100 trunks in an account.
	// +optional
	Twilio *TwilioTrunk `json:"twilio,omitempty"`

	// address is that of a carrier of one's own: nothing is made there.
	// +optional
	Address *CarrierAddress `json:"address,omitempty"`

	// inbound is how the carrier sends calls to the numbers.
	// +optional
	Inbound *TrunkInbound `json:"inbound,omitempty"`

	// outbound is how calls from the numbers are made.
	// +optional
	Outbound *Outbound `json:"outbound,omitempty"`

	// deletionPolicy says what deleting the object does: Teardown (everything goes) or
	// Retain (everything stays and is recorded).
	// +optional
	// +default="Teardown"
	// +kubebuilder:validation:Enum=Teardown;Retain
	DeletionPolicy DeletionPolicy `json:"deletionPolicy,omitempty"`
}

// A TwilioTrunk is a trunk in an account of Twilio's Elastic SIP Trunking.
type TwilioTrunk struct {
	// accountRef names the TwilioAccount. It cannot be changed.
	// +required
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="twilio.accountRef cannot be changed: the trunk lives in that account; create a SIPTrunk for the other"
	AccountRef AccountReference `json:"accountRef,omitzero"`
}

// An AccountReference names a TwilioAccount in the same namespace.
type AccountReference struct {
	// name of the TwilioAccount.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`
}

// A CarrierAddress is where a carrier takes calls.
type CarrierAddress struct {
	// host of the carrier, with a port if need be, such as sip.example.com:5060.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?$')",message="host must be a host name or an IPv4 address, with a port if need be and nothing else, such as sip.example.com:5060"
	Host string `json:"host,omitempty"`

	// credentialsSecretRef names the Secret with username and password; without it
	// nothing is signed in with.
	// +optional
	CredentialsSecretRef *SecretReference `json:"credentialsSecretRef,omitempty"`
}

// TrunkInbound is how a carrier sends calls to the numbers of a trunk.
//
// +kubebuilder:validation:XValidation:rule="self.mediaEncryption != 'Require' || self.transport == 'TLS'",message="mediaEncryption Require needs transport TLS"
type TrunkInbound struct {
	// transport that the carrier uses towards the platform.
	// +optional
	// +default="TCP"
	// +kubebuilder:validation:Enum=UDP;TCP;TLS
	Transport Transport `json:"transport,omitempty"`

	Media `json:",inline"`
}

// SIPTrunkStatus is what was last seen of a trunk.
type SIPTrunkStatus struct {
	LifecycleStatus `json:",inline"`

	// numbers are the PhoneNumbers on the trunk.
	// +optional
	Numbers *Users `json:"numbers,omitempty"`
}

// Lifecycle is the part of the status that all owners have.
func (t *SIPTrunk) Lifecycle() *LifecycleStatus { return &t.Status.LifecycleStatus }

// Policy says what the deletion does at the providers.
func (t *SIPTrunk) Policy() DeletionPolicy { return t.Spec.DeletionPolicy }

// Identity is what an OrphanRecord says of the trunk.
func (t *SIPTrunk) Identity() OrphanOwner {
	return OrphanOwner{Kind: KindSIPTrunk, Namespace: t.Namespace, Name: t.Name, UID: string(t.UID)}
}

// SIPTrunkList is a list of SIPTrunks.
//
// +kubebuilder:object:root=true
type SIPTrunkList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []SIPTrunk `json:"items"`
}
