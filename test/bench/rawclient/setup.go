package rawclient

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
)

// SetUp makes a number with its object, which a manager must leave alone: what calls
// need one another goes one after the other, all else side by side. Three writes
// follow the object: the finalizer, the fence and the end. They are patches, since the
// manager says once that it leaves the number alone.
func (c *Client) SetUp(ctx context.Context, number *v1alpha1.PhoneNumber, trunk string) error {
	if err := c.Objects.Create(ctx, number); err != nil {
		return err
	}
	before := number.DeepCopy()
	number.Finalizers = []string{v1alpha1.FinalizerTeardown}
	if err := c.Objects.Patch(ctx, number, client.MergeFrom(before)); err != nil {
		return err
	}
	if err := c.setReady(ctx, number, metav1.ConditionFalse); err != nil {
		return err
	}
	if err := c.build(ctx, number, trunk); err != nil {
		return fmt.Errorf("setting up %s: %w", number.Name, err)
	}
	return c.setReady(ctx, number, metav1.ConditionTrue)
}

func (c *Client) build(ctx context.Context, number *v1alpha1.PhoneNumber, trunk string) error {
	var sid string
	branches, branch := errgroup.WithContext(ctx)
	branches.Go(func() (err error) {
		sid, err = c.Calls.FindNumber(branch, number.Spec.Number)
		return err
	})
	branches.Go(func() error {
		inbound, err := c.Calls.CreateInboundTrunk(branch, number.Name, number.Spec.Number)
		if err != nil {
			return err
		}
		_, err = c.Calls.CreateDispatchRule(branch, number.Name, inbound)
		return err
	})
	if err := branches.Wait(); err != nil {
		return err
	}
	if _, err := c.Calls.TrunkOf(ctx, sid); err != nil {
		return err
	}
	return c.Calls.Attach(ctx, trunk, sid)
}

func (c *Client) setReady(ctx context.Context, number *v1alpha1.PhoneNumber, status metav1.ConditionStatus) error {
	before := number.DeepCopy()
	number.Status.Conditions = []metav1.Condition{{
		Type: v1alpha1.ConditionReady, Status: status, Reason: "Raw", LastTransitionTime: metav1.NewTime(time.Now()),
	}}
	return c.Objects.Status().Patch(ctx, number, client.MergeFrom(before))
}
