package kube

import (
	"context"
	"errors"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// collection has the garbage collector do its first work. It begins once it
// follows every kind, which on a busy machine takes much longer than the other
// controllers need; a deletion in the foreground stands still until then.
type collection struct {
	client kubernetes.Interface
	asked  bool
}

// worked asks once for an object to be deleted in the foreground and is content
// when it is gone.
func (c *collection) worked(ctx context.Context) error {
	maps := c.client.CoreV1().ConfigMaps(metav1.NamespaceDefault)
	probe := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "garbage-collector-probe"}}
	if !c.asked {
		if _, err := maps.Create(ctx, probe, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
			return err
		}
		foreground := metav1.DeletePropagationForeground
		if err := maps.Delete(ctx, probe.Name, metav1.DeleteOptions{PropagationPolicy: &foreground}); err != nil {
			return err
		}
		c.asked = true
	}
	switch _, err := maps.Get(ctx, probe.Name, metav1.GetOptions{}); {
	case apierrors.IsNotFound(err):
		c.asked = false // a collector that is started again is asked again
		return nil
	case err != nil:
		return err
	default:
		return errors.New("the garbage collector has not collected anything yet")
	}
}
