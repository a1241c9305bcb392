package connection

import (
	"context"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
)

// HoldersOf lists the objects whose credentials are in a Secret, or were before
// their reference moved. An error does not mean that there are none.
func (r Resolver) HoldersOf(ctx context.Context, namespace, secret string) ([]Object, error) {
	holders, err := r.all(ctx, client.InNamespace(namespace))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(holders, func(holder Object) bool {
		return holder.SecretName() != secret && holder.ConnectionStatus().SecretName != secret
	}), nil
}

// Standing returns a verified object of a kind that stands for an account: the one
// of the given name or, without it, the first by namespace and name; nil if there
// is none.
func (r Resolver) Standing(ctx context.Context, kind, account string, preferred types.NamespacedName) (Object, error) {
	objects, err := r.all(ctx)
	if err != nil {
		return nil, err
	}
	var standing Object
	for _, object := range objects {
		if IsVerified(object) && object.Connection().Kind == kind && Account(object) == account && (standing == nil || before(object, standing, preferred)) {
			standing = object
		}
	}
	return standing, nil
}

// IsVerified reports whether the credentials of an object were accepted, and belong to
// the account that it names.
func IsVerified(object Object) bool {
	return meta.IsStatusConditionTrue(object.ConnectionStatus().Conditions, v1alpha1.ConditionReady)
}

// Verified lists the objects that IsVerified accepts.
func (r Resolver) Verified(ctx context.Context) ([]Object, error) {
	objects, err := r.all(ctx)
	return slices.DeleteFunc(objects, func(object Object) bool { return !IsVerified(object) }), err
}

func before(a, b Object, preferred types.NamespacedName) bool {
	nameOfA, nameOfB := client.ObjectKeyFromObject(a), client.ObjectKeyFromObject(b)
	if nameOfA == preferred || nameOfB == preferred {
		return nameOfA == preferred
	}
	return nameOfA.String() < nameOfB.String()
}

func (r Resolver) all(ctx context.Context, options ...client.ListOption) ([]Object, error) {
	var objects []Object
	for _, list := range []client.ObjectList{&v1alpha1.TwilioAccountList{}, &v1alpha1.LiveKitProjectList{}} {
		if err := r.Objects.List(ctx, list, options...); err != nil {
			return nil, err
		}
		// Its function returns no error, and a list of ours has items.
		_ = meta.EachListItem(list, func(item runtime.Object) error {
			objects = append(objects, item.(Object))
			return nil
		})
	}
	return objects, nil
}
