package cluster

import (
	"context"
	"errors"
	"fmt"

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
// another. It goes on through restarts of the API server.
func Follow[T client.Object](ctx context.Context, c *Cluster, object T, list client.ObjectList, see func(T) (enough bool, err error)) (gone bool, err error) {
	same := func(other client.Object) bool { return other.GetUID() == object.GetUID() }
	precondition := func(store cache.Store) (bool, error) {
		found, exists, err := store.Get(object)
		other, ok := found.(client.Object)
		gone = err == nil && (!exists || !ok || !same(other))
		return gone, err
	}
	_, err = watchtools.UntilWithSync(ctx, c.source(object, list), object, precondition, func(event watch.Event) (bool, error) {
		changed, ok := event.Object.(T)
		if !ok {
			return false, fmt.Errorf("the API server reports %T where %T is watched", event.Object, object)
		}
		if gone = event.Type == watch.Deleted || !same(changed); gone {
			return true, nil
		}
		return see(changed)
	})
	if errors.Is(err, watchtools.ErrWatchClosed) || err != nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	return gone, Explain(err)
}

func (c *Cluster) source(object client.Object, list client.ObjectList) cache.ListerWatcher {
	only := func(options metav1.ListOptions) *client.ListOptions {
		options.FieldSelector = fields.OneTermEqualSelector("metadata.name", object.GetName()).String()
		return &client.ListOptions{Namespace: object.GetNamespace(), Raw: &options}
	}
	return &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			page := list.DeepCopyObject().(client.ObjectList)
			return page, c.List(ctx, page, only(options))
		},
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			return c.Watch(ctx, list.DeepCopyObject().(client.ObjectList), only(options))
		},
	}
}
