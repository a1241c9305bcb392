package livekitsim

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/dennwc/iters"
	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/utils/guid"
	"google.golang.org/protobuf/proto"
)

// defaultPage is how many objects the server looks at for a page without a limit.
const defaultPage = 1000

// An object is a trunk or a dispatch rule.
type object interface {
	proto.Message
	ID() string
}

// A table holds objects by id. What is in it never changes, so that copies of a
// table can share it: an object comes in and goes out as a copy.
type table[T object] map[string]T

// put stores an object in place of the one with its id, and returns it.
func (t table[T]) put(item T) T {
	t[item.ID()] = proto.CloneOf(item)
	return item
}

func (t table[T]) get(id string) (T, bool) {
	item, ok := t[id]
	return proto.CloneOf(item), ok
}

// remove reports whether the object was there.
func (t table[T]) remove(id string) bool {
	_, ok := t[id]
	delete(t, id)
	return ok
}

// apply returns what a valid update makes of an object.
func apply[T object](action any, item T) (T, error) {
	return action.(interface{ Apply(item T) (T, error) }).Apply(item)
}

// stored returns the objects themselves, by id.
func (t table[T]) stored() []T {
	items := make([]T, 0, len(t))
	for _, id := range slices.Sorted(maps.Keys(t)) {
		items = append(items, t[id])
	}
	return items
}

// A filter is a request for a list.
type filter[T object] interface {
	proto.Message
	GetPage() *livekit.Pagination
	Filter(item T) bool
}

// list returns what the server does: all pages after the one asked for, up to
// the first in which nothing matches. With paged it returns one page, and no more
// without one asked for, as LiveKit Cloud is said to do.
func list[T object, F filter[T]](ctx context.Context, t table[T], request F, paged bool) ([]T, error) {
	if paged {
		return copies(t.onePage(request)), nil
	}
	look := func(_ context.Context, request F) (page[T], error) { return t.page(request), nil }
	items, err := iters.AllPages(ctx, livekit.ListPageIter(look, proto.CloneOf(request)))
	return copies(items), err
}

// A page is what an iterator over pages goes through.
type page[T object] []T

// GetItems returns the objects.
func (p page[T]) GetItems() []T { return p }

// page returns the stored objects that match: of those in the page asked for, not
// as many as it takes to fill one.
func (t table[T]) page(request filter[T]) page[T] {
	items := t.candidates(request)
	if asked := request.GetPage(); asked != nil {
		items = slices.DeleteFunc(items, func(item T) bool { return !asked.Filter(item) })
		limit := defaultPage
		if asked.GetLimit() > 0 {
			limit = int(asked.GetLimit())
		}
		items = items[:min(len(items), limit)]
	}
	return slices.DeleteFunc(items, func(item T) bool { return !request.Filter(item) })
}

// onePage returns the first objects that match after the id asked for.
func (t table[T]) onePage(request filter[T]) []T {
	asked, limit := request.GetPage(), defaultPage
	if asked.GetLimit() > 0 {
		limit = int(asked.GetLimit())
	}
	items := slices.DeleteFunc(t.candidates(request), func(item T) bool {
		return asked != nil && !asked.Filter(item) || !request.Filter(item)
	})
	return items[:min(len(items), limit)]
}

// candidates returns the stored objects that a request can be about, by id: without
// a page those that it names, so that one of many is found without a look at all.
func (t table[T]) candidates(request filter[T]) []T {
	ids := named(request)
	if len(ids) == 0 || request.GetPage() != nil {
		return t.stored()
	}
	var items []T
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		if item, ok := t[id]; ok {
			items = append(items, item)
		}
	}
	return items
}

// named lists the ids that a request wants the objects of; none means any.
func named(request any) []string {
	switch request := request.(type) {
	case *livekit.ListSIPDispatchRuleRequest:
		return request.GetDispatchRuleIds()
	case *livekit.ListSIPInboundTrunkRequest:
		return request.GetTrunkIds()
	case *livekit.ListSIPOutboundTrunkRequest:
		return request.GetTrunkIds()
	}
	return nil
}

func copies[T object](items []T) []T {
	result := make([]T, len(items))
	for i, item := range items {
		result[i] = proto.CloneOf(item)
	}
	return result
}

// newID returns ids that sort by age, which those of a real server do not. The
// caller holds the lock.
func (s *Simulator) newID(prefix string) string {
	s.lastID++
	return fmt.Sprintf("%s%0*d", prefix, guid.Size, s.lastID)
}
