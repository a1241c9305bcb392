package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// A VoiceAgent is an agent that answers calls, by the name under which its
// workers register at LiveKit.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:categories=callplane
// +kubebuilder:printcolumn:name="Agent",type=string,JSONPath=`.spec.agentName`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Numbers",type=integer,JSONPath=`.status.phoneNumbers.count`
// +kubebuilder:printcolumn:name="Deleting",type=date,JSONPath=`.metadata.deletionTimestamp`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type VoiceAgent struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is what is wanted.
	// +required
	Spec VoiceAgentSpec `json:"spec,omitzero"`

	// status is what was last seen.
	// +optional
	// +default={"observedGeneration": -1}
	Status VoiceAgentStatus `json:"status,omitzero"`
}

// VoiceAgentSpec says which agent is dispatched, and how.
type VoiceAgentSpec struct {
	// agentName is LiveKit's dispatch name of the agent.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9_.-]+$')",message="agentName may hold letters, digits, dots, dashes and underscores only"
	AgentName string `json:"agentName,omitempty"`

	// metadata is handed to the agent with every call.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=4096
	Metadata string `json:"metadata,omitempty"`

	// roomPrefix begins the name of every room; the caller's number and a random
	// part follow, each after an underscore.
	// +optional
	// +default="call"
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9_.-]+$')",message="roomPrefix may hold letters, digits, dots, dashes and underscores only"
	RoomPrefix string `json:"roomPrefix,omitempty"`
}

// VoiceAgentStatus is what was last seen of an agent.
type VoiceAgentStatus struct {
	// observedGeneration is the generation that this status describes; -1 until
	// the object was first seen.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// conditions hold Ready.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=8
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// phoneNumbers are the numbers that the agent answers.
	// +optional
	PhoneNumbers *Users `json:"phoneNumbers,omitempty"`
}

// VoiceAgentList is a list of VoiceAgents.
//
// +kubebuilder:object:root=true
type VoiceAgentList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []VoiceAgent `json:"items"`
}
