package livekit

import (
	"context"
	"fmt"
	"hash/fnv"
	"regexp"
	"slices"
	"strconv"

	"github.com/livekit/protocol/livekit"
	"google.golang.org/protobuf/proto"

	"github.com/callplane/callplane/internal/external"
)

// maxPages ends a list that never ends.
const maxPages = 1000

// An id that is longer than the ledger can hold is none: it could not be recorded.
var (
	trunkID = regexp.MustCompile(`^ST_[A-Za-z0-9]{1,60}$`)
	ruleID  = regexp.MustCompile(`^SDR_[A-Za-z0-9]{1,60}$`)
)

// An object is a trunk or a dispatch rule, as LiveKit describes it.
type object interface {
	proto.Message
	ID() string
	GetName() string
	// Upgrade moves what deprecated fields say to those that replaced them.
	Upgrade()
}

// A collection is all objects of one kind. LiveKit has no get for rules and no
// filter for names, so everything is looked up in lists.
type collection[T object] struct {
	noun string
	ids  *regexp.Regexp
	// list returns the objects with one of the ids, or one page of all: that
	// after the id.
	list func(ctx context.Context, ids []string, after string) ([]T, error)
	// desired is what the object of a call should be.
	desired func(call external.Call) (T, error)
	// lacks says in words what a live object would need to serve as the desired one
	// does; nil if nothing is asked for.
	lacks func(desired, live T) []string
}

// find observes the object of a call: by id or, while none is recorded, by
// marker. It is NotFound only when a complete answer of the server says so.
func (c collection[T]) find(ctx context.Context, call external.Call) (external.Observation, error) {
	live, err := c.lookUp(ctx, call)
	return c.returned(live, err, call)
}

func (c collection[T]) lookUp(ctx context.Context, call external.Call) (T, error) {
	if call.ID != "" {
		return c.byID(ctx, call.ID)
	}
	return c.byMarker(ctx, call.Marker)
}

func (c collection[T]) byID(ctx context.Context, id string) (T, error) {
	var none T
	if err := c.check(id); err != nil {
		return none, err
	}
	items, err := c.list(ctx, []string{id}, "")
	if err != nil {
		return none, err
	}
	if foreign(items, id) {
		// The server did not look at the id: this may be one page of many.
		if items, err = c.all(ctx); err != nil {
			return none, err
		}
	}
	for _, item := range items {
		if item.ID() == id {
			return item, nil
		}
	}
	return none, c.notFound()
}

func foreign[T object](items []T, id string) bool {
	return slices.ContainsFunc(items, func(item T) bool { return item.ID() != "" && item.ID() != id })
}

func (c collection[T]) byMarker(ctx context.Context, marker string) (T, error) {
	var none T
	if marker == "" {
		return none, fmt.Errorf("looking for a LiveKit %s without a marker", c.noun)
	}
	items, err := c.all(ctx)
	if err != nil {
		return none, err
	}
	item, ok := marked(items, marker)
	if !ok {
		return none, c.notFound()
	}
	return item, nil
}

// marked returns the object with the lowest id of those that bear the marker,
// so that everyone who looks settles on the same one.
func marked[T object](items []T, marker string) (T, bool) {
	var lowest T
	found := false
	for _, item := range items {
		if item.GetName() == marker && (!found || item.ID() < lowest.ID()) {
			lowest, found = item, true
		}
	}
	return lowest, found
}

// observations describes all objects, ours or not.
func (c collection[T]) observations(ctx context.Context) ([]external.Observation, error) {
	items, err := c.all(ctx)
	seen := make([]external.Observation, len(items))
	for i, item := range items {
		seen[i] = c.observe(item, external.Call{})
		seen[i].Revision = revision(item)
	}
	return seen, err
}

// revision is a digest of all that the server shows of an object.
func revision(item proto.Message) string {
	text, err := proto.MarshalOptions{Deterministic: true}.Marshal(item)
	if err != nil {
		return ""
	}
	digest := fnv.New64a()
	_, _ = digest.Write(text) // which cannot fail
	return strconv.FormatUint(digest.Sum64(), 36)
}

// all lists page by page until one brings nothing new. How many a page holds
// says nothing: some servers put everything in one, whatever was asked for.
func (c collection[T]) all(ctx context.Context) ([]T, error) {
	var found []T
	seen := map[string]bool{"": true}
	after := ""
	for range maxPages {
		page, err := c.list(ctx, nil, after)
		if err != nil {
			return nil, err
		}
		known := len(found)
		for _, item := range page {
			if !seen[item.ID()] {
				seen[item.ID()] = true
				found = append(found, item)
			}
		}
		if len(found) == known {
			return found, nil
		}
		after = found[len(found)-1].ID()
	}
	return nil, &external.Error{Class: external.ProviderUnavailable, Message: "LiveKit's list does not end"}
}

// page asks for what comes after an id. At the beginning it asks for no page at
// all: with one, a self-hosted server looks for an id among the first 1,000
// objects only, and its answer would say that the others are gone.
func page(after string) *livekit.Pagination {
	if after == "" {
		return nil
	}
	return &livekit.Pagination{AfterId: after}
}

// observe describes an object, and its drift where there is a spec. A spec
// that cannot be sent is drift too: what exists must be known all the same,
// and Update is the one to refuse it.
func (c collection[T]) observe(live T, call external.Call) external.Observation {
	seen := external.Observation{ID: live.ID(), Name: live.GetName()}
	if call.Spec == nil {
		return seen
	}
	desired, err := c.desired(call)
	if err != nil {
		seen.Drift = []string{"spec"}
		return seen
	}
	seen.Drift = drift(desired, live)
	if c.lacks != nil {
		seen.Lacks = c.lacks(desired, live)
	}
	return seen
}

// returned describes what an answer has returned.
func (c collection[T]) returned(live T, err error, call external.Call) (external.Observation, error) {
	if err != nil {
		return external.Observation{}, err
	}
	if !c.ids.MatchString(live.ID()) {
		return external.Observation{}, &external.Error{
			Class:   external.ProviderUnavailable,
			Message: fmt.Sprintf("LiveKit's answer does not have the id of the %s", c.noun),
		}
	}
	return c.observe(live, call), nil
}

// replacement is what an update puts in the place of the object of a call.
func (c collection[T]) replacement(call external.Call) (T, error) {
	if err := c.check(call.ID); err != nil {
		var none T
		return none, err
	}
	return c.desired(call)
}

// check refuses an id that LiveKit cannot have given.
func (c collection[T]) check(id string) error {
	if c.ids.MatchString(id) {
		return nil
	}
	return &external.Error{
		Class:   external.InvalidConfiguration,
		Message: fmt.Sprintf("%.64q is not the id of a LiveKit %s", id, c.noun),
	}
}

func (c collection[T]) notFound() error {
	return &external.Error{Class: external.NotFound, Message: fmt.Sprintf("LiveKit does not have the %s", c.noun)}
}
