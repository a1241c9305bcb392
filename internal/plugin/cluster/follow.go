package cluster

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	watchtools "k8s.io/client-go/tools/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Follow shows an object, as it is and after every change, until see has seen enough or
// the object is gone, which it reports. One that is created again under the name is
// another. It goes on through restarts of the API server, but ends at once for those who
// may not list.
func Follow[T client.Object](ctx context.Context, c *Cluster, object T, list client.ObjectList, see func(T) (enough bool, err error)) (gone bool, err error) {
	same := func(other client.Object) bool { return other.GetUID() == object.GetUID() }
	precondition := func(store cache.Store) (bool, error) {
		found, exists, err := store.Get(object)
		other, ok := found.(client.Object)
		gone = err == nil && (!exists || !ok || !same(other))
		return gone, err
	}
	source := c.source(object, list)
	if _, err := source.ListWithContext(ctx, metav1.ListOptions{}); apierrors.IsForbidden(err) {
		return false, fmt.Errorf("what becomes of %s cannot be followed: %w", object.GetName(), err)
	}
	_, err = watchtools.UntilWithSync(ctx, source, object, precondition, func(event watch.Event) (bool, error) {
		changed, ok := event.Object.(T)
		if !ok {
			return false, fmt.Errorf("the API server reports %T where %T is watched", event.Object, object)
		}
		if gone = event.Type == watch.Deleted || !same(changed); gone {
			return true, nil
		}
		return see(changed)
	})
	if err != nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	return gone, Explain(err)
}

func (c *Cluster) source(object client.Object, list client.ObjectList) *cache.ListWatch {
	only := func(options metav1.ListOptions) *client.ListOptions {
		options.FieldSelector = fields.OneTermEqualSelector("metadata.name", object.GetName()).String()
		return &client.ListOptions{Namespace: object.GetNamespace(), Raw: &options}
	}
	return &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			// 0 is for whatever a cache has: perhaps not yet what was just asked for.
			if options.ResourceVersion == "0" {
				options.ResourceVersion = ""
			}
			page := list.DeepCopyObject().(client.ObjectList)
			return page, c.List(ctx, page, only(options))
		},
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			return c.Watch(ctx, list.DeepCopyObject().(client.ObjectList), only(options))
		},
	}
}
