// Package v1alpha1 declares the kinds of callplane.io: a PhoneNumber, the
// accounts and agents it refers to, and the record of what was left behind.
// It holds the names that users and tools rely on (finalizers, annotations,
// condition types and reasons), each declared once, and knows no provider.
//
// +kubebuilder:object:generate=true
// +groupName=callplane.io
package v1alpha1
