// Package rawclient tears numbers down as the manager does, with the requests and the
// writes of docs/costs.md, in one loop without a controller: the floor of what a
// program on this machine can do. It forgives nothing, and recovers from nothing.
package rawclient

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/test/bench/wire"
)

// A Client tears down the numbers of a job's namespace.
type Client struct {
	Objects client.Client
	Calls   *wire.Client
	Job     wire.Job
	// Spare is the name of a number that stays.
	Spare string
}

// Drain deletes all numbers but one, and returns when they are gone everywhere.
func (c *Client) Drain(ctx context.Context) error {
	var numbers v1alpha1.PhoneNumberList
	if err := c.Objects.List(ctx, &numbers, client.InNamespace(c.Job.Namespace)); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(20 * c.Job.Concurrent) // far more than can be under way
	for i := range numbers.Items {
		if number := &numbers.Items[i]; number.Name != c.Spare {
			group.Go(func() error { return c.tearDown(ctx, number) })
		}
	}
	return group.Wait()
}

// tearDown has the providers worked on side by side, between the two writes.
func (c *Client) tearDown(ctx context.Context, number *v1alpha1.PhoneNumber) error {
	if err := c.Objects.Delete(ctx, number); err != nil {
		return err
	}
	if err := c.Objects.Get(ctx, client.ObjectKeyFromObject(number), number); err != nil {
		return err
	}
	number.Status.ObservedGeneration = number.Generation
	if err := c.Objects.Status().Update(ctx, number); err != nil {
		return err
	}
	branches, branch := errgroup.WithContext(ctx)
	entries := number.Status.ExternalResources
	branches.Go(func() error { return c.liveKit(branch, entries) })
	branches.Go(func() error { return c.twilio(branch, entries) })
	if err := branches.Wait(); err != nil {
		return fmt.Errorf("tearing down %s: %w", number.Name, err)
	}
	number.Finalizers = nil
	return c.Objects.Update(ctx, number)
}

func (c *Client) liveKit(ctx context.Context, entries []ledger.Entry) error {
	rule, _ := ledger.Find(entries, external.SlotDispatchRule)
	trunk, _ := ledger.Find(entries, external.SlotInboundTrunk)
	if err := removed(ctx, rule.ID, c.Calls.HasDispatchRule, c.Calls.DeleteDispatchRule); err != nil {
		return err
	}
	return removed(ctx, trunk.ID, c.Calls.HasInboundTrunk, c.Calls.DeleteInboundTrunk)
}

// removed looks, deletes and looks again.
func removed(ctx context.Context, id string, has func(context.Context, string) (bool, error), remove func(context.Context, string) error) error {
	there, err := has(ctx, id)
	if err == nil && !there {
		err = fmt.Errorf("%q is not there", id)
	}
	if err != nil {
		return err
	}
	if err := remove(ctx, id); err != nil {
		return err
	}
	if there, err = has(ctx, id); err == nil && there {
		err = fmt.Errorf("%q is still there", id)
	}
	return err
}

func (c *Client) twilio(ctx context.Context, entries []ledger.Entry) error {
	place, _ := ledger.Find(entries, external.SlotAttachment)
	if _, err := c.Calls.TrunkOf(ctx, place.ID); err != nil {
		return err
	}
	if err := c.Calls.Detach(ctx, place.ParentID, place.ID); err != nil {
		return err
	}
	_, err := c.Calls.TrunkOf(ctx, place.ID)
	return err
}
