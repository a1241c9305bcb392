package account

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/usage"
)

// keepSecret holds the Secret that the object names while numbers need it, and
// lets go of those that no object of the namespace needs any more. Which ones it
// held before is read from the Secrets themselves: a note of it could be lost.
func (r *Reconciler[T]) keepSecret(ctx context.Context, object T, needed bool) error {
	status := object.ConnectionStatus()
	kept := ""
	if needed {
		held, err := r.hold(ctx, object.GetNamespace(), object.SecretName())
		if err != nil || !held {
			// The Secret before this one is kept until this one can be.
			return err
		}
		kept = object.SecretName()
	}
	if needed && status.SecretName == kept {
		return nil
	}
	if err := r.sweep(ctx, object); err != nil {
		return err
	}
	status.SecretName = kept
	return nil
}

// sweep takes the finalizer off every Secret that is held for nobody.
func (r *Reconciler[T]) sweep(ctx context.Context, object T) error {
	namespace := object.GetNamespace()
	var secrets metav1.PartialObjectMetadataList
	secrets.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("SecretList"))
	if err := r.Direct.List(ctx, &secrets, client.InNamespace(namespace)); err != nil {
		return err
	}
	for i := range secrets.Items {
		if !controllerutil.ContainsFinalizer(&secrets.Items[i], v1alpha1.FinalizerInUse) {
			continue
		}
		wanted, err := r.wanted(ctx, object, secrets.Items[i].Name)
		if err == nil && !wanted {
			err = r.letGo(ctx, namespace, secrets.Items[i].Name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// wanted reports whether an object that numbers use names the Secret, or still
// keeps it. What the object itself kept before is wanted no more.
func (r *Reconciler[T]) wanted(ctx context.Context, object T, secret string) (bool, error) {
	for _, holder := range r.Connections.HoldersOf(ctx, object.GetNamespace(), secret) {
		if holder.GetUID() == object.GetUID() && object.SecretName() != secret {
			continue
		}
		users, err := usage.OfConnection(ctx, r.Client, object.GetNamespace(), holder.Connection())
		if err != nil || len(users) > 0 {
			return true, err
		}
	}
	return false, nil
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
