// Package apistore is what a reconciler can tell of a Kubernetes API server, in
// memory and cheap to copy: resourceVersion, generation, UID, finalizers, the
// status subresource, terminating namespaces and the refusals that go with them.
// It also shows its objects as a cache would that lags behind. A test holds it
// against a real kube-apiserver.
//
// It validates no schema and fills in no default but that of a whole status, admits
// everything that a policy might refuse, and does not know who writes. The first
// update of a new object is what the API server also stores the default of a status
// with, so that there it always gives a new resourceVersion; here only a change does.
package apistore

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// MaxLag is how many writes to a kind a view can lag behind.
const MaxLag = 2

// A Kind is what the store knows of one kind of object.
type Kind struct {
	// Resource is what refusals name.
	Resource schema.GroupResource
	// Custom resources count generations, have a status that is written apart, and
	// refuse an update without resourceVersion.
	Custom bool
	// Unseen puts the default into an empty status of a custom resource, if there is one.
	Unseen func(client.Object)
	// Fields are what lists can be narrowed down by.
	Fields map[string]client.IndexerFunc
}

// Kinds lists the kinds of a store by an example of each.
type Kinds map[reflect.Type]Kind

type key struct {
	kind reflect.Type
	name types.NamespacedName
}

// A change is an object as it was before a write; nil if there was none.
type change struct {
	key    key
	before client.Object
}

// A Store holds objects that are never changed once they are stored. It is not
// safe for concurrent use.
type Store struct {
	kinds   Kinds
	now     func() time.Time
	objects map[key]client.Object
	// changes are the latest writes to each kind, oldest first. A list never changes.
	changes map[reflect.Type][]change
	// writes counts those to each kind.
	writes map[reflect.Type]int
	// version is the last resourceVersion, made the number of objects ever made.
	version, made int64
}

// New returns an empty store whose timestamps come from now.
func New(kinds Kinds, now func() time.Time) *Store {
	return &Store{kinds: kinds, now: now, objects: map[key]client.Object{}, changes: map[reflect.Type][]change{}, writes: map[reflect.Type]int{}}
}

// Clone copies the store; the copy tells the time by now.
func (s *Store) Clone(now func() time.Time) *Store {
	clone := *s
	clone.now = now
	clone.objects, clone.changes, clone.writes = maps.Clone(s.objects), maps.Clone(s.changes), maps.Clone(s.writes)
	return &clone
}

// Writes counts the writes to a kind, from the beginning.
func (s *Store) Writes(kind reflect.Type) int { return s.writes[kind] }

// All returns the stored objects of the kind of T, sorted by namespace and name.
// They must not be changed.
func All[T client.Object](s *Store) []T { return behind[T](s, 0) }

// Behind is All as it was some writes to the kind ago, at most MaxLag.
func Behind[T client.Object](s *Store, writes int) []T { return behind[T](s, writes) }

func behind[T client.Object](s *Store, writes int) []T {
	var all []T
	for _, object := range s.view(reflect.TypeFor[T](), writes, func(client.Object) bool { return true }) {
		all = append(all, object.(T))
	}
	return all
}

// look returns an object as it was some writes to its kind ago; nil if there was none.
func (s *Store) look(at key, writes int) client.Object {
	for _, change := range s.latest(at.kind, writes) {
		if change.key == at {
			return change.before
		}
	}
	return s.objects[at]
}

// latest are the last writes to a kind, oldest first.
func (s *Store) latest(kind reflect.Type, writes int) []change {
	changes := s.changes[kind]
	return changes[max(len(changes)-writes, 0):]
}

func touched(changes []change, at key) bool {
	return slices.ContainsFunc(changes, func(c change) bool { return c.key == at })
}

// view lists the objects of a kind as they were some writes ago, as far as they match.
func (s *Store) view(kind reflect.Type, writes int, matches func(client.Object) bool) []client.Object {
	undone := s.latest(kind, writes)
	var objects []client.Object
	for at, object := range s.objects {
		if at.kind == kind && !touched(undone, at) && matches(object) {
			objects = append(objects, object)
		}
	}
	for i, change := range undone {
		if change.before != nil && !touched(undone[:i], change.key) && matches(change.before) {
			objects = append(objects, change.before)
		}
	}
	slices.SortFunc(objects, byName)
	return objects
}

// put stores an object under a new resourceVersion; nil removes what is there.
func (s *Store) put(at key, object client.Object) {
	s.version++
	s.writes[at.kind]++
	changes := slices.Concat(s.changes[at.kind], []change{{key: at, before: s.objects[at]}})
	s.changes[at.kind] = changes[max(len(changes)-MostWrites, 0):]
	if object == nil {
		delete(s.objects, at)
		return
	}
	object.SetResourceVersion(strconv.FormatInt(s.version, 10))
	s.objects[at] = object
}

// uid has the form of one. Two objects never share it, nor its beginning, of which
// names are made.
func (s *Store) uid() types.UID {
	s.made++
	return types.UID(fmt.Sprintf("%08x-0000-4000-8000-%012d", s.made, s.made))
}

// timestamp is now, in the resolution of the API.
func (s *Store) timestamp() metav1.Time { return metav1.NewTime(s.now().Truncate(time.Second)) }
