package apistore

import (
	"errors"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

var errStale = errors.New("the object has been modified; please apply your changes to the latest version and try again")

// A part is what an update writes.
type part int

const (
	// main is all but the status of a custom resource.
	main part = iota
	// status is nothing but the status.
	status
	// finalization is the finalizers in the spec of a Namespace.
	finalization
)

func (s *Store) update(object client.Object, what part) error {
	at, kind := s.locate(object)
	old, ok := s.objects[at]
	if !ok {
		return apierrors.NewNotFound(kind.Resource, at.name.Name)
	}
	if err := fresh(object, old, kind); err != nil {
		return err
	}
	updated := merged(old, object, kind, what)
	if err := valid(old, updated, kind); err != nil {
		return err
	}
	switch {
	case updated.GetDeletionTimestamp() != nil && !held(updated):
		s.put(at, nil)
	case changed(old, updated, what):
		s.put(at, updated)
	}
	overwrite(object, updated)
	return nil
}

// fresh refuses an update of something else than what was read.
func fresh(object, old client.Object, kind Kind) error {
	switch {
	case object.GetUID() != "" && object.GetUID() != old.GetUID():
		return apierrors.NewConflict(kind.Resource, object.GetName(), fmt.Errorf("Precondition failed: UID in precondition: %s, UID in object meta: %s", object.GetUID(), old.GetUID())) //nolint:staticcheck // as the API server says it
	case object.GetResourceVersion() == "" && kind.Custom:
		return invalid(object, kind, field.Invalid(field.NewPath("metadata", "resourceVersion"), 0, "must be specified for an update"))
	case object.GetResourceVersion() != "" && object.GetResourceVersion() != old.GetResourceVersion():
		return apierrors.NewConflict(kind.Resource, object.GetName(), errStale)
	}
	return nil
}

// merged is what is stored when an object is written over an old one.
func merged(old, object client.Object, kind Kind, what part) client.Object {
	if what == status {
		updated := successor(old)
		statusOf(updated).Set(statusOf(received(object)))
		defaultStatus(updated, kind)
		return updated
	}
	updated := received(object)
	updated.SetResourceVersion(old.GetResourceVersion())
	updated.SetUID(old.GetUID())
	updated.SetCreationTimestamp(old.GetCreationTimestamp())
	if old.GetDeletionTimestamp() != nil {
		updated.SetDeletionTimestamp(old.GetDeletionTimestamp())
	}
	updated.SetDeletionGracePeriodSeconds(old.GetDeletionGracePeriodSeconds())
	updated.SetGeneration(old.GetGeneration())
	finishUpdate(old, updated, what)
	if kind.Custom {
		statusOf(updated).Set(statusOf(old))
		if !sameContent(old, updated) {
			updated.SetGeneration(old.GetGeneration() + 1)
		}
	}
	return updated
}

// changed compares what was written.
func changed(old, updated client.Object, what part) bool {
	if what == status {
		return !equality.Semantic.DeepEqual(statusOf(old).Interface(), statusOf(updated).Interface())
	}
	return !equality.Semantic.DeepEqual(old, updated)
}

// valid refuses what only the server decides about a deletion.
func valid(old, updated client.Object, kind Kind) error {
	metadata := field.NewPath("metadata")
	added := slices.DeleteFunc(slices.Clone(updated.GetFinalizers()), func(name string) bool { return slices.Contains(old.GetFinalizers(), name) })
	switch {
	case old.GetDeletionTimestamp() != nil && len(added) > 0:
		return invalid(updated, kind, field.Forbidden(metadata.Child("finalizers"),
			fmt.Sprintf("no new finalizers can be added if the object is being deleted, found new finalizers %#v", added)))
	case !updated.GetDeletionTimestamp().Equal(old.GetDeletionTimestamp()):
		return invalid(updated, kind, field.Invalid(metadata.Child("deletionTimestamp"), updated.GetDeletionTimestamp(), "field is immutable"))
	}
	return nil
}
