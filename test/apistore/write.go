package apistore

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

var errStale = errors.New("the object has been modified; please apply your changes to the latest version and try again")

func (s *Store) create(object client.Object) error {
	at, kind := s.locate(object)
	if object.GetResourceVersion() != "" {
		return apierrors.NewBadRequest("resourceVersion should not be set on objects to be created")
	}
	if err := s.admits(object, kind); err != nil {
		return err
	}
	if _, exists := s.objects[at]; exists {
		return apierrors.NewAlreadyExists(kind.Resource, at.name.Name)
	}
	made := copyOf(object)
	made.SetUID(s.uid())
	made.SetCreationTimestamp(s.timestamp())
	made.SetDeletionTimestamp(nil)
	made.SetDeletionGracePeriodSeconds(nil)
	made.SetGeneration(0)
	if secret, ok := made.(*corev1.Secret); ok {
		moveStringData(secret)
	}
	if kind.Custom {
		made.SetGeneration(1)
		statusOf(made).SetZero()
		if kind.Unseen != nil {
			kind.Unseen(made)
		}
	}
	s.put(at, made)
	overwrite(object, made)
	return nil
}

// moveStringData is what the API server does with what can only be written.
func moveStringData(secret *corev1.Secret) {
	for key, value := range secret.StringData {
		if secret.Data == nil {
			secret.Data = map[string][]byte{}
		}
		secret.Data[key] = []byte(value)
	}
	secret.StringData = nil
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

// update writes all but the status of a custom resource, or nothing but that.
func (s *Store) update(object client.Object, status bool) error {
	at, kind := s.locate(object)
	old, ok := s.objects[at]
	if !ok {
		return apierrors.NewNotFound(kind.Resource, at.name.Name)
	}
	if err := s.fresh(object, old, kind); err != nil {
		return err
	}
	updated := merged(old, object, kind, status)
	if err := validFinalizers(old, updated, kind); err != nil {
		return err
	}
	switch {
	case updated.GetDeletionTimestamp() != nil && len(updated.GetFinalizers()) == 0 && !held(updated):
		s.put(at, nil)
	case !equality.Semantic.DeepEqual(old, updated):
		s.put(at, updated)
	}
	overwrite(object, updated)
	return nil
}

// fresh refuses an update of something else than what was read.
func (s *Store) fresh(object, old client.Object, kind Kind) error {
	if object.GetResourceVersion() == "" && kind.Custom {
		return invalid(object, kind, field.Invalid(field.NewPath("metadata", "resourceVersion"), 0, "must be specified for an update"))
	}
	if object.GetUID() != "" && object.GetUID() != old.GetUID() {
		return apierrors.NewConflict(kind.Resource, object.GetName(), fmt.Errorf("Precondition failed: UID in precondition: %s, UID in object meta: %s", object.GetUID(), old.GetUID())) //nolint:staticcheck // as the API server says it
	}
	if object.GetResourceVersion() != "" && object.GetResourceVersion() != old.GetResourceVersion() {
		return apierrors.NewConflict(kind.Resource, object.GetName(), errStale)
	}
	return nil
}

// merged is what is stored when an object is written over an old one.
func merged(old, object client.Object, kind Kind, status bool) client.Object {
	if status {
		updated := copyOf(old)
		statusOf(updated).Set(statusOf(copyOf(object)))
		return updated
	}
	updated := copyOf(object)
	updated.SetResourceVersion(old.GetResourceVersion())
	updated.SetUID(old.GetUID())
	updated.SetCreationTimestamp(old.GetCreationTimestamp())
	updated.SetDeletionTimestamp(old.GetDeletionTimestamp())
	updated.SetDeletionGracePeriodSeconds(old.GetDeletionGracePeriodSeconds())
	updated.SetGeneration(old.GetGeneration())
	if kind.Custom {
		statusOf(updated).Set(statusOf(copyOf(old)))
		if !sameContent(old, updated) {
			updated.SetGeneration(old.GetGeneration() + 1)
		}
	}
	return updated
}

func validFinalizers(old, updated client.Object, kind Kind) error {
	added := slices.DeleteFunc(slices.Clone(updated.GetFinalizers()), func(name string) bool { return slices.Contains(old.GetFinalizers(), name) })
	if old.GetDeletionTimestamp() == nil || len(added) == 0 {
		return nil
	}
	return invalid(updated, kind, field.Forbidden(field.NewPath("metadata", "finalizers"),
		fmt.Sprintf("no new finalizers can be added if the object is being deleted, found new finalizers %#v", added)))
}

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
	switch {
	case old.GetDeletionTimestamp() != nil:
	case len(old.GetFinalizers()) == 0 && !held(old):
		s.put(at, nil)
	default:
		s.terminate(at, copyOf(old))
	}
	return nil
}

func (s *Store) terminate(at key, object client.Object) {
	now, grace := s.timestamp(), int64(0)
	object.SetDeletionTimestamp(&now)
	object.SetDeletionGracePeriodSeconds(&grace)
	if object.GetGeneration() > 0 {
		object.SetGeneration(object.GetGeneration() + 1)
	}
	if namespace, ok := object.(*corev1.Namespace); ok {
		namespace.DeletionGracePeriodSeconds = nil
		namespace.Status.Phase = corev1.NamespaceTerminating
	}
	s.put(at, object)
}

// held reports whether an object has finalizers of the kind that only a
// Namespace has, in its spec.
func held(object client.Object) bool {
	namespace, ok := object.(*corev1.Namespace)
	return ok && len(namespace.Spec.Finalizers) > 0
}

func (s *Store) locate(object client.Object) (key, Kind) {
	of := reflect.TypeOf(object)
	return key{of, client.ObjectKeyFromObject(object)}, s.kind(of)
}

// kind panics for a kind that the store was not told of: that is a mistake of its
// user.
func (s *Store) kind(of reflect.Type) Kind {
	kind, ok := s.kinds[of]
	if !ok {
		panic(fmt.Sprintf("apistore: the kind of %s is not known", of))
	}
	return kind
}

func invalid(object client.Object, kind Kind, problem *field.Error) error {
	return apierrors.NewInvalid(schema.GroupKind{Group: kind.Resource.Group, Kind: reflect.TypeOf(object).Elem().Name()}, object.GetName(), field.ErrorList{problem})
}

func copyOf(object client.Object) client.Object { return object.DeepCopyObject().(client.Object) }

// overwrite lets an object be what was stored.
func overwrite(object, stored client.Object) {
	reflect.ValueOf(object).Elem().Set(reflect.ValueOf(copyOf(stored)).Elem())
}

func statusOf(object client.Object) reflect.Value {
	return reflect.ValueOf(object).Elem().FieldByName("Status")
}

// sameContent compares what generations count: neither metadata nor status.
func sameContent(a, b client.Object) bool {
	x, y := reflect.ValueOf(a).Elem(), reflect.ValueOf(b).Elem()
	for i := range x.NumField() {
		switch x.Type().Field(i).Name {
		case "TypeMeta", "ObjectMeta", "Status":
		default:
			if !equality.Semantic.DeepEqual(x.Field(i).Interface(), y.Field(i).Interface()) {
				return false
			}
		}
	}
	return true
}

func byName(a, b client.Object) int {
	return cmp.Or(strings.Compare(a.GetNamespace(), b.GetNamespace()), strings.Compare(a.GetName(), b.GetName()))
}
