package apistore_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
)

// An operation is a request that both sides can be asked for.
type operation struct {
	verb, text string
	call       func(context.Context, *side) ([]client.Object, error)
}

// An edit changes an object before it is sent.
type edit struct {
	text  string
	apply func(*side, client.Object)
}

// A generator makes requests about what there is, what was, and what never was,
// from few names and values, so that they often get in each other's way.
type generator struct {
	*rand.Rand

	namespaces []string
	// first are the operations to begin with.
	first []operation
}

// newGenerator makes namespaces to begin with, all but the last.
func newGenerator(seed uint64) *generator {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, seed))}
	// A slash is behind a namespace where the server sorts: after a dash.
	for _, end := range []string{"", "-more", "-none"} {
		g.namespaces = append(g.namespaces, fmt.Sprintf("space-%x%s", seed, end))
	}
	for _, name := range g.namespaces[:2] {
		g.first = append(g.first, g.sending("create", namespaces, fresh(namespaces, "", name), nil, create))
	}
	return g
}

func (g *generator) next(s *side) operation {
	if len(g.first) > 0 {
		next := g.first[0]
		g.first = g.first[1:]
		return next
	}
	kind := g.kind()
	base := g.base(s, kind)
	deleting := base.of(s).GetDeletionTimestamp() != nil
	if kind.name == namespaces.name && deleting && g.IntN(2) == 0 {
		return g.finalization(base)
	}
	switch g.IntN(10) {
	case 0, 1:
		return g.sending("create", kind, g.fresh(kind), g.edits(kind), create)
	case 2:
		return g.sending("create", kind, base, append(g.edits(kind), g.version(kind), g.uid()), create)
	case 3, 4:
		return g.sending("update", kind, base, append(g.edits(kind), g.version(kind), g.uid()), update)
	case 5, 6:
		if kind.status != nil {
			return g.sending("update status", kind, base, append(g.edits(kind), g.version(kind), g.uid()), updateStatus)
		}
		return g.sending("update", kind, base, g.edits(kind), update)
	case 7, 8:
		return g.deletion(kind, base)
	default:
		return g.reading(kind, base)
	}
}

func (g *generator) kind() kind { return one(g, kinds) }

func one[T any](g *generator, from []T) T { return from[g.IntN(len(from))] }

// A base is the object that a request is about, as each side knows it.
type base struct {
	text string
	of   func(*side) client.Object
}

func (g *generator) fresh(kind kind) base {
	namespace, name := one(g, g.namespaces[:2]), fmt.Sprintf("object-%d", g.IntN(2))
	switch {
	case kind.name == namespaces.name:
		namespace, name = "", namespace
	case g.IntN(10) == 0:
		namespace = g.namespaces[2]
	}
	return fresh(kind, namespace, name)
}

func fresh(kind kind, namespace, name string) base {
	return base{
		text: fmt.Sprintf("a new %s %s/%s", kind.name, namespace, name),
		of: func(*side) client.Object {
			return kind.make(metav1.ObjectMeta{Namespace: namespace, Name: name})
		},
	}
}

// base is most often an object as it is, else as it once was; or one that was never
// sent.
func (g *generator) base(s *side, kind kind) base {
	var all, current []int
	for i, object := range s.seen {
		if reflect.TypeOf(object).Elem().Name() == kind.name {
			all = append(all, i)
			if slices.Contains(s.current, i) {
				current = append(current, i)
			}
		}
	}
	if len(current) > 0 && g.IntN(4) > 0 {
		all = current
	}
	if len(all) == 0 || kind.name != namespaces.name && g.IntN(20) == 0 {
		return g.fresh(kind)
	}
	chosen := one(g, all)
	return base{text: describe(s, chosen), of: func(s *side) client.Object { return copyOf(s.seen[chosen]) }}
}

func describe(s *side, i int) string {
	object := s.seen[i]
	return fmt.Sprintf("%T %s uid %s version %s", object, client.ObjectKeyFromObject(object), s.name(string(object.GetUID())), s.name(object.GetResourceVersion()))
}

