package main

import (
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var (
	groupVersion = schema.GroupVersion{Group: "peer.bench.callplane.io", Version: "v1"}
	externalKind = groupVersion.WithKind("External")
)

// Kinds of resources that a number needs at the providers.
const (
	attachment   = "Attachment"
	inboundTrunk = "InboundTrunk"
	dispatchRule = "DispatchRule"
)

// An External is one resource at a provider.
type External struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitzero"`

	Spec   Spec                   `json:"spec"`
	Status xpv2.ConditionedStatus `json:"status,omitzero"`
}

// Spec says what is wanted.
type Spec struct {
	// Kind is Attachment, InboundTrunk or DispatchRule.
	Kind string `json:"kind"`
	// Number is the E.164 of an inbound trunk.
	Number string `json:"number,omitempty"`
	// Parent is the trunk's SID of an attachment, and the External that is the inbound
	// trunk of a rule.
	Parent             string                  `json:"parent,omitempty"`
	ManagementPolicies xpv2.ManagementPolicies `json:"managementPolicies,omitempty"`
}

// ExternalList is a list of Externals.
type ExternalList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`
	Items           []External `json:"items"`
}

// DeepCopyObject copies all that is ever changed.
func (e *External) DeepCopyObject() runtime.Object {
	out := *e
	e.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	e.Status.DeepCopyInto(&out.Status)
	out.Spec.ManagementPolicies = append(xpv2.ManagementPolicies(nil), e.Spec.ManagementPolicies...)
	return &out
}

// DeepCopyObject copies the items too.
func (l *ExternalList) DeepCopyObject() runtime.Object {
	out := &ExternalList{TypeMeta: l.TypeMeta}
	l.ListMeta.DeepCopyInto(&out.ListMeta)
	for i := range l.Items {
		out.Items = append(out.Items, *l.Items[i].DeepCopyObject().(*External))
	}
	return out
}

// What follows makes an External a managed resource.

// SetConditions sets conditions.
func (e *External) SetConditions(c ...xpv2.Condition) { e.Status.SetConditions(c...) }

// GetCondition returns one.
func (e *External) GetCondition(t xpv2.ConditionType) xpv2.Condition { return e.Status.GetCondition(t) }

// SetManagementPolicies sets them.
func (e *External) SetManagementPolicies(p xpv2.ManagementPolicies) { e.Spec.ManagementPolicies = p }

// GetManagementPolicies returns them.
func (e *External) GetManagementPolicies() xpv2.ManagementPolicies { return e.Spec.ManagementPolicies }

// SetWriteConnectionSecretToReference does nothing: there is no connection secret.
func (e *External) SetWriteConnectionSecretToReference(*xpv2.LocalSecretReference) {}

// GetWriteConnectionSecretToReference returns none.
func (e *External) GetWriteConnectionSecretToReference() *xpv2.LocalSecretReference { return nil }

// SetProviderConfigReference does nothing: the providers are given by a Job.
func (e *External) SetProviderConfigReference(*xpv2.ProviderConfigReference) {}

// GetProviderConfigReference returns none.
func (e *External) GetProviderConfigReference() *xpv2.ProviderConfigReference { return nil }
