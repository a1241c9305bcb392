package livekitsim

import "github.com/dennwc/iters"

// adding puts a new object second, where the server compares it: a message about
// a conflict names the two in that order.
func adding[T object](item T, items []T) iters.Iter[T] {
	return iters.MultiIter(true, iters.Slice(items), iters.Slice([]T{item}))
}

// replacing returns the object itself for what has its id.
func replacing[T object](item T) func(T) T {
	return func(other T) T {
		if other.ID() == item.ID() {
			return item
		}
		return other
	}
}
