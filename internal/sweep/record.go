package sweep

import (
	"slices"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/ledger"
)

// A Find is what belongs on one record.
type Find struct {
	// Record is its name.
	Record  string
	Owner   v1alpha1.OrphanOwner
	Entries []ledger.Entry
}

// Finds sorts strays by the records that they belong on. What an object has too
// many of gets a record of its own while the object is there: the one that bears
// its UID alone is for what the object itself leaves behind.
func Finds(strays []Stray) []Find {
	var finds []Find
	for _, stray := range strays {
		find := stray.find()
		i := slices.IndexFunc(finds, func(f Find) bool { return f.Record == find.Record })
		if i < 0 {
			finds = append(finds, find)
		} else {
			finds[i].Entries = append(finds[i].Entries, stray.Entry)
		}
	}
	return finds
}

func (s Stray) find() Find {
	owner := v1alpha1.OrphanOwner{Kind: v1alpha1.KindPhoneNumber, UID: s.UID}
	find := Find{Record: s.UID, Owner: owner, Entries: []ledger.Entry{s.Entry}}
	if s.Owner != nil {
		find.Record += "-duplicates"
		find.Owner = s.Owner.Identity()
	}
	return find
}

// InDoubt returns what a record lists in one account if any of it may be gone: if
// something that was made is neither among what was listed there nor inside of it.
// Whether it is gone, only a read can tell.
func InDoubt(record v1alpha1.OrphanRecord, provider, account string, listed []ledger.Entry) []ledger.Entry {
	seen := map[string]bool{}
	for _, entry := range listed {
		seen[entry.ID] = true
	}
	here := slices.DeleteFunc(slices.Clone(record.Status.Resources), func(entry ledger.Entry) bool {
		return entry.Provider != provider || entry.Account != account
	})
	made := slices.DeleteFunc(slices.Clone(here), ledger.Outlives)
	contains := func(id string) bool {
		return id != "" && slices.ContainsFunc(here, func(entry ledger.Entry) bool { return entry.ID == id })
	}
	known := func(entry ledger.Entry) bool {
		return seen[entry.ID] || seen[entry.ParentID] && contains(entry.ParentID)
	}
	if len(made) > 0 && !slices.ContainsFunc(made, func(entry ledger.Entry) bool { return !known(entry) }) {
		return nil
	}
	return here
}

// Owned lists, by record, what has an owner again: what a ledger names. That of an owner
// which is about to leave what it has recorded does not count.
func (v View) Owned() map[string][]ledger.Entry {
	recorded := map[string]bool{}
	for _, record := range v.Records {
		recorded[record.Spec.Owner.UID] = true
	}
	named := inLedgers(slices.DeleteFunc(slices.Clone(v.Owners), func(owner v1alpha1.Owner) bool {
		return recorded[string(owner.GetUID())] && !owner.GetDeletionTimestamp().IsZero()
	}))
	owned := map[string][]ledger.Entry{}
	for _, record := range v.Records {
		for _, entry := range record.Status.Resources {
			if named[identify(entry)] && !ledger.Outlives(entry) {
				owned[record.Name] = append(owned[record.Name], entry)
			}
		}
	}
	return owned
}

// Owner finds who is alive and stands for a record: the object that it is of, or
// one that has something of it in its ledger.
func Owner(record v1alpha1.OrphanRecord, owners []v1alpha1.Owner) (v1alpha1.Owner, bool) {
	listed := map[identity]bool{}
	for _, entry := range slices.DeleteFunc(slices.Clone(record.Status.Resources), ledger.Outlives) {
		listed[identify(entry)] = true
	}
	i := slices.IndexFunc(owners, func(owner v1alpha1.Owner) bool {
		return string(owner.GetUID()) == record.Spec.Owner.UID ||
			slices.ContainsFunc(owner.Lifecycle().ExternalResources, func(entry ledger.Entry) bool { return listed[identify(entry)] })
	})
	if i < 0 {
		return nil, false
	}
	return owners[i], true
}
