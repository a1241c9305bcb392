package phonenumber

import (
	"context"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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
	*visit
	ends         ends
	construction *engine.Construction
	// everything is what any of them may have had, in the order of its making.
	everything []external.Resource
	lives      []life
	// recorded are the UIDs that are on record, for whatever number.
	recorded map[string]bool
	// hadNumber says that one of them was for this number.
	hadNumber bool
	// taken are the resources that are in the ledger now.
	taken []string
	// until is when it can be believed that something does not exist.
	until time.Time
}

// inherit puts into the ledger what is still there of earlier lives of this
// object, before anything is made anew. What is found belongs to nobody: its name
// says so, and no live object bears the UID in it.
func (v *visit) inherit(ctx context.Context, ends ends, construction *engine.Construction) (*heritage, error) {
	h := &heritage{visit: v, ends: ends, construction: construction, recorded: map[string]bool{}}
	var err error
	h.everything, err = plan.Order(provider.Everything(v.number, ends.wiring(provider.Login{}), ends.carrier, ends.platform))
	if err != nil {
		return h, err
	}
	if err := h.findLives(ctx); err != nil {
		return h, err
	}
	if until := h.believable(); v.Now.Time.Before(until) {
		h.until = until
		return h, nil
	}
	if err := h.look(ctx); err != nil {
		return h, err
	}
	err = h.takeOver(ctx)
	return h, err
}

// withoutPurchase lets nothing be bought again that was there for an earlier object of
// the name.
func (h *heritage) withoutPurchase(resources []external.Resource) []external.Resource {
	for i := range resources {
		resources[i].Purchase = resources[i].Purchase && !h.hadNumber
	}
	return resources
}

// believable is when the lists must show whatever an earlier life has created or was
// about to: only then its absence is one. Of a life that is not on record nothing is
// known but that it ended before this object was created.
func (h *heritage) believable() time.Time {
	var until time.Time
	wait := func(since metav1.Time) {
		if end := since.Add(h.Settings.Grace); end.After(until) {
			until = end
		}
	}
	for _, life := range h.lives {
		if !h.recorded[life.uid] {
			wait(h.number.CreationTimestamp)
		}
		for _, entry := range life.known {
			if entry.ID == "" && entry.Since != nil {
				wait(*entry.Since)
			}
		}
	}
	return until
}

// look finds out what is left of every life, before anything of any is taken over.
// What others use by now is not taken from them: nothing but a name tells of a life
// that is not on record.
func (h *heritage) look(ctx context.Context) error {
	for i, life := range h.lives {
		certain := h.recorded[life.uid] || life.uid == string(h.number.UID)
		legacy := engine.Legacy{Marker: h.Named(life.uid).For, Known: life.known, Exact: h.obstructed() && !certain}
		estate, err := h.construction.Inherit(ctx, h.everything, legacy)
		if err != nil {
			return err
		}
		if certain {
			h.lives[i].estate = estate
			continue
		}
		by, err := h.construction.UsedByOthers(ctx, estate)
		if err != nil {
			return err
		}
		if by == "" {
			h.lives[i].estate = estate
		}
	}
	return nil
}

// takeOver writes what was found into the ledger, as a fence: only then the records
// are closed, and anything is changed.
func (h *heritage) takeOver(ctx context.Context) error {
	for _, life := range h.lives {
		for _, entry := range life.estate.Found {
			h.adopt(entry)
		}
	}
	h.construction.Ledger = h.number.Status.ExternalResources
	if len(h.taken) > 0 {
		if err := h.establish(ctx); err != nil {
			return err
		}
	}
	return h.settle(ctx)
}

// adopt gives an entry its place in the ledger, unless that is taken, or the entry
// is part of something that is not in the ledger. What the number does not ask for
// any more gets a place too: it must be taken down one day. A place is free as well
// where the number could make nothing of its own because of what is there.
func (h *heritage) adopt(entry ledger.Entry) {
	own := h.number.Status.ExternalResources
	i := slices.IndexFunc(h.everything, func(r external.Resource) bool { return string(r.Slot) == entry.Slot })
	resource := h.everything[i]
	parent, _ := ledger.Find(own, resource.Parent)
	held, taken := ledger.Find(own, resource.Slot)
	if taken && !h.refused(held) || resource.Parent != "" && parent.ID != entry.ParentID {
		return
	}
	entry.Connection = h.ends.Connections[entry.Provider]
	if entry.Origin != v1alpha1.OriginTakenOver && (entry.Origin == "" || !resource.Existing) {
		entry.Origin = ledger.OriginOf(resource)
	}
	h.number.Status.ExternalResources = ledger.Put(own, external.Slots(h.everything), entry)
	h.taken = append(h.taken, entry.Kind+" "+entry.ID)
}

// refused reports whether nothing was made for an entry: something was in the way,
// and lists would show by now what was made nevertheless.
func (h *heritage) refused(entry ledger.Entry) bool {
	return h.obstructed() && entry.ID == "" && (entry.Since == nil || !h.Now.Time.Before(entry.Since.Add(h.Settings.Grace)))
}

// settle closes the records of what has an owner again. What could not be taken
// over stays on record.
func (h *heritage) settle(ctx context.Context) error {
	own, owns, err := h.certain(ctx)
	if err != nil || !owns {
		return err
	}
	for _, life := range h.lives {
		rest := func(entries []ledger.Entry) []ledger.Entry {
			return slices.DeleteFunc(slices.Clone(entries), func(entry ledger.Entry) bool {
				return life.settled(entry, own)
			})
		}
		if err := h.Orphans.Settle(ctx, types.UID(life.uid), rest); err != nil {
			return err
		}
	}
	if len(h.taken) > 0 {
		h.Event(corev1.EventTypeNormal, v1alpha1.ReasonTookOver, "Took over what an earlier PhoneNumber of this name has left: "+strings.Join(h.taken, ", "))
	}
	return nil
}

// certain is the ledger as it is stored: as it was just written or, where nothing was,
// as it is now. What a cache alone shows may have been withdrawn. Who is gone or goes
// owns nothing.
func (h *heritage) certain(ctx context.Context) (own []ledger.Entry, owns bool, err error) {
	if len(h.taken) > 0 || len(h.lives) == 0 {
		return h.number.Status.ExternalResources, true, nil
	}
	live, err := h.Live(ctx)
	if err != nil || live == nil || !live.GetDeletionTimestamp().IsZero() {
		return nil, false, err
	}
	return live.Lifecycle().ExternalResources, true, nil
}

// settled reports whether an entry of a record is gone, or in the ledger of its new
// owner, who stands for the number itself in any case.
func (l life) settled(entry ledger.Entry, own []ledger.Entry) bool {
	if ledger.Outlives(entry) {
		return true
	}
	if found, ok := ledger.Find(l.estate.Found, external.Slot(entry.Slot)); ok && entry.ID == "" {
		entry.ID = found.ID
	}
	same := func(other ledger.Entry) bool {
		return other.Account == entry.Account && other.Kind == entry.Kind && other.ID == entry.ID
	}
	return slices.ContainsFunc(own, same) || slices.ContainsFunc(l.estate.Gone, same)
}
