package apistore

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// finishNew is what the API server does to new objects of its own kinds.
func finishNew(object client.Object) {
	switch object := object.(type) {
	case *corev1.Secret:
		moveStringData(object)
	case *corev1.Namespace:
		if !slices.Contains(object.Spec.Finalizers, corev1.FinalizerKubernetes) {
			object.Spec.Finalizers = append(object.Spec.Finalizers, corev1.FinalizerKubernetes)
		}
		object.Status = corev1.NamespaceStatus{Phase: corev1.NamespaceActive}
		labelWithName(object)
	}
}

// finishUpdate is what the API server does when objects of its own kinds are
// updated.
func finishUpdate(old, object client.Object, what part) {
	switch object := object.(type) {
	case *corev1.Secret:
		moveStringData(object)
	case *corev1.Namespace:
		before := old.(*corev1.Namespace)
		object.Status = *before.Status.DeepCopy()
		if what != finalization {
			object.Spec.Finalizers = slices.Clone(before.Spec.Finalizers)
		}
		labelWithName(object)
	}
}

// moveStringData keeps what can only be written where it can be read.
func moveStringData(secret *corev1.Secret) {
	for key, value := range secret.StringData {
		if secret.Data == nil {
			secret.Data = map[string][]byte{}
		}
		secret.Data[key] = []byte(value)
	}
	secret.StringData = nil
}

func labelWithName(namespace *corev1.Namespace) {
	if namespace.Labels == nil {
		namespace.Labels = map[string]string{}
	}
	namespace.Labels[corev1.LabelMetadataName] = namespace.Name
}

// held reports whether finalizers keep an object; a Namespace has some in its
// spec, too.
func held(object client.Object) bool {
	namespace, ok := object.(*corev1.Namespace)
	return len(object.GetFinalizers()) > 0 || ok && len(namespace.Spec.Finalizers) > 0
}
