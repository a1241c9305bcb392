package apistore

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Client returns a client that reads what was stored some writes to each kind
// ago, at most MaxLag, and writes to what is stored now. Methods that no reconciler
// uses panic.
func (s *Store) Client(behind int) client.Client {
	return reader{store: s, lag: func(reflect.Type) int { return behind }, wrote: func(key) {}, catchUp: func(key) {}}
}

type reader struct {
	client.Client

	store *Store
	// lag is how many writes to a kind are not seen.
	lag func(kind reflect.Type) int
	// wrote and catchUp are told what was written, and what is to be read.
	wrote, catchUp func(at key)
}

// written tells that an object was written, unless that failed.
func (r reader) written(object client.Object, err error) error {
	if err == nil {
		at, _ := r.store.locate(object)
		r.wrote(at)
	}
	return err
}

func (r reader) Get(_ context.Context, name client.ObjectKey, object client.Object, _ ...client.GetOption) error {
	of := reflect.TypeOf(object)
	kind := r.store.kind(of)
	r.catchUp(key{of, name})
	stored := r.store.look(key{of, name}, r.lag(of))
	if stored == nil {
		return apierrors.NewNotFound(kind.Resource, name.Name)
	}
	overwrite(object, stored)
	return nil
}

func (r reader) List(_ context.Context, list client.ObjectList, options ...client.ListOption) error {
	if metadata, ok := list.(*metav1.PartialObjectMetadataList); ok {
		return r.listMetadata(metadata, options...)
	}
	items := reflect.ValueOf(list).Elem().FieldByName("Items")
	of := reflect.PointerTo(items.Type().Elem())
	found := reflect.MakeSlice(items.Type(), 0, 0)
	for _, object := range r.matching(of, options...) {
		found = reflect.Append(found, reflect.ValueOf(copyOf(object)).Elem())
	}
	items.Set(found)
	return nil
}

// listMetadata lists Secrets: nothing else is read as metadata alone.
func (r reader) listMetadata(list *metav1.PartialObjectMetadataList, options ...client.ListOption) error {
	if list.Kind != "SecretList" {
		panic(fmt.Sprintf("apistore: metadata of a %s", list.Kind))
	}
	list.Items = nil
	for _, object := range r.matching(reflect.TypeFor[*corev1.Secret](), options...) {
		list.Items = append(list.Items, metav1.PartialObjectMetadata{ObjectMeta: copyOf(object).(*corev1.Secret).ObjectMeta})
	}
	return nil
}

func (r reader) matching(of reflect.Type, options ...client.ListOption) []client.Object {
	var wanted client.ListOptions
	wanted.ApplyOptions(options)
	kind := r.store.kind(of)
	return r.store.view(of, r.lag(of), func(object client.Object) bool {
		return (wanted.Namespace == "" || wanted.Namespace == object.GetNamespace()) && selected(object, kind, wanted)
	})
}

func selected(object client.Object, kind Kind, wanted client.ListOptions) bool {
	if wanted.LabelSelector != nil && !wanted.LabelSelector.Matches(labels.Set(object.GetLabels())) {
		return false
	}
	if wanted.FieldSelector == nil {
		return true
	}
	for _, requirement := range wanted.FieldSelector.Requirements() {
		extract, ok := kind.Fields[requirement.Field]
		if !ok {
			panic(fmt.Sprintf("apistore: %s cannot be listed by %s", kind.Resource, requirement.Field))
		}
		if !slices.Contains(extract(object), requirement.Value) {
			return false
		}
	}
	return true
}

func (r reader) Create(_ context.Context, object client.Object, _ ...client.CreateOption) error {
	return r.written(object, r.store.create(object))
}

func (r reader) Update(_ context.Context, object client.Object, _ ...client.UpdateOption) error {
	return r.written(object, r.store.update(object, main))
}

func (r reader) Delete(_ context.Context, object client.Object, options ...client.DeleteOption) error {
	var wanted client.DeleteOptions
	wanted.ApplyOptions(options)
	return r.written(object, r.store.remove(object, wanted))
}

func (r reader) Status() client.SubResourceWriter { return partWriter{reader: r, part: status} }

// SubResource is the part of a Namespace that says what still keeps it.
func (r reader) SubResource(name string) client.SubResourceClient {
	if name != "finalize" {
		panic("apistore: there is no subresource " + name)
	}
	return partWriter{reader: r, part: finalization}
}

type partWriter struct {
	client.SubResourceClient

	reader reader
	part   part
}

func (w partWriter) Update(_ context.Context, object client.Object, _ ...client.SubResourceUpdateOption) error {
	kind := w.reader.store.kind(reflect.TypeOf(object))
	if _, namespace := object.(*corev1.Namespace); kind.Custom != (w.part == status) || namespace != (w.part == finalization) {
		panic(fmt.Sprintf("apistore: %s has no such subresource", kind.Resource))
	}
	return w.reader.written(object, w.reader.store.update(object, w.part))
}