// sending is a request that carries an object.
func (g *generator) sending(verb string, kind kind, from base, edits []edit, send func(context.Context, client.Client, client.Object) error) operation {
	texts := []string{verb, from.text}
	for _, edit := range edits {
		texts = append(texts, edit.text)
	}
	return operation{
		verb: verb + " " + kind.name,
		text: strings.Join(texts, ", "),
		call: func(ctx context.Context, s *side) ([]client.Object, error) {
			object := from.of(s)
			for _, edit := range edits {
				edit.apply(s, object)
			}
			err := send(ctx, s.client, object)
			return []client.Object{object}, err
		},
	}
}

// create updates what it made: the API server stores the default of a status only
// with the first update, which changes the resourceVersion if nothing else. This is
// what the store does not do.
func create(ctx context.Context, c client.Client, object client.Object) error {
	if err := c.Create(ctx, object); err != nil {
		return err
	}
	same := copyOf(object)
	err := c.Update(ctx, same)
	object.SetResourceVersion(same.GetResourceVersion())
	return err
}

func update(ctx context.Context, c client.Client, object client.Object) error {
	return c.Update(ctx, object)
}

func updateStatus(ctx context.Context, c client.Client, object client.Object) error {
	return c.Status().Update(ctx, object)
}

// edits change something, nothing, or what only the server changes. What keeps a
// namespace is in its spec: finalizers in its metadata are left out.
func (g *generator) edits(kind kind) []edit {
	all := []edit{
		g.metadata(),
		{text: "with another age", apply: func(_ *side, o client.Object) {
			o.SetGeneration(99)
			o.SetCreationTimestamp(metav1.NewTime(someTime.AddDate(1, 0, 0)))
		}},
		{text: "with its kind", apply: func(_ *side, o client.Object) {
			of, _ := apiutil.GVKForObject(o, scheme)
			o.GetObjectKind().SetGroupVersionKind(of)
		}},
		{text: "as if deleted", apply: func(s *side, o client.Object) {
			if s.newest(o).GetDeletionTimestamp() == nil {
				o.SetDeletionTimestamp(&someTime)
			}
		}},
	}
	if kind.name != namespaces.name {
		all = append(all, g.finalizer(), g.finalizer(), g.finalizer())
	}
	if value := g.IntN(values); kind.spec != nil {
		all = append(all, edit{text: fmt.Sprintf("spec %d", value), apply: func(_ *side, o client.Object) { kind.spec(o, value) }})
	}
	if value := g.IntN(values); kind.status != nil {
		all = append(all, edit{text: fmt.Sprintf("status %d", value), apply: func(_ *side, o client.Object) { kind.status(o, value) }})
	}
	g.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:g.IntN(len(all))]
}

const label = "example.org/label"

func (g *generator) metadata() edit {
	value := fmt.Sprint(g.IntN(2))
	return edit{text: "metadata " + value, apply: func(_ *side, o client.Object) {
		o.SetAnnotations(map[string]string{"example.org/note": value})
		o.SetLabels(map[string]string{label: value})
	}}
}

func (g *generator) finalizer() edit {
	name := one(g, []string{"example.org/one", "example.org/two"})
	return one(g, []edit{
		{text: "with " + name, apply: func(_ *side, o client.Object) { controllerutil.AddFinalizer(o, name) }},
		{text: "without " + name, apply: func(_ *side, o client.Object) { controllerutil.RemoveFinalizer(o, name) }},
		{text: "without finalizers", apply: func(_ *side, o client.Object) { o.SetFinalizers(nil) }},
	})
}

// version is most often that of the object. It always is that of a Namespace, of which
// no new one is sent in place of an old one either: the server would note who sent a
// spec that it ignores.
func (g *generator) version(kind kind) edit {
	choice := g.IntN(8)
	if kind.name == namespaces.name {
		choice = 7
	}
	switch choice {
	case 0:
		return edit{text: "without resourceVersion", apply: func(s *side, o client.Object) { s.renew(o, "") }}
	case 1, 2:
		return edit{text: "with the newest resourceVersion", apply: func(s *side, o client.Object) { s.renew(o, s.newest(o).GetResourceVersion()) }}
	case 3:
		return edit{text: "with the oldest resourceVersion", apply: func(s *side, o client.Object) { o.SetResourceVersion(s.versions(o)[0].GetResourceVersion()) }}
	}
	return edit{text: "with its resourceVersion", apply: func(*side, client.Object) {}}
}

