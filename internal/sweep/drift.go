package sweep

import (
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/ledger"
)

// Versions tell which owners have not changed between two views.
type Versions map[types.UID]string

// Versions of the owners in a view.
func (v View) Versions() Versions {
	versions := make(Versions, len(v.Owners))
	for _, owner := range v.Owners {
		versions[owner.GetUID()] = owner.GetResourceVersion()
	}
	return versions
}

// Drift is what a provider's lists say of owners for whom all was well.
type Drift struct {
	// Account that was listed, and which kinds of things were.
	Account string
	Lists   func(kind string) bool
	// Listed is all that the account holds.
	Listed []ledger.Entry
	// Before are the owners as they were before anything was listed. Who has changed
	// since then, or since Settled, may have changed what was listed.
	Before  Versions
	Settled time.Time
}

// Drifted picks the owners that should be looked at: something of theirs is not listed
// where the ledger has it, or under another name. That is no proof, and costs a look.
func (v View) Drifted(seen Drift) []v1alpha1.Owner {
	names := make(map[identity]string, len(seen.Listed))
	for _, entry := range seen.Listed {
		names[identify(entry)] = entry.Name
	}
	var drifted []v1alpha1.Owner
	for _, owner := range v.Owners {
		if seen.Before[owner.GetUID()] == owner.GetResourceVersion() && settled(owner, seen.Settled) && seen.misses(owner, names) {
			drifted = append(drifted, owner)
		}
	}
	return drifted
}

// misses reports whether anything of an owner is not as it is recorded.
func (d Drift) misses(owner v1alpha1.Owner, names map[identity]string) bool {
	for _, entry := range owner.Lifecycle().ExternalResources {
		if entry.Account != d.Account || entry.ID == "" || !d.Lists(entry.Kind) {
			continue
		}
		name, listed := names[identify(entry)]
		if !listed || entry.Name != "" && name != "" && name != entry.Name {
			return true
		}
	}
	return false
}

// settled reports whether all was well with an owner at a time, and since.
func settled(owner v1alpha1.Owner, at time.Time) bool {
	if !owner.GetDeletionTimestamp().IsZero() {
		return false
	}
	for _, condition := range owner.Lifecycle().Conditions {
		if condition.Type == v1alpha1.ConditionReady {
			return condition.Status == "True" && !condition.LastTransitionTime.After(at)
		}
	}
	return false
}
