package kube

import (
	"context"
	"fmt"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/client/clientset/clientset/typed/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
)

// installCRDs applies the CRDs and returns when discovery shows their kinds: the
// garbage collector reads discovery once at its start.
func (c *ControlPlane) installCRDs(ctx context.Context) error {
	if len(c.options.CRDs) == 0 {
		return nil
	}
	args := []string{"apply", "--server-side"}
	for _, path := range c.options.CRDs {
		args = append(args, "-f", path)
	}
	if _, _, err := c.Kubectl(ctx, args...); err != nil {
		return fmt.Errorf("installing CRDs: %w", err)
	}
	return c.apiServer.run.Await(ctx, c.kindsDiscovered)
}

func (c *ControlPlane) kindsDiscovered(ctx context.Context) error {
	client, err := apiextensions.NewForConfig(c.Config())
	if err != nil {
		return fmt.Errorf("making a client: %w", err)
	}
	list, err := client.CustomResourceDefinitions().List(ctx, metav1.ListOptions{})
	if err != nil {
		return fmt.Errorf("listing CRDs: %w", err)
	}
	found, err := c.discovered()
	if err != nil {
		return err
	}
	for _, crd := range list.Items {
		if !found[schema.GroupResource{Group: crd.Spec.Group, Resource: crd.Spec.Names.Plural}] {
			return fmt.Errorf("%s is not discovered yet", crd.Name)
		}
	}
	return nil
}

func (c *ControlPlane) discovered() (map[schema.GroupResource]bool, error) {
	client, err := discovery.NewDiscoveryClientForConfig(c.Config())
	if err != nil {
		return nil, fmt.Errorf("making a client: %w", err)
	}
	lists, err := client.ServerPreferredResources()
	if err != nil {
		return nil, fmt.Errorf("reading discovery: %w", err)
	}
	found := map[schema.GroupResource]bool{}
	for _, list := range lists {
		version, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			return nil, fmt.Errorf("reading discovery: %w", err)
		}
		for _, resource := range list.APIResources {
			found[schema.GroupResource{Group: version.Group, Resource: resource.Name}] = true
		}
	}
	return found, nil
}
