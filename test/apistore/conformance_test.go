package apistore_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/test/apistore"
)

const (
	operations = 600
	// seedVariable repeats an earlier run.
	seedVariable = "CALLPLANE_CONFORMANCE_SEED"
)

// TestConformance asks the API server and a store for the same and compares all
// that a client can tell.
func TestConformance(t *testing.T) {
	seed := conformanceSeed(t)
	t.Logf("%s=%d", seedVariable, seed)
	g := newGenerator(seed)
	genuine := newSide(t, server, g.namespaces)
	store := newSide(t, apistore.New(apistore.Callplane(), time.Now).Client(0), g.namespaces)
	counts := map[string]int{}
	for i := range operations {
		o := g.next(store)
		want, got := genuine.run(o), store.run(o)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("operation %d: %s\nthe API server's (-) and the store's (+) outcome:\n%s", i, o.text, diff)
		}
		counts[fmt.Sprintf("%s: %d %s", o.verb, want.Code, want.Reason)]++
	}
	for _, outcome := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%4d %s", counts[outcome], outcome)
	}
}

func conformanceSeed(t *testing.T) uint64 {
	t.Helper()
	text := os.Getenv(seedVariable)
	if text == "" {
		return rand.Uint64()
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", seedVariable, err)
	}
	return seed
}

// A side is one of the two, as a client knows it.
type side struct {
	t          *testing.T
	client     client.Client
	namespaces []string
	// seen are all versions of all objects, in the order of their appearance.
	seen []client.Object
	// current are the indexes in seen of those that are there.
	current []int
	// names are what uids and resourceVersions are called here.
	names map[string]string
}

func newSide(t *testing.T, c client.Client, namespaces []string) *side {
	t.Helper()
	return &side{t: t, client: c, namespaces: namespaces, names: map[string]string{}}
}

// An outcome is all that a client can tell.
type outcome struct {
	Code   int32
	Reason metav1.StatusReason
	// Answer is what the object that was sent has become, or what was listed.
	Answer []client.Object
	// State is all objects afterwards.
	State []client.Object
}

func (s *side) run(o operation) outcome {
	ctx, cancel := context.WithTimeout(s.t.Context(), 30*time.Second)
	defer cancel()
	answer, err := o.call(ctx, s)
	outcome := outcome{Answer: s.canonical(answer), State: s.canonical(s.look(ctx))}
	if refusal, ok := errors.AsType[*apierrors.StatusError](err); ok {
		outcome.Code, outcome.Reason = refusal.Status().Code, refusal.Status().Reason
	} else if err != nil {
		s.t.Fatalf("%s: %v", o.text, err)
	}
	return outcome
}

// look lists everything, and remembers what was not seen before.
func (s *side) look(ctx context.Context) []client.Object {
	var all []client.Object
	s.current = nil
	for _, kind := range kinds {
		objects, err := s.list(ctx, kind)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, object := range objects {
			s.current = append(s.current, s.remember(object))
		}
		all = append(all, objects...)
	}
	return all
}

func (s *side) remember(object client.Object) int {
	for i, seen := range s.seen {
		if seen.GetUID() == object.GetUID() && seen.GetResourceVersion() == object.GetResourceVersion() {
			return i
		}
	}
	s.seen = append(s.seen, object)
	return len(s.seen) - 1
}

// list leaves out what others have in the cluster, and who wrote which field: an
// update that sends an old answer to that changes an object.
func (s *side) list(ctx context.Context, kind kind, options ...client.ListOption) ([]client.Object, error) {
	list := kind.list()
	if err := s.client.List(ctx, list, options...); err != nil {
		return nil, err
	}
	var objects []client.Object
	err := meta.EachListItem(list, func(item runtime.Object) error {
		object := item.(client.Object)
		if slices.Contains(s.namespaces, object.GetNamespace()) || slices.Contains(s.namespaces, object.GetName()) {
			object = copyOf(object)
			object.SetManagedFields(nil)
			objects = append(objects, object)
		}
		return nil
	})
	return objects, err
}

// versions are those that were seen under the name of an object, oldest first, or
// only itself.
func (s *side) versions(object client.Object) []client.Object {
	var versions []client.Object
	for _, seen := range s.seen {
		if reflect.TypeOf(seen) == reflect.TypeOf(object) && client.ObjectKeyFromObject(seen) == client.ObjectKeyFromObject(object) {
			versions = append(versions, seen)
		}
	}
	if versions == nil {
		return []client.Object{object}
	}
	return versions
}

func (s *side) newest(object client.Object) client.Object {
	versions := s.versions(object)
	return versions[len(versions)-1]
}

// canonical leaves out what cannot be the same on both sides: uids and
// resourceVersions are numbered as they appear, and what the server did at some
// time it did at the same time.
func (s *side) canonical(objects []client.Object) []client.Object {
	var all []client.Object
	for _, object := range objects {
		plain := copyOf(object)
		plain.GetObjectKind().SetGroupVersionKind(schema.GroupVersionKind{})
		plain.SetUID(types.UID(s.name(string(object.GetUID()))))
		plain.SetResourceVersion(s.name(object.GetResourceVersion()))
		plain.SetManagedFields(nil)
		if made := plain.GetCreationTimestamp(); !made.IsZero() {
			plain.SetCreationTimestamp(someTime)
		}
		if plain.GetDeletionTimestamp() != nil {
			plain.SetDeletionTimestamp(&someTime)
		}
		all = append(all, plain)
	}
	return all
}

func (s *side) name(id string) string {
	if _, ok := s.names[id]; !ok && id != "" {
		s.names[id] = "#" + strconv.Itoa(len(s.names))
	}
	return s.names[id]
}

func copyOf(object client.Object) client.Object { return object.DeepCopyObject().(client.Object) }
