// Package watched narrows a client to the namespaces that a manager watches, for one
// that has rights in these only. It knows no kind.
package watched

import (
	"context"
	"errors"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// A Client lists the watched namespaces, one after the other, where somebody asks for
// all. Everything else it does as the client that it is made of. Such a list is no
// single moment: an object that is created meanwhile may be missing.
type Client struct {
	client.Client
	// Namespaces that are watched; none are all of the cluster.
	Namespaces []string
}

// List refuses pages of several namespaces: their tokens are of one list.
func (c Client) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	var asked client.ListOptions
	asked.ApplyOptions(options)
	if asked.Namespace != "" || len(c.Namespaces) == 0 {
		return c.Client.List(ctx, list, options...)
	}
	if asked.Limit != 0 || asked.Continue != "" {
		return errors.New("several namespaces cannot be listed in pages")
	}
	var all []runtime.Object
	for _, namespace := range c.Namespaces {
		part := list.DeepCopyObject().(client.ObjectList)
		if err := c.Client.List(ctx, part, append(slices.Clone(options), client.InNamespace(namespace))...); err != nil {
			return err
		}
		items, err := meta.ExtractList(part)
		if err != nil {
			return err
		}
		all = append(all, items...)
	}
	return meta.SetList(list, all)
}
