package sweep

import (
	"hash/maphash"
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
	// Revisions are those of what is listed, and Earlier those of the sweep before.
	Revisions, Earlier Revisions
	// Before are the owners as they were before anything was listed. Who has changed
	// since then, or since Settled, may have changed what was listed.
	Before  Versions
	Settled time.Time
}

// Revisions remember what things looked like, and their owners at the same time: a thing
// that is another one while its owner is the same was changed by somebody else.
// Digests are enough for that, and small.
type Revisions map[uint64]revision

type revision struct{ thing, owner uint64 }

var seed = maphash.MakeSeed()

// See notes the revision of a thing.
func (r Revisions) See(entry ledger.Entry, thing string) {
	r[keyOf(entry)] = revision{thing: maphash.String(seed, thing)}
}

func keyOf(entry ledger.Entry) uint64 { return maphash.Comparable(seed, identify(entry)) }

// Drifted picks the owners that should be looked at: something of theirs is not listed
// where the ledger has it, under another name, or has changed by itself. That is no proof,
// and costs a look. It notes the owners in the revisions, for the next sweep.
func (v View) Drifted(seen Drift) []v1alpha1.Owner {
	names := make(map[identity]string, len(seen.Listed))
	for _, entry := range seen.Listed {
		names[identify(entry)] = entry.Name
	}
	var drifted []v1alpha1.Owner
	for _, owner := range v.Owners {
		if seen.Before[owner.GetUID()] != owner.GetResourceVersion() || !settled(owner, seen.Settled) {
			continue
		}
		changed := seen.changed(owner)
		if changed || seen.misses(owner, names) {
			drifted = append(drifted, owner)
		}
	}
	return drifted
}

// changed reports whether anything of an owner looks otherwise than at the sweep before,
// though the owner does not. What it will look like once that is mended is not known, so
// it is not compared the next time.
func (d Drift) changed(owner v1alpha1.Owner) bool {
	changed := false
	for _, entry := range owner.Lifecycle().ExternalResources {
		key := keyOf(entry)
		now, listed := d.Revisions[key]
		if !listed {
			continue
		}
		now.owner = maphash.String(seed, owner.GetResourceVersion())
		d.Revisions[key] = now
		before, known := d.Earlier[key]
		if known && before.owner == now.owner && before.thing != now.thing {
			changed = true
			delete(d.Revisions, key)
		}
	}
	return changed
}

// misses reports whether anything of an owner is not as it is recorded.
func (d Drift) misses(owner v1alpha1.Owner, names map[identity]string) bool {
	for _, entry := range owner.Lifecycle().ExternalResources {
		if entry.Account != d.Account || entry.ID == "" {
			continue
		}
		name, listed := names[identify(entry)]
		renamed := entry.Name != "" && name != "" && name != entry.Name
		if renamed || !listed && d.Lists(entry.Kind) {
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
