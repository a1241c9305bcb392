package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/test/bench/wire"
)

// An externalClient is what a provider's author writes: observe, create, delete.
type externalClient struct {
	objects client.Client
	calls   *wire.Client
}

// Connect needs nothing more.
func (c *externalClient) Connect(context.Context, resource.Managed) (managed.ExternalClient, error) {
	return c, nil
}

// Observe makes one request, unless nothing was created yet.
func (c *externalClient) Observe(ctx context.Context, mg resource.Managed) (managed.ExternalObservation, error) {
	external := mg.(*External)
	id := meta.GetExternalName(external)
	if id == "" {
		return managed.ExternalObservation{}, nil
	}
	exists, err := c.exists(ctx, external, id)
	var refused *wire.StatusError
	if errors.As(err, &refused) && refused.Status == http.StatusNotFound {
		exists, err = false, nil
	}
	if err == nil && exists {
		external.SetConditions(xpv2.Available())
	}
	return managed.ExternalObservation{ResourceExists: exists, ResourceUpToDate: exists}, err
}

func (c *externalClient) exists(ctx context.Context, external *External, id string) (bool, error) {
	switch external.Spec.Kind {
	case attachment:
		trunk, err := c.calls.TrunkOf(ctx, id)
		return trunk == external.Spec.Parent, err
	case inboundTrunk:
		return c.calls.HasInboundTrunk(ctx, id)
	default:
		return c.calls.HasDispatchRule(ctx, id)
	}
}

// Create makes the resource and notes its id.
func (c *externalClient) Create(ctx context.Context, mg resource.Managed) (managed.ExternalCreation, error) {
	external := mg.(*External)
	id, err := c.create(ctx, external)
	if err == nil {
		meta.SetExternalName(external, id)
	}
	return managed.ExternalCreation{}, err
}

func (c *externalClient) create(ctx context.Context, external *External) (string, error) {
	switch external.Spec.Kind {
	case attachment:
		sid, err := c.calls.FindNumber(ctx, external.Spec.Number)
		if err != nil {
			return "", err
		}
		return sid, c.calls.Attach(ctx, external.Spec.Parent, sid)
	case inboundTrunk:
		return c.calls.CreateInboundTrunk(ctx, external.Name, external.Spec.Number)
	default:
		trunk := &External{}
		if err := c.objects.Get(ctx, client.ObjectKey{Namespace: external.Namespace, Name: external.Spec.Parent}, trunk); err != nil {
			return "", err
		}
		if meta.GetExternalName(trunk) == "" {
			return "", fmt.Errorf("trunk %s is not there yet", trunk.Name)
		}
		return c.calls.CreateDispatchRule(ctx, external.Name, meta.GetExternalName(trunk))
	}
}

// Update is never asked for: what exists is up to date.
func (c *externalClient) Update(context.Context, resource.Managed) (managed.ExternalUpdate, error) {
	return managed.ExternalUpdate{}, nil
}

// Delete makes one request.
func (c *externalClient) Delete(ctx context.Context, mg resource.Managed) (managed.ExternalDelete, error) {
	external := mg.(*External)
	id := meta.GetExternalName(external)
	switch external.Spec.Kind {
	case attachment:
		return managed.ExternalDelete{}, c.calls.Detach(ctx, external.Spec.Parent, id)
	case inboundTrunk:
		return managed.ExternalDelete{}, c.calls.DeleteInboundTrunk(ctx, id)
	default:
		return managed.ExternalDelete{}, c.calls.DeleteDispatchRule(ctx, id)
	}
}

// Disconnect has nothing to close.
func (c *externalClient) Disconnect(context.Context) error { return nil }
