package account

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/callplane/callplane/api/v1alpha1"
)

// keepSecret holds the Secret that the object names while numbers need it, and
// lets go of the one that it named before.
func (r *Reconciler[T]) keepSecret(ctx context.Context, object T, needed bool) error {
	status := object.ConnectionStatus()
	wanted := ""
	if needed {
		held, err := r.hold(ctx, object.GetNamespace(), object.SecretName())
		if err != nil {
			return err
		}
		if held {
			wanted = object.SecretName()
		}
	}
	if status.SecretName != "" && status.SecretName != wanted && (wanted != "" || !needed) {
		if err := r.letGo(ctx, object, status.SecretName); err != nil {
			return err
		}
		status.SecretName = ""
	}
	if wanted != "" {
		status.SecretName = wanted
	}
	return nil
}

// hold puts the finalizer on a Secret and reports whether it is there. One that
// is being deleted already cannot be held.
func (r *Reconciler[T]) hold(ctx context.Context, namespace, name string) (bool, error) {
	secret, err := r.secret(ctx, namespace, name)
	if secret == nil || err != nil {
		return false, err
	}
	if controllerutil.ContainsFinalizer(secret, v1alpha1.FinalizerInUse) {
		return true, nil
	}
	if !secret.DeletionTimestamp.IsZero() {
		return false, nil
	}
	controllerutil.AddFinalizer(secret, v1alpha1.FinalizerInUse)
	return true, r.Direct.Update(ctx, secret)
}

// letGo takes the finalizer off a Secret unless another object still needs it.
func (r *Reconciler[T]) letGo(ctx context.Context, object T, name string) error {
	for _, holder := range r.Connections.HoldersOf(ctx, object.GetNamespace(), name) {
		if holder.GetUID() != object.GetUID() && holder.ConnectionStatus().SecretName == name {
			return nil
		}
	}
	secret, err := r.secret(ctx, object.GetNamespace(), name)
	if secret == nil || err != nil {
		return err
	}
	if !controllerutil.RemoveFinalizer(secret, v1alpha1.FinalizerInUse) {
		return nil
	}
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
