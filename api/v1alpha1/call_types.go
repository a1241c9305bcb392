package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Inbound is how calls to a number are taken. An empty object takes every call.
//
// +kubebuilder:validation:XValidation:rule="self.mediaEncryption != 'Require' || self.transport == 'TLS'",message="mediaEncryption Require needs transport TLS"
type Inbound struct {
	// allowedNumbers are the callers that are let in, in E.164; empty lets in
	// all.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=100
	// +kubebuilder:validation:items:MaxLength=32
	// +kubebuilder:validation:XValidation:rule="self.all(n, n.matches('^[+][1-9][0-9]{1,14}$'))",message="allowedNumbers must each be in E.164, such as +14155550100"
	AllowedNumbers []string `json:"allowedNumbers,omitempty"`

	// allowedAddresses are the IP addresses and CIDR blocks that calls may come
	// from; empty allows all. LiveKit ignores an entry that it cannot read and
	// then lets everybody in, so every entry must be one.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=100
	// +kubebuilder:validation:items:MaxLength=64
	// +kubebuilder:validation:XValidation:rule="self.all(a, isIP(a) || isCIDR(a))",message="allowedAddresses must each be one IP address or one CIDR block, such as 54.172.60.0/30"
	AllowedAddresses []string `json:"allowedAddresses,omitempty"`

	// transport that the carrier uses towards the platform.
	// +optional
	// +default="TCP"
	// +kubebuilder:validation:Enum=UDP;TCP;TLS
	Transport Transport `json:"transport,omitempty"`

	Media `json:",inline"`

	Headers `json:",inline"`

	// krispEnabled turns on noise cancellation for the caller's voice.
	// +optional
	KrispEnabled *bool `json:"krispEnabled,omitempty"`

	// ringingTimeout is how long a call may ring: 1s to 80s.
	// +optional
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('1s') && duration(self) <= duration('80s')",message="ringingTimeout must be between 1s and 80s"
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=16
	RingingTimeout *metav1.Duration `json:"ringingTimeout,omitempty"`

	// maxCallDuration ends a call that lasts longer: 1s to 24h.
	// +optional
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('1s') && duration(self) <= duration('24h')",message="maxCallDuration must be between 1s and 24h"
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=16
	MaxCallDuration *metav1.Duration `json:"maxCallDuration,omitempty"`
}

// Outbound is how calls from a number are made.
//
// +kubebuilder:validation:XValidation:rule="self.mediaEncryption != 'Require' || self.transport == 'TLS'",message="mediaEncryption Require needs transport TLS"
type Outbound struct {
	// username that the platform signs in with at the carrier; the password is
	// generated. By default one is generated too.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9_.-]+$')",message="username may hold letters, digits, dots, dashes and underscores only"
	Username string `json:"username,omitempty"`

	// allowedAddresses are the IPv4 addresses and CIDR blocks that may send
	// calls to the carrier, in addition to the credentials; empty makes no IP
	// access control list.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=100
	// +kubebuilder:validation:items:MaxLength=32
	// +kubebuilder:validation:XValidation:rule="self.all(a, isIP(a) ? ip(a).family() == 4 : (isCIDR(a) && cidr(a).ip().family() == 4))",message="allowedAddresses must each be one IPv4 address or one IPv4 CIDR block, such as 143.223.88.0/21"
	AllowedAddresses []string `json:"allowedAddresses,omitempty"`

	// transport that the platform uses towards the carrier.
	// +optional
	// +default="Auto"
	// +kubebuilder:validation:Enum=Auto;UDP;TCP;TLS
	Transport Transport `json:"transport,omitempty"`

	Media `json:",inline"`

	Headers `json:",inline"`
}

// A Transport carries SIP signalling.
type Transport string

// Transports.
const (
	TransportAuto Transport = "Auto"
	TransportUDP  Transport = "UDP"
	TransportTCP  Transport = "TCP"
	TransportTLS  Transport = "TLS"
)

