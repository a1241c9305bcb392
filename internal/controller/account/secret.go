package account

import (
	"context"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/connection"
	"github.com/callplane/callplane/internal/usage"
)

// keepSecret holds the Secret that the object names while numbers need it, and
// lets go of those that no object of the namespace needs any more. Which ones it
// held before is read from the Secrets themselves: a note of it could be lost. It
// returns how long to wait until the Secret may be held.
func (r *Reconciler[T]) keepSecret(ctx context.Context, object T, needed bool) (time.Duration, error) {
	status := object.ConnectionStatus()
	kept := ""
	if needed {
		held, wait, err := r.hold(ctx, object)
		if err != nil || !held {
			// The Secret before this one is kept until this one can be.
			return wait, err
		}
		kept = object.SecretName()
	}
	if needed && status.SecretName == kept {
		return 0, nil
	}
	if err := r.sweep(ctx, object.GetNamespace(), object); err != nil {
		return 0, err
	}
	status.SecretName = kept
	return 0, nil
}

// abandoned lets go of what was held for an object that is gone, however it went,
// once nobody needs it any more.
func (r *Reconciler[T]) abandoned(ctx context.Context, namespace string, gone v1alpha1.Connection) error {
	inUse, err := usage.InUse(ctx, r.Client, namespace, gone)
	if err == nil && !inUse {
		inUse, err = usage.InUseNow(ctx, r.Direct, namespace, gone)
	}
	if err != nil || inUse {
		return err
	}
	return r.sweep(ctx, namespace, nil)
}

// sweep takes the finalizer off every Secret of a namespace that is held for
// nobody. The object on whose behalf it is done is nil once it is gone.
func (r *Reconciler[T]) sweep(ctx context.Context, namespace string, object connection.Object) error {
	var secrets metav1.PartialObjectMetadataList
	secrets.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("SecretList"))
	if err := r.Direct.List(ctx, &secrets, client.InNamespace(namespace)); err != nil {
		return err
	}
	for i := range secrets.Items {
		if !controllerutil.ContainsFinalizer(&secrets.Items[i], v1alpha1.FinalizerInUse) {
			continue
		}
		wanted, err := r.wanted(ctx, namespace, object, secrets.Items[i].Name)
		if err == nil && !wanted {
			err = r.letGo(ctx, namespace, secrets.Items[i].Name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// wanted reports whether an object that is in use names the Secret, or still
// keeps it. What the object itself kept before is wanted no more.
func (r *Reconciler[T]) wanted(ctx context.Context, namespace string, object connection.Object, secret string) (bool, error) {
	holders, err := r.Connections.HoldersOf(ctx, namespace, secret)
	if err != nil {
		return false, err
	}
	holders = slices.DeleteFunc(holders, func(holder connection.Object) bool {
		return object != nil && holder.GetUID() == object.GetUID() && object.SecretName() != secret
	})
	for _, holder := range holders {
		if inUse, err := usage.InUse(ctx, r.Client, namespace, holder.Connection()); err != nil || inUse {
			return true, err
		}
	}
	for _, holder := range holders {
		if inUse, err := usage.InUseNow(ctx, r.Direct, namespace, holder.Connection()); err != nil || inUse {
			return true, err
		}
	}
	return false, nil
}

// hold puts the finalizer on the Secret that the object names, and reports whether
// it is there. One that is being deleted already cannot be held. One that was held
// and is not any more was replaced by somebody who may do so again at once: it is
// held again no more often than the throttle lets pass.
func (r *Reconciler[T]) hold(ctx context.Context, object T) (held bool, wait time.Duration, err error) {
	secret, err := r.secret(ctx, object.GetNamespace(), object.SecretName())
	if secret == nil || err != nil {
		return false, 0, err
	}
	if controllerutil.ContainsFinalizer(secret, v1alpha1.FinalizerInUse) {
		return true, 0, nil
	}
	if !secret.DeletionTimestamp.IsZero() {
		return false, 0, nil
	}
	if object.ConnectionStatus().SecretName == secret.Name {
		if wait := r.holds.Pass(object.GetUID(), r.Clock.Now()); wait > 0 {
			return false, wait, nil
		}
	}
	controllerutil.AddFinalizer(secret, v1alpha1.FinalizerInUse)
	return true, 0, r.Direct.Update(ctx, secret)
}

func (r *Reconciler[T]) letGo(ctx context.Context, namespace, name string) error {
	secret, err := r.secret(ctx, namespace, name)
	if secret == nil || err != nil {
		return err
	}
	controllerutil.RemoveFinalizer(secret, v1alpha1.FinalizerInUse)
	return r.Direct.Update(ctx, secret)
}

// secret reads a Secret live; nil if there is none.
func (r *Reconciler[T]) secret(ctx context.Context, namespace, name string) (*corev1.Secret, error) {
	var secret corev1.Secret
	err := r.Direct.Get(ctx, types.NamespacedName{Namespace: namespace, Name: name}, &secret)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return &secret, err
}
