// Package sweep decides what at the providers has no owner: what bears a marker of
// this installation, and nobody accounts for. It is pure: it reads and writes
// nothing, and knows no provider.
package sweep

import (
	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/marker"
)

// A View is what the API server has shown once a provider's lists were read. In
// this order nothing new must be spared for a while: whoever made what is listed
// had written its intent before, so the view shows it.
type View struct {
	Installation string
	Owners       []v1alpha1.Owner
	Records      []v1alpha1.OrphanRecord
}

// A Stray is something that nobody accounts for.
type Stray struct {
	// Entry has the slot that its name says.
	Entry ledger.Entry
	// UID in its name.
	UID string
	// Owner is the object with that UID, which then has another one in the slot or
	// none; nil if there is no such object.
	Owner v1alpha1.Owner
}

// Strays picks, of what an account holds, what has no owner and is on no record.
// It judges by names and ids alone: what was torn down between the list and the
// view is among them, so each must be looked for again.
func (v View) Strays(listed []ledger.Entry) []Stray {
	held, owners := v.held(), v.owners()
	var strays []Stray
	for _, entry := range listed {
		uid, slot, ours := marker.Read(v.Installation, entry.Name)
		owner := owners[uid]
		if !ours || held[identify(entry)] || owner != nil && mayExplain(owner, slot) {
			continue
		}
		entry.Slot = string(slot)
		strays = append(strays, Stray{Entry: entry, UID: uid, Owner: owner})
	}
	return strays
}

// held is what ledgers and records name, whatever it is called: who takes over from
// an earlier object has its things for a while before they bear the new name.
func (v View) held() map[identity]bool {
	held := inLedgers(v.Owners)
	for _, record := range v.Records {
		for _, entry := range record.Status.Resources {
			held[identify(entry)] = true
		}
	}
	return held
}

func inLedgers(owners []v1alpha1.Owner) map[identity]bool {
	named := map[identity]bool{}
	for _, owner := range owners {
		for _, entry := range owner.Lifecycle().ExternalResources {
			named[identify(entry)] = true
		}
	}
	return named
}

func (v View) owners() map[string]v1alpha1.Owner {
	owners := map[string]v1alpha1.Owner{}
	for _, owner := range v.Owners {
		owners[string(owner.GetUID())] = owner
	}
	return owners
}

// mayExplain reports whether an owner may be about to note what bears its name, or
// to delete it: its slot is in flux. One without a ledger has lost its status and
// will look for what it had.
func mayExplain(owner v1alpha1.Owner, slot external.Slot) bool {
	entries := owner.Lifecycle().ExternalResources
	entry, ok := ledger.Find(entries, slot)
	settled := entry.State == v1alpha1.StateReady || entry.State == v1alpha1.StateOutdated
	return ok && !settled || len(entries) == 0
}

// An identity tells one thing at the providers from all others.
type identity struct{ account, kind, id, parentID string }

func identify(entry ledger.Entry) identity {
	return identity{entry.Account, entry.Kind, entry.ID, entry.ParentID}
}