// Media is how the voice of a call is carried.
type Media struct {
	// mediaEncryption is Disable (the default), Allow or Require. Require needs
	// transport TLS.
	// +optional
	// +default="Disable"
	// +kubebuilder:validation:Enum=Disable;Allow;Require
	MediaEncryption MediaEncryption `json:"mediaEncryption,omitempty"`
}

// Encrypted reports whether calls without encryption are refused.
func (m *Media) Encrypted() bool { return m.MediaEncryption == MediaEncryptionRequire }

// MediaEncryption says whether the voice of a call is encrypted (SRTP).
type MediaEncryption string

// Values of MediaEncryption.
const (
	MediaEncryptionDisable MediaEncryption = "Disable"
	MediaEncryptionAllow   MediaEncryption = "Allow"
	MediaEncryptionRequire MediaEncryption = "Require"
)

// Headers is how SIP headers are set and read.
type Headers struct {
	// headers are set on the SIP messages that are sent; names begin with X-.
	// +optional
	// +kubebuilder:validation:MinProperties=1
	// +kubebuilder:validation:MaxProperties=16
	// +kubebuilder:validation:XValidation:rule="self.all(k, size(k) <= 64 && k.matches('^[Xx]-[A-Za-z0-9-]+$'))",message="headers must have names of at most 64 characters that begin with X- and hold letters, digits and dashes"
	Headers map[string]HeaderValue `json:"headers,omitempty"`

	// headersToAttributes copies a header (key) into an attribute of the
	// participant (value).
	// +optional
	// +kubebuilder:validation:MinProperties=1
	// +kubebuilder:validation:MaxProperties=16
	// +kubebuilder:validation:XValidation:rule="self.all(k, size(k) <= 64 && k.matches('^[A-Za-z0-9-]+$'))",message="headersToAttributes must have header names of at most 64 letters, digits and dashes as keys"
	HeadersToAttributes map[string]AttributeName `json:"headersToAttributes,omitempty"`

	// attributesToHeaders copies an attribute of the participant (key) into a
	// header (value).
	// +optional
	// +kubebuilder:validation:MinProperties=1
	// +kubebuilder:validation:MaxProperties=16
	// +kubebuilder:validation:XValidation:rule="self.all(k, size(k) >= 1 && size(k) <= 128)",message="attributesToHeaders must have attribute names of 1 to 128 characters as keys"
	AttributesToHeaders map[string]HeaderName `json:"attributesToHeaders,omitempty"`

	// includeHeaders says which headers of a call become attributes of the
	// participant: None (the default), X (those that begin with X-) or All.
	// +optional
	// +default="None"
	// +kubebuilder:validation:Enum=None;X;All
	IncludeHeaders IncludeHeaders `json:"includeHeaders,omitempty"`
}

// A HeaderName is the name of a SIP header that begins with X-.
//
// +kubebuilder:validation:MinLength=3
// +kubebuilder:validation:MaxLength=64
// +kubebuilder:validation:XValidation:rule="self.matches('^[Xx]-[A-Za-z0-9-]+$')",message="a header name must begin with X- and hold letters, digits and dashes"
type HeaderName string

// A HeaderValue is the value of a SIP header: one line.
//
// +kubebuilder:validation:MaxLength=256
// +kubebuilder:validation:XValidation:rule="!self.matches('[\\x00-\\x1f\\x7f]')",message="a header value must be one line without control characters"
type HeaderValue string

// An AttributeName is the name of an attribute of a participant.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=128
type AttributeName string

// IncludeHeaders says which SIP headers become attributes of the participant.
type IncludeHeaders string

// Values of IncludeHeaders.
const (
	IncludeHeadersNone IncludeHeaders = "None"
	IncludeHeadersX    IncludeHeaders = "X"
	IncludeHeadersAll  IncludeHeaders = "All"
)
