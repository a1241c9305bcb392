package phonenumber

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
	"github.com/callplane/callplane/internal/connection"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider"
	"github.com/callplane/callplane/internal/usage"
)

// ends are the carrier and the platform of a number, signed in to.
type ends struct {
	carrier  provider.Carrier
	platform provider.Platform
	sipHost  string
	agent    *v1alpha1.VoiceAgentSpec
	// sessions and connections by the name of the provider.
	sessions    map[string]external.Session
	connections map[string]v1alpha1.Connection
}

func (e ends) wiring(login provider.Login) provider.Wiring {
	return provider.Wiring{SIPHost: e.sipHost, Agent: e.agent, Login: login}
}

// ends reads what the spec refers to and signs in. Nothing is made before
// everything is there.
func (v *visit) ends(ctx context.Context) (ends, error) {
	e := ends{sessions: map[string]external.Session{}, connections: map[string]v1alpha1.Connection{}}
	var err error
	if e.agent, err = v.agent(ctx); err != nil {
		return ends{}, err
	}
	for _, reference := range usage.References(v.number) {
		object, err := v.usable(ctx, reference)
		if err != nil {
			return ends{}, err
		}
		if project, ok := object.(*v1alpha1.LiveKitProject); ok {
			e.sipHost = project.Spec.SIPHost
		}
		if err := v.signIn(ctx, &e, object); err != nil {
			return ends{}, err
		}
	}
	e.carrier = v.Providers.Carriers[v.number.Spec.CarrierRef.Kind]
	e.platform = v.Providers.Platforms[v.number.Spec.PlatformRef.Kind]
	return e, nil
}

func (v *visit) signIn(ctx context.Context, e *ends, object connection.Object) error {
	session, err := v.Connections.Open(ctx, object)
	if err != nil {
		return err
	}
	signedIn, _ := v.Providers.Of(object.Connection())
	e.sessions[signedIn.Name()] = session
	e.connections[signedIn.Name()] = object.Connection()
	return nil
}

// usable reads an account or a project that new resources may be made with: it
// is verified, and it and its Secret are kept for as long as numbers need them.
func (v *visit) usable(ctx context.Context, reference v1alpha1.Connection) (connection.Object, error) {
	object, err := v.Connections.Get(ctx, v.number.Namespace, reference)
	if apierrors.IsNotFound(err) {
		return nil, notFound("%s does not exist in this namespace", connection.Describe(reference))
	}
	if err != nil {
		return nil, err
	}
	ready := meta.FindStatusCondition(object.ConnectionStatus().Conditions, v1alpha1.ConditionReady)
	switch {
	case !object.GetDeletionTimestamp().IsZero() && len(v.number.Status.ExternalResources) == 0:
		return nil, notFound("%s is being deleted", connection.Describe(reference))
	case ready != nil && ready.Reason != v1alpha1.ReasonVerified:
		return nil, &external.Error{Class: classOf(ready.Reason), Message: fmt.Sprintf("%s is not ready: %s", connection.Describe(reference), ready.Message)}
	case ready == nil || !kept(object):
		return nil, &external.Error{Class: v1alpha1.ReasonProvisioning, Message: fmt.Sprintf("waiting for %s to be verified", connection.Describe(reference))}
	}
	return object, nil
}

// kept reports whether an account and its Secret outlast the numbers that need
// them.
func kept(object connection.Object) bool {
	return isKept(object) && object.ConnectionStatus().SecretName == object.SecretName()
}

// isKept reports whether an object outlasts the numbers that need it.
func isKept(object client.Object) bool {
	return controllerutil.ContainsFinalizer(object, v1alpha1.FinalizerInUse)
}

// namespaceStays refuses to make anything in a namespace that is being deleted: the
// number will be, too, as soon as it is its turn.
func (v *visit) namespaceStays(ctx context.Context) error {
	var namespace corev1.Namespace
	if err := v.Direct.Get(ctx, types.NamespacedName{Name: v.number.Namespace}, &namespace); err != nil {
		return err
	}
	if namespace.DeletionTimestamp.IsZero() {
		return nil
	}
	return &external.Error{Class: v1alpha1.ReasonProvisioning, Message: fmt.Sprintf("the namespace %q is being deleted: nothing more is made for the number", namespace.Name)}
}

// classOf is what the trouble of an account means for its numbers.
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

// agent is the one that answers; nil for none. Nothing is linked to one that is not
// kept, which it would not outlast, or any more to one that is being deleted; what is
// linked stays so.
func (v *visit) agent(ctx context.Context) (*v1alpha1.VoiceAgentSpec, error) {
	reference := v.number.Spec.AgentRef
	if reference == nil {
		return nil, nil
	}
	var agent v1alpha1.VoiceAgent
	key := types.NamespacedName{Namespace: v.number.Namespace, Name: reference.Name}
	if err := v.Client.Get(ctx, key, &agent); apierrors.IsNotFound(err) {
		return nil, notFound("the VoiceAgent %q does not exist in this namespace", reference.Name)
	} else if err != nil {
		return nil, err
	}
	switch {
	case usage.Linked(v.number) == agent.Name:
		return &agent.Spec, nil
	case !agent.DeletionTimestamp.IsZero():
		return nil, notFound("the VoiceAgent %q is being deleted", reference.Name)
	case !isKept(&agent):
		return nil, &external.Error{Class: v1alpha1.ReasonProvisioning, Message: fmt.Sprintf("waiting for the VoiceAgent %q to be kept for the number", reference.Name)}
	}
	return &agent.Spec, nil
}

func notFound(format string, args ...any) error {
	return &external.Error{Class: v1alpha1.ReasonReferenceNotFound, Message: fmt.Sprintf(format, args...)}
}
