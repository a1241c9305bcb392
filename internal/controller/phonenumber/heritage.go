package phonenumber

import (
	"context"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/plan"
	"github.com/callplane/callplane/internal/provider"
)

// A heritage is what earlier objects of this name and number have left, or this
// one before its status was lost.
type heritage struct {
	// records are those of earlier objects, the closed ones among them.
	records []v1alpha1.OrphanRecord
	lives   []life
	// taken are the resources that are in the ledger now.
	taken []string
	// until is when it can be believed that something does not exist.
	until time.Time
}

// inherit puts into the ledger what is still there of earlier lives of this
// object, before anything is made anew. What is found belongs to nobody: its name
// says so, and no live object bears the UID in it.
func (v *visit) inherit(ctx context.Context, e ends, construction *engine.Construction) (*heritage, error) {
	h := &heritage{}
	everything, err := plan.Order(provider.Everything(v.number, e.wiring(provider.Login{}), e.carrier, e.platform))
	if err == nil {
		err = v.findLives(ctx, h, construction, everything)
	}
	if h.until = h.believable(v.Settings.Grace); err != nil || v.now.Time.Before(h.until) {
		return h, err
	}
	h.until = time.Time{}
	for i, life := range h.lives {
		legacy := engine.Legacy{Marker: v.owner(life.uid).For, Known: life.known}
		if h.lives[i].estate, err = construction.Inherit(ctx, everything, legacy); err != nil {
			return h, err
		}
		for _, entry := range h.lives[i].estate.Found {
			v.adopt(h, e, everything, entry)
		}
	}
	construction.Ledger = v.number.Status.ExternalResources
	return h, nil
}

// believable is when the lists must show whatever an earlier life was about to
// create: only then its absence is one.
func (h *heritage) believable(grace time.Duration) time.Time {
	var until time.Time
	for _, life := range h.lives {
		for _, entry := range life.known {
			if entry.ID == "" && entry.Since != nil && entry.Since.Add(grace).After(until) {
				until = entry.Since.Add(grace)
			}
		}
	}
	return until
}

// adopt gives an entry its place in the ledger, unless that is taken. What the
// number does not ask for any more gets one too: it must be taken down one day.
func (v *visit) adopt(h *heritage, e ends, everything []external.Resource, entry ledger.Entry) {
	if _, taken := ledger.Find(v.number.Status.ExternalResources, external.Slot(entry.Slot)); taken {
		return
	}
	entry.Connection = e.connections[entry.Provider]
	entry.Origin = v1alpha1.OriginCreated
	order := make([]external.Slot, len(everything))
	for i, resource := range everything {
		order[i] = resource.Slot
		if resource.Existing && string(resource.Slot) == entry.Slot {
			entry.Origin = v1alpha1.OriginAdopted
		}
	}
	v.number.Status.ExternalResources = ledger.Put(v.number.Status.ExternalResources, order, entry)
	h.taken = append(h.taken, entry.Kind+" "+entry.ID)
}

// settleHeritage closes the records of what has an owner again; it is called once
// the ledger is written. What could not be taken over stays on record.
func (v *visit) settleHeritage(ctx context.Context, h *heritage) error {
	for _, life := range h.lives {
		rest := func(entries []ledger.Entry) []ledger.Entry {
			return slices.DeleteFunc(slices.Clone(entries), func(entry ledger.Entry) bool {
				return life.settled(entry, v.number.Status.ExternalResources)
			})
		}
		if err := v.Orphans.Settle(ctx, types.UID(life.uid), rest); err != nil {
			return err
		}
	}
	if len(h.taken) > 0 {
		v.event(corev1.EventTypeNormal, "TookOver", "Took over what an earlier PhoneNumber of this name has left: "+strings.Join(h.taken, ", "))
	}
	return nil
}

// settled reports whether an entry of a record is gone, or in the ledger of its new
// owner.
func (l life) settled(entry ledger.Entry, own []ledger.Entry) bool {
	if found, ok := ledger.Find(l.estate.Found, external.Slot(entry.Slot)); ok && entry.ID == "" {
		entry.ID = found.ID
	}
	same := func(other ledger.Entry) bool {
		return other.Account == entry.Account && other.Kind == entry.Kind && other.ID == entry.ID
	}
	return slices.ContainsFunc(own, same) || slices.ContainsFunc(l.estate.Gone, same)
}
