package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// A ConnectionStatus is what was last seen of an account or a project.
type ConnectionStatus struct {
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

	// secretName is the Secret that is kept while numbers use it.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	SecretName string `json:"secretName,omitempty"`

	// phoneNumbers are the numbers that use it.
	// +optional
	PhoneNumbers *Users `json:"phoneNumbers,omitempty"`

	// problem is one word for what is wrong; absent while all is well.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	Problem string `json:"problem,omitempty"`
}

// Users are the objects that use another one.
type Users struct {
	// count of the users.
	// +required
	// +kubebuilder:validation:Minimum=0
	Count *int32 `json:"count,omitempty"`

	// names of the first 100 users, sorted.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=100
	// +kubebuilder:validation:items:MaxLength=253
	Names []string `json:"names,omitempty"`

	// truncated is true when there are more users than names.
	// +optional
	Truncated *bool `json:"truncated,omitempty"`
}

// A TwilioAccount is an account or a sub-account at Twilio.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:categories=callplane
// +kubebuilder:printcolumn:name="Account",type=string,JSONPath=`.spec.accountSid`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Numbers",type=integer,JSONPath=`.status.phoneNumbers.count`
// +kubebuilder:printcolumn:name="Deleting",type=date,JSONPath=`.metadata.deletionTimestamp`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:printcolumn:name="Valid",type=string,priority=1,JSONPath=`.status.problem`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type TwilioAccount struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is what is wanted.
	// +required
	Spec TwilioAccountSpec `json:"spec,omitzero"`

	// status is what was last seen.
	// +optional
	// +default={"observedGeneration": -1}
	Status ConnectionStatus `json:"status,omitzero"`
}

// TwilioAccountSpec names an account at Twilio and its credentials.
type TwilioAccountSpec struct {
	// accountSid is the account: AC and 32 hexadecimal digits. It cannot be
	// changed.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:XValidation:rule="self.matches('^AC[0-9a-fA-F]{32}$')",message="accountSid must be an account SID: AC and 32 hexadecimal digits, as the Twilio console shows it"
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="accountSid cannot be changed; create a TwilioAccount for the other account"
	AccountSID string `json:"accountSid,omitempty"`

	// credentialsSecretRef names a Secret with the key authToken, or with the
	// keys apiKeySid and apiKeySecret.
	// +required
	CredentialsSecretRef SecretReference `json:"credentialsSecretRef,omitzero"`

	// maxConcurrentRequests is how many requests may be under way at once in
	// this account. Of several TwilioAccounts that are verified for one account the
	// lowest holds for all.
	// +optional
	// +default=8
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	MaxConcurrentRequests *int32 `json:"maxConcurrentRequests,omitempty"`

	// maxConcurrentTeardowns is how many numbers may be torn down at once in
	// this account; without it, the manager's --max-concurrent-teardowns. Others
	// that are deleted wait, in the order of their deletion, and take calls.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	MaxConcurrentTeardowns *int32 `json:"maxConcurrentTeardowns,omitempty"`
}

// TwilioAccountList is a list of TwilioAccounts.
//
// +kubebuilder:object:root=true
type TwilioAccountList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []TwilioAccount `json:"items"`
}

// A LiveKitProject is a project at LiveKit Cloud, or a LiveKit server.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:categories=callplane
// +kubebuilder:printcolumn:name="URL",type=string,JSONPath=`.spec.url`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Numbers",type=integer,JSONPath=`.status.phoneNumbers.count`
// +kubebuilder:printcolumn:name="Deleting",type=date,JSONPath=`.metadata.deletionTimestamp`
// +kubebuilder:printcolumn:name="Message",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:printcolumn:name="Valid",type=string,priority=1,JSONPath=`.status.problem`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type LiveKitProject struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is what is wanted.
	// +required
	Spec LiveKitProjectSpec `json:"spec,omitzero"`

	// status is what was last seen.
	// +optional
	// +default={"observedGeneration": -1}
	Status ConnectionStatus `json:"status,omitzero"`
}

// LiveKitProjectSpec names a LiveKit project and its credentials.
type LiveKitProjectSpec struct {
	// url of the API, such as https://my-project.livekit.cloud; wss:// is read
	// as https://. The manager's allow-list decides which hosts may be named.
	// It cannot be changed.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^(https?|wss?)://[A-Za-z0-9.-]+(:[0-9]{1,5})?/?$')",message="url must be a scheme and a host, such as https://my-project.livekit.cloud, without a path, a query or a user"
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="url cannot be changed; create a LiveKitProject for the other project"
	URL string `json:"url,omitempty"`

	// sipHost is where the carrier sends calls, such as
	// my-project.sip.livekit.cloud, with a port where it is not the usual one.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?$')",message="sipHost must be a host name with an optional port, such as my-project.sip.livekit.cloud, without sip: and parameters"
	SIPHost string `json:"sipHost,omitempty"`

	// credentialsSecretRef names a Secret with the keys apiKey and apiSecret.
	// +required
	CredentialsSecretRef SecretReference `json:"credentialsSecretRef,omitzero"`

	// maxRequestsPerMinute is how many requests per minute may be sent to this
	// project.
	// +optional
	// +default=1000
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100000
	MaxRequestsPerMinute *int32 `json:"maxRequestsPerMinute,omitempty"`
}

// LiveKitProjectList is a list of LiveKitProjects.
//
// +kubebuilder:object:root=true
type LiveKitProjectList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []LiveKitProject `json:"items"`
}

// Connection names the account as the ledger does.
func (a *TwilioAccount) Connection() Connection {
	return Connection{Kind: KindTwilioAccount, Name: a.Name}
}

// SecretName is the Secret with the credentials.
func (a *TwilioAccount) SecretName() string { return a.Spec.CredentialsSecretRef.Name }

// ConnectionStatus is the status, for code that serves both kinds.
func (a *TwilioAccount) ConnectionStatus() *ConnectionStatus { return &a.Status }

// Connection names the project as the ledger does.
func (p *LiveKitProject) Connection() Connection {
	return Connection{Kind: KindLiveKitProject, Name: p.Name}
}

// SecretName is the Secret with the credentials.
func (p *LiveKitProject) SecretName() string { return p.Spec.CredentialsSecretRef.Name }

// ConnectionStatus is the status, for code that serves both kinds.
func (p *LiveKitProject) ConnectionStatus() *ConnectionStatus { return &p.Status }
