package engine

import (
	"cmp"
	"context"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
)

// A Legacy is what an earlier life of the owner may have left: an object of the
// same name that was forced, or this one before its status was lost.
type Legacy struct {
	// Marker is what that life named its resources.
	Marker func(external.Slot) string
	// Known is what is recorded of it, if anything is.
	Known []ledger.Entry
	// Exact leaves out what is not as it is wanted now: it may have been for another
	// number. What refers to others is brought in line with these in any case.
	Exact bool
}

// An Estate is what became of a legacy.
type Estate struct {
	// Found entries can be put into the ledger; they have the names that the
	// resources bear now.
	Found []ledger.Entry
	// Gone entries were known, and a read has shown their absence.
	Gone []ledger.Entry
}

// Inherit looks for what a legacy holds of everything that it may have had, in the
// order in which that is made. What bears the name of somebody else, or is in
// another account, is in neither list. It changes nothing.
func (c *Construction) Inherit(ctx context.Context, everything []external.Resource, legacy Legacy) (Estate, error) {
	heir := heir{construction: c, legacy: legacy}
	for _, resource := range everything {
		if resource.Guest() {
			continue // it is where it is wanted, or is made so
		}
		if err := heir.look(ctx, resource); err != nil {
			return Estate{}, err
		}
	}
	return heir.estate, nil
}

type heir struct {
	construction *Construction
	legacy       Legacy
	estate       Estate
}

func (h *heir) look(ctx context.Context, resource external.Resource) error {
	entry, known := ledger.Find(h.legacy.Known, resource.Slot)
	session := h.construction.Sessions[resource.Provider]
	work, err := driver(session, resource.Provider, resource.Kind)
	if err != nil || known && entry.Account != session.Account() {
		return err
	}
	call, ok := h.call(resource, entry)
	if !ok {
		h.absent(entry, known && h.gone(resource.Parent))
		return nil
	}
	observation, err := seek(ctx, work, call)
	switch {
	case external.IsNotFound(err):
		h.absent(entry, known)
	case resource.Existing && external.ClassOf(err) == external.NumberInUse:
		// It serves another life, or somebody else: not this one.
	case err != nil:
		return err
	case h.heritable(resource, entry, call, observation):
		h.keep(resource, entry, observation)
	}
	return nil
}

// heritable reports whether what was found is of the legacy by its name, if it can
// bear one, and as it has to be.
func (h *heir) heritable(resource external.Resource, entry ledger.Entry, call external.Call, seen external.Observation) bool {
	if h.legacy.Exact && !resource.Lent && len(resource.Inputs) == 0 && len(seen.Drift) > 0 {
		return false
	}
	return resource.Existing || resource.Lent || seen.Name == "" || seen.Name == entry.Name || seen.Name == call.Marker
}

// call says how a resource is found; false if what it depends on was not.
func (h *heir) call(resource external.Resource, entry ledger.Entry) (external.Call, bool) {
	call := recall(entry, append(ledger.IDs(h.legacy.Known), ledger.IDs(h.estate.Found)...))
	call.Marker = h.legacy.Marker(resource.Slot)
	if resource.Lent {
		call.ID = cmp.Or(call.ID, resource.ID)
	}
	if resource.Parent != "" && entry.Name != "" {
		call.Marker = entry.Name
	}
	if resource.Existing || h.legacy.Exact && len(resource.Inputs) == 0 {
		call.Spec = resource.Spec
	}
	if resource.Existing {
		call.ID = ""
	}
	if resource.Parent != "" {
		parent, ok := ledger.Find(h.estate.Found, resource.Parent)
		if !ok {
			return call, false
		}
		call.ParentID, call.Lent = parent.ID, ledger.Lent(parent)
	}
	if resource.Association != "" && call.ID == "" {
		tied, ok := ledger.Find(h.estate.Found, resource.Inputs[resource.Association].Slot)
		call.ID = tied.ID
		return call, ok
	}
	return call, true
}

func (h *heir) gone(slot external.Slot) bool {
	_, ok := ledger.Find(h.estate.Gone, slot)
	return ok
}

func (h *heir) absent(entry ledger.Entry, proven bool) {
	if proven {
		h.estate.Gone = append(h.estate.Gone, entry)
	}
}

func (h *heir) keep(resource external.Resource, entry ledger.Entry, observation external.Observation) {
	if resource.Lent {
		entry.Origin = v1alpha1.OriginImported
	}
	entry.Slot, entry.Provider, entry.Kind = string(resource.Slot), resource.Provider, resource.Kind
	entry.Account = h.construction.Sessions[resource.Provider].Account()
	if !resource.Existing && !resource.Lent {
		entry.Name = observation.Name
	}
	h.estate.Found = append(h.estate.Found, ledger.Observed(entry, observation))
}

// UsedByOthers says in words who else uses what is in an estate; "" for nobody. What is
// lent may be used by anybody.
func (c *Construction) UsedByOthers(ctx context.Context, estate Estate) (string, error) {
	for _, entry := range estate.Found {
		work, err := driver(c.Sessions[entry.Provider], entry.Provider, entry.Kind)
		if err != nil {
			return "", err
		}
		shared, ok := work.(external.Shared)
		if !ok || ledger.Lent(entry) {
			continue
		}
		if by, err := shared.UsedBy(ctx, recall(entry, ledger.IDs(estate.Found))); err != nil || by != "" {
			return by, err
		}
	}
	return "", nil
}

// Holder observes what the resource that exists already serves at present, such
// as the trunk that a number is on: an entry with an id and a name, or an empty one.
func (c *Construction) Holder(ctx context.Context, ordered []external.Resource) (ledger.Entry, error) {
	for _, resource := range ordered {
		session := c.Sessions[resource.Provider]
		work, err := driver(session, resource.Provider, resource.Kind)
		if err != nil {
			return ledger.Entry{}, err
		}
		held, ok := work.(external.Held)
		if !ok || !resource.Existing {
			continue
		}
		seen, err := held.Holder(ctx, external.Call{Spec: resource.Spec})
		if external.IsNotFound(err) {
			return ledger.Entry{}, nil
		}
		return ledger.Entry{Provider: resource.Provider, Account: session.Account(), ID: seen.ID, Name: seen.Name}, err
	}
	return ledger.Entry{}, nil
}

// Names lists the names of all that exists of the kinds that tell of an owner.
func (c *Construction) Names(ctx context.Context, everything []external.Resource) ([]string, error) {
	var names []string
	for _, resource := range everything {
		if !resource.BearsMarker() {
			continue
		}
		all, err := list(ctx, c.Sessions[resource.Provider], resource, "")
		if err != nil {
			return nil, err
		}
		for _, observation := range all {
			names = append(names, observation.Name)
		}
	}
	return names, nil
}
