package apistore

import (
	"fmt"
	"net/http"
	"reflect"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// errVersionSet is an error of the server, as it were.
var errVersionSet = &apierrors.StatusError{ErrStatus: metav1.Status{
	Status: metav1.StatusFailure, Code: http.StatusInternalServerError, Message: "resourceVersion should not be set on objects to be created",
}}

func (s *Store) create(object client.Object) error {
	at, kind := s.locate(object)
	if err := s.admits(object, kind); err != nil {
		return err
	}
	if object.GetResourceVersion() != "" {
		return errVersionSet
	}
	if _, exists := s.objects[at]; exists {
		return apierrors.NewAlreadyExists(kind.Resource, at.name.Name)
	}
	made := received(object)
	made.SetUID(s.uid())
	made.SetCreationTimestamp(s.timestamp())
	made.SetDeletionTimestamp(nil)
	made.SetDeletionGracePeriodSeconds(nil)
	finishNew(made)
	if kind.Custom {
		made.SetGeneration(1)
		statusOf(made).SetZero()
		defaultStatus(made, kind)
	}
	s.put(at, made)
	overwrite(object, made)
	return nil
}

// defaultStatus fills in a status that was sent empty, or not at all.
func defaultStatus(object client.Object, kind Kind) {
	if kind.Unseen != nil && statusOf(object).IsZero() {
		kind.Unseen(object)
	}
}

// admits refuses what is to be made in a namespace that is not there, or going.
func (s *Store) admits(object client.Object, kind Kind) error {
	name := object.GetNamespace()
	if name == "" {
		return nil
	}
	namespace, ok := s.objects[key{reflect.TypeFor[*corev1.Namespace](), types.NamespacedName{Name: name}}]
	if !ok {
		return apierrors.NewNotFound(schema.GroupResource{Resource: "namespaces"}, name)
	}
	if namespace.GetDeletionTimestamp() != nil {
		return apierrors.NewForbidden(kind.Resource, object.GetName(), fmt.Errorf("unable to create new content in namespace %s because it is being terminated", name))
	}
	return nil
}
