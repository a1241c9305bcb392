package phonenumber

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/controller/lifecycle"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider"
	"github.com/callplane/callplane/internal/usage"
)

// ends are the carrier and the platform of a number.
type ends struct {
	lifecycle.Ends
	carrier  provider.Carrier
	platform provider.Platform
	agent    *v1alpha1.VoiceAgentSpec
	// shared is the trunk that the number shares; nil for one of its own.
	shared *provider.SharedTrunk
}

func (e ends) wiring(login provider.Login) provider.Wiring {
	return provider.Wiring{SIPHost: e.SIPHost, Agent: e.agent, Login: login, Shared: e.shared}
}

// resources are what the number needs at its ends. Secrets are in them only with a login.
func (v *visit) resources(e ends, login provider.Login) []external.Resource {
	return provider.Resources(v.number, e.wiring(login), e.carrier, e.platform)
}

// ends reads what the spec refers to.
func (v *visit) ends(ctx context.Context) (ends, error) {
	var e ends
	var err error
	if e.agent, err = v.agent(ctx); err != nil {
		return ends{}, err
	}
	trunk, err := v.trunk(ctx)
	if err != nil {
		return ends{}, err
	}
	if e.Ends, err = v.Ends(ctx, references(v.number, trunk)); err != nil {
		return ends{}, err
	}
	e.carrier, e.shared = v.carrier(trunk), shared(trunk)
	e.platform = v.Providers.Platforms[v.number.Spec.PlatformRef.Kind]
	return e, nil
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
		return nil, lifecycle.NotFound("the VoiceAgent %q does not exist in this namespace", reference.Name)
	} else if err != nil {
		return nil, err
	}
	switch {
	case usage.Linked(v.number) == agent.Name:
		return &agent.Spec, nil
	case !agent.DeletionTimestamp.IsZero():
		return nil, lifecycle.NotFound("the VoiceAgent %q is being deleted", reference.Name)
	case !lifecycle.IsKept(&agent):
		return nil, lifecycle.Waiting("waiting for the VoiceAgent %q to be kept for the number", reference.Name)
	}
	return &agent.Spec, nil
}
