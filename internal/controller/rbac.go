// Package controller holds what the reconcilers below it may do in the cluster:
// the markers from which `make manifests` writes config/rbac/role.yaml. It has
// no code. A verb is here only if a reconciler uses it.
//
// The finalizers subresources are for clusters that check who may set an owner
// reference that blocks deletion, and for the policies that guard finalizers.
//
// The kinds of callplane.io are written as whole objects with the
// resourceVersion that was read; only of numbers, of which the cache has a part, the
// finalizers are patched, with that version too. The manager creates none of them. It
// deletes PhoneNumbers for a PhoneNumberDeletion, whose creator was
// allowed to, and PhoneNumberDeletions whose time is over.
//
// +kubebuilder:rbac:groups=callplane.io,resources=phonenumbers;siptrunks;twilioaccounts;livekitprojects;voiceagents,verbs=get;list;watch;update
// +kubebuilder:rbac:groups=callplane.io,resources=phonenumbers/status;siptrunks/status;twilioaccounts/status;livekitprojects/status;voiceagents/status,verbs=update
// +kubebuilder:rbac:groups=callplane.io,resources=phonenumbers/finalizers;siptrunks/finalizers;twilioaccounts/finalizers;livekitprojects/finalizers;voiceagents/finalizers,verbs=update
// +kubebuilder:rbac:groups=callplane.io,resources=phonenumbers,verbs=delete;patch
// +kubebuilder:rbac:groups=callplane.io,resources=phonenumberdeletions,verbs=get;list;watch;delete
// +kubebuilder:rbac:groups=callplane.io,resources=phonenumberdeletions/status,verbs=update
//
// Secrets: list and watch are for their metadata, so that a change is noticed;
// get reads credentials; create stores a SIP login that was generated; update
// sets and removes the finalizer callplane.io/in-use.
//
// +kubebuilder:rbac:groups=core,resources=secrets,verbs=get;list;watch;create;update
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch
//
// Namespaces: nothing is made in one that is being deleted.
//
// +kubebuilder:rbac:groups=core,resources=namespaces,verbs=get
//
// In the manager's own namespace: the record of what was left behind, of which
// update takes off an annotation, and the id of the installation.
//
// +kubebuilder:rbac:groups=callplane.io,namespace=callplane-system,resources=orphanrecords,verbs=get;list;watch;create;update
// +kubebuilder:rbac:groups=callplane.io,namespace=callplane-system,resources=orphanrecords/status,verbs=update
// +kubebuilder:rbac:groups=core,namespace=callplane-system,resources=configmaps,verbs=get;create
package controller
