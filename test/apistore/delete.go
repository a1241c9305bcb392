package apistore

import (
	"errors"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

func (s *Store) remove(object client.Object, options client.DeleteOptions) error {
	at, kind := s.locate(object)
	old, ok := s.objects[at]
	if !ok {
		return apierrors.NewNotFound(kind.Resource, at.name.Name)
	}
	if wanted := options.Preconditions; wanted != nil {
		if wanted.UID != nil && *wanted.UID != old.GetUID() || wanted.ResourceVersion != nil && *wanted.ResourceVersion != old.GetResourceVersion() {
			return apierrors.NewConflict(kind.Resource, at.name.Name, errors.New("Precondition failed")) //nolint:staticcheck // as the API server says it
		}
	}
	_, namespace := old.(*corev1.Namespace)
	switch {
	case len(options.DryRun) > 0:
	case old.GetDeletionTimestamp() == nil && (held(old) || namespace):
		s.terminate(at, copyOf(old))
	case !held(old):
		s.put(at, nil)
	}
	return nil
}

func (s *Store) terminate(at key, object client.Object) {
	now := s.timestamp()
	object.SetDeletionTimestamp(&now)
	if namespace, ok := object.(*corev1.Namespace); ok {
		namespace.Status.Phase = corev1.NamespaceTerminating
	} else {
		object.SetDeletionGracePeriodSeconds(new(int64))
		if object.GetGeneration() > 0 {
			object.SetGeneration(object.GetGeneration() + 1)
		}
	}
	s.put(at, object)
}
