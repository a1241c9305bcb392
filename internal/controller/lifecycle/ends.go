package lifecycle

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/budget"
	"github.com/callplane/callplane/internal/connection"
	"github.com/callplane/callplane/internal/external"
)

// Ends are the accounts and projects that an object needs.
type Ends struct {
	// SIPHost is where calls are answered: host or host:port.
	SIPHost string
	// Accounts are what they are known by outside of the cluster.
	Accounts []string
	// Sessions and Connections by the name of the provider, once signed in to.
	Sessions    map[string]external.Session
	Connections map[string]v1alpha1.Connection

	objects []connection.Object
}

// Ends reads what an object refers to. Nothing is made before everything is there.
func (v *Visit) Ends(ctx context.Context, references []v1alpha1.Connection) (Ends, error) {
	var e Ends
	for _, reference := range references {
		object, err := v.usable(ctx, reference)
		if err != nil {
			return Ends{}, err
		}
		if project, ok := object.(*v1alpha1.LiveKitProject); ok {
			e.SIPHost = project.Spec.SIPHost
		}
		e.objects = append(e.objects, object)
		e.Accounts = append(e.Accounts, connection.Account(object))
	}
	return e, nil
}

// SignIn opens the sessions, when it is the visit's turn to call providers. That calls
// none of them yet.
func (v *Visit) SignIn(ctx context.Context, e *Ends) error {
	if err := v.admit(e.objects, false); err != nil {
		return err
	}
	e.Sessions, e.Connections = map[string]external.Session{}, map[string]v1alpha1.Connection{}
	for _, object := range e.objects {
		session, err := v.Connections.Open(budget.With(ctx, v.ticket), object)
		if err != nil {
			return err
		}
		signedIn, _ := v.Providers.Of(object.Connection())
		e.Sessions[signedIn.Name()] = session
		e.Connections[signedIn.Name()] = object.Connection()
	}
	return nil
}

// usable reads an account or a project that new resources may be made with: it
// is verified, and it and its Secret are kept for as long as objects need them.
func (v *Visit) usable(ctx context.Context, reference v1alpha1.Connection) (connection.Object, error) {
	object, err := v.Connections.Get(ctx, v.Object.GetNamespace(), reference)
	if apierrors.IsNotFound(err) {
		return nil, NotFound("%s does not exist in this namespace", connection.Describe(reference))
	}
	if err != nil {
		return nil, err
	}
	ready := meta.FindStatusCondition(object.ConnectionStatus().Conditions, v1alpha1.ConditionReady)
	switch {
	case !object.GetDeletionTimestamp().IsZero() && len(v.status().ExternalResources) == 0:
		return nil, NotFound("%s is being deleted", connection.Describe(reference))
	case ready != nil && ready.Reason != v1alpha1.ReasonVerified:
		return nil, &external.Error{Class: classOf(ready.Reason), Message: fmt.Sprintf("%s is not ready: %s", connection.Describe(reference), ready.Message)}
	case ready == nil || !Kept(object):
		return nil, Waiting("waiting for %s to be verified", connection.Describe(reference))
	}
	return object, nil
}

// Kept reports whether an account and its Secret outlast the objects that need
// them.
func Kept(object connection.Object) bool {
	return IsKept(object) && object.ConnectionStatus().SecretName == object.SecretName()
}

// IsKept reports whether an object outlasts those that need it.
func IsKept(object client.Object) bool {
	return controllerutil.ContainsFinalizer(object, v1alpha1.FinalizerInUse)
}

// namespaceStays refuses to make anything in a namespace that is being deleted: the
// object will be, too, as soon as it is its turn.
func (v *Visit) namespaceStays(ctx context.Context) error {
	var namespace corev1.Namespace
	if err := v.Direct.Get(ctx, types.NamespacedName{Name: v.Object.GetNamespace()}, &namespace); err != nil {
		return err
	}
	if namespace.DeletionTimestamp.IsZero() {
		return nil
	}
	return Waiting("the namespace %q is being deleted: nothing more is made in it", namespace.Name)
}

// classOf is what the trouble of an account means for those that use it.
func classOf(reason string) external.Class {
	switch reason {
	case v1alpha1.ReasonSecretNotFound, v1alpha1.ReasonSecretTerminating:
		return external.CredentialsMissing
	case v1alpha1.ReasonAccountSuspended:
		return external.PermissionDenied
	case v1alpha1.ReasonUnreachable:
		return external.ProviderUnavailable
	default:
		return external.Class(reason)
	}
}

// NotFound says that an object which is referred to does not exist, or soon does not.
func NotFound(format string, args ...any) error {
	return &external.Error{Class: v1alpha1.ReasonReferenceNotFound, Message: fmt.Sprintf(format, args...)}
}

// Waiting says that nothing is wrong and something has to be awaited.
func Waiting(format string, args ...any) error {
	return &external.Error{Class: v1alpha1.ReasonProvisioning, Message: fmt.Sprintf(format, args...)}
}
