package v1alpha1

// A CarrierReference names what carries the calls of a number: an object in
// the same namespace.
type CarrierReference struct {
	// kind is TwilioAccount (the default), a trunk of the number's own in that
	// account, or SIPTrunk, a trunk that many numbers share.
	// +optional
	// +default="TwilioAccount"
	// +kubebuilder:validation:Enum=TwilioAccount;SIPTrunk
	Kind string `json:"kind,omitempty"`

	// name of the object.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`
}

// A PlatformReference names what answers the calls of a number: an object in
// the same namespace.
type PlatformReference struct {
	// kind is LiveKitProject.
	// +optional
	// +default="LiveKitProject"
	// +kubebuilder:validation:Enum=LiveKitProject
	Kind string `json:"kind,omitempty"`

	// name of the object.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`
}

// An AgentReference names a VoiceAgent in the same namespace.
type AgentReference struct {
	// name of the VoiceAgent.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`
}

// A SecretReference names a Secret in the same namespace.
type SecretReference struct {
	// name of the Secret.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`
}

// A Connection names the object whose credentials were used.
type Connection struct {
	// kind of the object, such as TwilioAccount.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Kind string `json:"kind,omitempty"`

	// name of the object.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`
}