// renew lets what may be old content be written over what is there. The server would
// note who sent another time of deletion, too.
func (s *side) renew(object client.Object, version string) {
	object.SetResourceVersion(version)
	if object.GetDeletionTimestamp() != nil {
		object.SetDeletionTimestamp(s.newest(object).GetDeletionTimestamp())
		object.SetDeletionGracePeriodSeconds(s.newest(object).GetDeletionGracePeriodSeconds())
	}
}

const strangeUID types.UID = "11111111-2222-4333-8444-555555555555"

// uid is most often that of the object.
func (g *generator) uid() edit {
	switch g.IntN(8) {
	case 0:
		return edit{text: "without uid", apply: func(_ *side, o client.Object) { o.SetUID("") }}
	case 1:
		return edit{text: "with the newest uid", apply: func(s *side, o client.Object) { o.SetUID(s.newest(o).GetUID()) }}
	case 2:
		return edit{text: "with another uid", apply: func(_ *side, o client.Object) { o.SetUID(strangeUID) }}
	}
	return edit{text: "with its uid", apply: func(*side, client.Object) {}}
}

// finalization is the end of a namespace, if it is being deleted and nothing is left
// to keep it.
func (g *generator) finalization(from base) operation {
	finalizers := one(g, [][]corev1.FinalizerName{nil, nil, {corev1.FinalizerKubernetes}, {"example.org/other"}})
	kept := edit{text: fmt.Sprintf("kept by %v", finalizers), apply: func(_ *side, o client.Object) { o.(*corev1.Namespace).Spec.Finalizers = finalizers }}
	finalize := func(ctx context.Context, c client.Client, object client.Object) error {
		return c.SubResource("finalize").Update(ctx, object)
	}
	return g.sending("finalize", namespaces, from, []edit{kept, g.uid()}, finalize)
}

// deletion may have preconditions, and be a rehearsal. That of a namespace may be finished before it is
// begun.
func (g *generator) deletion(kind kind, from base) operation {
	if kind.name == namespaces.name && g.IntN(4) == 0 {
		return g.finalization(from)
	}
	byUID, byVersion, rehearsed := g.IntN(3) == 0, g.IntN(3) == 0, g.IntN(8) == 0
	remove := func(ctx context.Context, c client.Client, object client.Object) error {
		var wanted client.Preconditions
		if byUID {
			wanted.UID = new(object.GetUID())
		}
		if byVersion {
			wanted.ResourceVersion = new(object.GetResourceVersion())
		}
		if rehearsed {
			return c.Delete(ctx, object, wanted, client.DryRunAll)
		}
		return c.Delete(ctx, object, wanted)
	}
	verb := fmt.Sprintf("delete (preconditions: uid %t, resourceVersion %t; dry run %t)", byUID, byVersion, rehearsed)
	return g.sending(verb, kind, from, []edit{g.version(kind), g.uid()}, remove)
}

// reading is of one object, or of some or all of a kind.
func (g *generator) reading(kind kind, from base) operation {
	if g.IntN(3) == 0 {
		return g.sending("get", kind, from, nil, func(ctx context.Context, c client.Client, object client.Object) error {
			return c.Get(ctx, client.ObjectKeyFromObject(object), object)
		})
	}
	var options []client.ListOption
	if g.IntN(2) == 0 && kind.name != namespaces.name {
		options = append(options, client.InNamespace(one(g, g.namespaces)))
	}
	if g.IntN(4) == 0 {
		options = append(options, client.MatchingLabels{label: fmt.Sprint(g.IntN(2))})
	}
	if g.IntN(2) == 0 && kind.selector != nil {
		options = append(options, client.MatchingFields(kind.selector(fmt.Sprintf("object-%d", g.IntN(3)))))
	}
	return operation{
		verb: "list " + kind.name,
		text: fmt.Sprintf("list %s %v", kind.name, options),
		call: func(ctx context.Context, s *side) ([]client.Object, error) { return s.list(ctx, kind, options...) },
	}
}
