// Package ledger keeps the list of what exists, or may exist, at the providers
// because of an object. Its functions are pure: they return a new list and
// leave the old one alone. It decides nothing and knows no provider.
package ledger

import (
	"slices"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
)

// An Entry is one line of the ledger.
type Entry = v1alpha1.ExternalResource

// Find returns the entry of a slot.
func Find(entries []Entry, slot external.Slot) (Entry, bool) {
	i := index(entries, slot)
	if i < 0 {
		return Entry{}, false
	}
	return entries[i], true
}

// Outlives reports whether an entry stands for what is there without its object too:
// the number, which stays in the account unless it is given back, and what is lent.
func Outlives(entry Entry) bool {
	return entry.Slot == string(external.SlotNumber) || entry.Origin == v1alpha1.OriginAdopted || Lent(entry)
}

// Lent reports whether an entry stands for what was imported and stays somebody
// else's: it was given no name.
func Lent(entry Entry) bool {
	return entry.Origin == v1alpha1.OriginImported && entry.Name == ""
}

// OriginOf is how a resource that nobody has recorded came to be.
func OriginOf(resource external.Resource) v1alpha1.Origin {
	switch {
	case resource.Existing:
		return v1alpha1.OriginAdopted
	case resource.Imported:
		return v1alpha1.OriginImported
	default:
		return v1alpha1.OriginCreated
	}
}

// IDs lists every id in the ledger.
func IDs(entries []Entry) []string {
	var ids []string
	for _, entry := range entries {
		if entry.ID != "" {
			ids = append(ids, entry.ID)
		}
	}
	return ids
}

// Put replaces the entry of a slot, or adds it. The order follows the given
// one, with slots that it does not name at the end, so that undoing the ledger
// from its end undoes what was made last first.
func Put(entries []Entry, order []external.Slot, entry Entry) []Entry {
	entries = slices.Clone(entries)
	if i := index(entries, external.Slot(entry.Slot)); i >= 0 {
		entries[i] = entry
		return entries
	}
	entries = append(entries, entry)
	slices.SortStableFunc(entries, func(a, b Entry) int {
		return rank(order, a.Slot) - rank(order, b.Slot)
	})
	return entries
}

// Remove drops the entry of a slot.
func Remove(entries []Entry, slot external.Slot) []Entry {
	return slices.DeleteFunc(slices.Clone(entries), func(entry Entry) bool {
		return entry.Slot == string(slot)
	})
}

// Observed returns the entry as an observation shows it: there, and no longer
// in doubt.
func Observed(entry Entry, observation external.Observation) Entry {
	entry.ID = observation.ID
	if observation.ParentID != "" {
		entry.ParentID = observation.ParentID
	}
	entry.State = v1alpha1.StateReady
	if entry.Origin == v1alpha1.OriginCreated {
		entry.Previous = "" // it was seen to have moved
	}
	entry.ErrorClass = ""
	entry.Since = nil
	return entry
}

func index(entries []Entry, slot external.Slot) int {
	return slices.IndexFunc(entries, func(entry Entry) bool {
		return entry.Slot == string(slot)
	})
}

func rank(order []external.Slot, slot string) int {
	if i := slices.Index(order, external.Slot(slot)); i >= 0 {
		return i
	}
	return len(order)
}
