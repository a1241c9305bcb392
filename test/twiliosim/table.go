package twiliosim

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Resource is what every resource has.
type Resource struct {
	SID         string
	AccountSID  string
	DateCreated time.Time
	DateUpdated time.Time
}

func (r *Resource) resource() *Resource { return r }

// resourceOf relies on every T embedding Resource.
func resourceOf[T any](value *T) *Resource {
	return any(value).(interface{ resource() *Resource }).resource()
}

type row[T any] struct {
	value     *T
	order     int
	visibleAt time.Time
}

// table keeps resources by SID, or by whatever key their collection uses.
type table[T any] map[string]*row[T]

func (t table[T]) get(key string) *T {
	if found, ok := t[key]; ok {
		return found.value
	}
	return nil
}

// oldestFirst returns the rows that match, in the order they were created.
func (t table[T]) oldestFirst(match func(*T) bool) []*row[T] {
	rows := []*row[T]{}
	for _, r := range t {
		if match(r.value) {
			rows = append(rows, r)
		}
	}
	slices.SortFunc(rows, func(a, b *row[T]) int { return cmp.Compare(a.order, b.order) })
	return rows
}

// snapshot copies the values that match, oldest first.
func (t table[T]) snapshot(match func(*T) bool) []T {
	values := []T{}
	for _, r := range t.oldestFirst(match) {
		values = append(values, *r.value)
	}
	return values
}

func (t table[T]) removeAll(match func(*T) bool) {
	maps.DeleteFunc(t, func(_ string, r *row[T]) bool { return match(r.value) })
}

// insert stores a new resource; the caller holds the lock of s.
func insert[T any](s *Simulator, t table[T], key string, value *T, visibleAt time.Time) {
	s.order++
	t[key] = &row[T]{value: value, order: s.order, visibleAt: visibleAt}
}
