package livekit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/callplane/callplane/internal/external"
)

// maxNamed is how many ids a message names.
const maxNamed = 5

// adopt settles a conflict: the holder is what a create made whose answer was
// lost, or somebody else's.
func (c collection[T]) adopt(ctx context.Context, conflict error, marker string, rival func(T) bool) (T, error) {
	var none T
	items, err := c.all(ctx)
	if err != nil {
		return none, err
	}
	if own, ok := marked(items, marker); ok {
		return own, nil
	}
	return none, blame(conflict, items, rival)
}

// explain names who is in the way of an update.
func (c collection[T]) explain(ctx context.Context, conflict error, id string, rival func(T) bool) error {
	items, err := c.all(ctx)
	if err != nil {
		return err
	}
	return blame(conflict, items, except(id, rival))
}

func except[T object](id string, rival func(T) bool) func(T) bool {
	return func(item T) bool { return item.ID() != id && rival(item) }
}

func blame[T object](conflict error, items []T, rival func(T) bool) error {
	var ids []string
	for _, item := range items {
		if rival(item) {
			ids = append(ids, item.ID())
		}
	}
	if len(ids) == 0 {
		return conflict
	}
	slices.Sort(ids)
	named := strings.Join(ids[:min(len(ids), maxNamed)], ", ")
	if more := len(ids) - maxNamed; more > 0 {
		named = fmt.Sprintf("%s and %d more", named, more)
	}
	return &external.Error{
		Class:   external.ResourceInUse,
		Message: fmt.Sprintf("%s: %s", external.MessageOf(conflict), named),
		Err:     errors.Unwrap(conflict),
	}
}
