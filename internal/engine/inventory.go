package engine

import (
	"context"
	"slices"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
)

// An Inventory lists what one account holds, whoever made it.
type Inventory struct {
	Session external.Session
	// Connection is the object whose credentials the session has.
	Connection v1alpha1.Connection
	// Everything is what any owner may have in the account.
	Everything []external.Resource
	// Seen is told of the revision of what Named lists, where it has one; nil if nobody
	// wants to know.
	Seen func(entry ledger.Entry, revision string)
}

// Named lists what can bear the marker of an owner: all of it, or an error. Which
// slot a thing has is for its name to say.
func (i Inventory) Named(ctx context.Context) ([]ledger.Entry, error) {
	var entries []ledger.Entry
	for _, resource := range i.Everything {
		if !resource.BearsMarker() {
			continue
		}
		all, err := list(ctx, i.Session, resource, "")
		if err != nil {
			return nil, err
		}
		for _, observation := range all {
			entry := i.entry(resource, observation)
			entries = append(entries, entry)
			if i.Seen != nil && observation.Revision != "" {
				i.Seen(entry, observation.Revision)
			}
		}
	}
	return entries, nil
}

// Counted lists what bears no marker and is seen in one list of the account.
func (i Inventory) Counted(ctx context.Context) ([]ledger.Entry, error) {
	var entries []ledger.Entry
	for _, resource := range i.Everything {
		work, err := driver(i.Session, resource.Provider, resource.Kind)
		if err != nil {
			return nil, err
		}
		counted, ok := work.(external.Counted)
		if !ok {
			continue
		}
		all, err := counted.All(ctx)
		if err != nil {
			return nil, err
		}
		for _, observation := range all {
			entries = append(entries, i.entry(resource, observation))
		}
	}
	return entries, nil
}

// Lists reports whether Named or Counted list all of a kind.
func (i Inventory) Lists(kind string) bool {
	return slices.ContainsFunc(i.Everything, func(resource external.Resource) bool {
		work, err := driver(i.Session, resource.Provider, resource.Kind)
		if err != nil || resource.Kind != kind {
			return false
		}
		_, counted := work.(external.Counted)
		return counted || resource.BearsMarker()
	})
}

// Within lists what is in something and may have to go before it. What else it
// contains goes with it.
func (i Inventory) Within(ctx context.Context, container ledger.Entry) ([]ledger.Entry, error) {
	var entries []ledger.Entry
	for _, resource := range i.Everything {
		if resource.Parent == "" || i.kindOf(resource.Parent) != container.Kind {
			continue
		}
		all, err := list(ctx, i.Session, resource, container.ID)
		if err != nil {
			return nil, err
		}
		for _, observation := range all {
			entry := i.entry(resource, observation)
			entry.Slot = string(resource.Slot)
			entries = append(entries, entry)
		}
	}
	return entries, nil
}

// Confirms reports whether something that was listed is still there under its name.
func (i Inventory) Confirms(ctx context.Context, entry ledger.Entry) (bool, error) {
	work, err := driver(i.Session, entry.Provider, entry.Kind)
	if err != nil {
		return false, err
	}
	observation, err := work.Observe(ctx, recall(entry, nil))
	if external.IsNotFound(err) {
		return false, nil
	}
	return err == nil && observation.Name == entry.Name, err
}

func (i Inventory) entry(resource external.Resource, observation external.Observation) ledger.Entry {
	return ledger.Entry{
		Provider: resource.Provider, Kind: resource.Kind, Account: i.Session.Account(), Connection: i.Connection,
		ID: observation.ID, ParentID: observation.ParentID, Name: observation.Name,
		Origin: v1alpha1.OriginCreated, State: v1alpha1.StateReady,
	}
}

func (i Inventory) kindOf(slot external.Slot) string {
	for _, resource := range i.Everything {
		if resource.Slot == slot {
			return resource.Kind
		}
	}
	return ""
}

// list observes all of the kind of a resource, in the account or in a parent:
// nothing where the kind has no list.
func list(ctx context.Context, session external.Session, resource external.Resource, parentID string) ([]external.Observation, error) {
	work, err := driver(session, resource.Provider, resource.Kind)
	if err != nil {
		return nil, err
	}
	listed, ok := work.(external.Listed)
	if !ok {
		return nil, nil
	}
	return listed.List(ctx, parentID)
}
