package twiliosim

import (
	"slices"
	"time"
)

// collection is the part of a resource kind that Twilio treats alike: what it is called, where it lives, and how it is created,
// fetched, updated, listed and deleted.
type collection[T any] struct {
	key      string // of the array in a list
	prefix   string // of the SID
	invalid  int    // code of a parameter that is refused
	required []string

	rows   func(*Simulator) table[T]
	rowKey func(c *call) string              // nil: the SID in the path
	parent func(c *call) *failure            // nil: no parent in the path
	within func(c *call, value *T) bool      // whether value lives under this path
	quota  func(c *call) (limit, code int)   // nil: no limit
	read   func(c *call, f *form, value *T)  // parameters into a resource, new or copied
	view   func(c *call, value *T) object    // JSON of a resource
	match  func(c *call) func(value *T) bool // nil: lists have no filter
	refuse func(c *call, value *T) *failure  // nil: nothing blocks a delete
	forget func(s *Simulator, value *T)      // removes a resource and what hangs on it
	hidden func(c *call, value *T) bool      // nil: only new rows can be hidden from lists
}

func (k collection[T]) find(c *call) (*T, *failure) {
	key := c.vars[k.prefix]
	if k.rowKey != nil {
		key = k.rowKey(c)
	}
	value := k.rows(c.sim).get(key)
	if value == nil || !k.within(c, value) {
		return nil, fail(codeNotFound)
	}
	return value, nil
}

func (k collection[T]) fetch(c *call) reply {
	value, failed := k.find(c)
	if failed != nil {
		return refuse(failed)
	}
	return ok(k.view(c, value))
}

func (k collection[T]) create(c *call) reply {
	if failed := k.admit(c); failed != nil {
		return refuse(failed)
	}
	value := new(T)
	*resourceOf(value) = c.stamp(k.prefix)
	f := c.form(k.invalid)
	f.require(k.required...)
	k.read(c, f, value)
	if f.failed != nil {
		return refuse(f.failed)
	}
	insert(c.sim, k.rows(c.sim), resourceOf(value).SID, value, c.visibleAt())
	return created(k.view(c, value))
}

// admit checks what does not depend on the parameters: the parent and the quota.
func (k collection[T]) admit(c *call) *failure {
	if k.parent != nil {
		if failed := k.parent(c); failed != nil {
			return failed
		}
	}
	if k.quota == nil {
		return nil
	}
	limit, code := k.quota(c)
	if limit > 0 && len(k.siblings(c)) >= limit {
		return fail(code)
	}
	return nil
}

// update works on a copy, so that a refused request changes nothing.
func (k collection[T]) update(c *call) reply {
	value, failed := k.find(c)
	if failed != nil {
		return refuse(failed)
	}
	changed := *value
	f := c.form(k.invalid)
	k.read(c, f, &changed)
	if f.failed != nil {
		return refuse(f.failed)
	}
	resourceOf(&changed).DateUpdated = c.now
	*value = changed
	return ok(k.view(c, value))
}

func (k collection[T]) delete(c *call) reply {
	value, failed := k.find(c)
	if failed == nil && k.refuse != nil {
		failed = k.refuse(c, value)
	}
	if failed != nil {
		return refuse(failed)
	}
	k.forget(c.sim, value)
	return gone()
}

func (k collection[T]) list(c *call) reply {
	if k.parent != nil {
		if failed := k.parent(c); failed != nil {
			return refuse(failed)
		}
	}
	p, failed := readPage(c.request.URL.Query())
	if failed != nil {
		return refuse(failed)
	}
	rows, more := take(k.listed(c), p)
	items, next := []object{}, 0
	for _, r := range rows {
		items = append(items, k.view(c, r.value))
		next = r.order
	}
	if !more {
		next = 0
	}
	return ok(p.render(c, k.key, items, next))
}

func (k collection[T]) listed(c *call) []*row[T] {
	matches := func(*T) bool { return true }
	if k.match != nil {
		matches = k.match(c)
	}
	listed := k.rows(c.sim).oldestFirst(func(value *T) bool { return k.within(c, value) && matches(value) })
	return slices.DeleteFunc(listed, func(r *row[T]) bool {
		return r.visibleAt.After(c.now) || (k.hidden != nil && k.hidden(c, r.value))
	})
}

func (k collection[T]) siblings(c *call) []*row[T] {
	return k.rows(c.sim).oldestFirst(func(value *T) bool { return k.within(c, value) })
}

// taken reports whether another resource beside self already is what self wants to be.
func (k collection[T]) taken(c *call, self *T, same func(other *T) bool) bool {
	for _, r := range k.siblings(c) {
		if resourceOf(r.value).SID != resourceOf(self).SID && same(r.value) {
			return true
		}
	}
	return false
}

// stamp begins a new resource of the account that the request is about.
func (c *call) stamp(prefix string) Resource {
	return Resource{SID: c.sim.sid(prefix), AccountSID: c.account, DateCreated: c.now, DateUpdated: c.now}
}

// visibleAt is when lists show what this call creates.
func (c *call) visibleAt() time.Time { return c.now.Add(c.action.hideFor) }
