package apistore

import (
	"fmt"
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

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

// successor is an object to be stored after another, with which it shares what is in
// its fields: these can be set, and nothing in them changed.
func successor(stored client.Object) client.Object {
	next := reflect.New(reflect.TypeOf(stored).Elem())
	next.Elem().Set(reflect.ValueOf(stored).Elem())
	return next.Interface().(client.Object)
}

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

// byName is the order in which the API server lists.
func byName(a, b client.Object) int {
	return strings.Compare(a.GetNamespace()+"/"+a.GetName(), b.GetNamespace()+"/"+b.GetName())
}
