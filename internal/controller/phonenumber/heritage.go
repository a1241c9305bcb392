package phonenumber

import (
	"context"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/usage"
)

// A heritage is what earlier objects of this name and number left behind.
type heritage struct {
	// records of it, the closed ones among them.
	records []v1alpha1.OrphanRecord
	// taken are the names of what is in the ledger now, gone what is not there any
	// more.
	taken []string
	gone  []ledger.Entry
}

// heritage reads the records of earlier objects. A number that is set up has
// looked, so it does not ask again.
func (v *visit) heritage(ctx context.Context) (*heritage, error) {
	if meta.IsStatusConditionTrue(v.number.Status.Conditions, v1alpha1.ConditionReady) {
		return &heritage{}, nil
	}
	records, err := v.Orphans.Of(ctx, v.number.Namespace, v.number.Name)
	return &heritage{records: slices.DeleteFunc(records, func(record v1alpha1.OrphanRecord) bool {
		owner := record.Spec.Owner
		return owner.Kind != v1alpha1.KindPhoneNumber || owner.Number != v.number.Spec.Number || owner.UID == string(v.number.UID)
	})}, err
}

// open lists the records of what nobody has taken over yet.
func (h *heritage) open() []v1alpha1.OrphanRecord {
	return slices.DeleteFunc(slices.Clone(h.records), func(record v1alpha1.OrphanRecord) bool {
		return record.Status.State == v1alpha1.OrphanClosed
	})
}

// inherit puts into the ledger what is still there of earlier lives of this
// object, before anything is made anew. What is found belongs to nobody: its name
// says so, and no live object bears the UID in it.
func (v *visit) inherit(ctx context.Context, h *heritage, e ends, construction *engine.Construction, ordered []external.Resource) error {
	legacies, err := v.legacies(ctx, h, construction, ordered)
	if err != nil {
		return err
	}
	for _, legacy := range legacies {
		estate, err := construction.Inherit(ctx, ordered, legacy)
		if err != nil {
			return err
		}
		h.gone = append(h.gone, estate.Gone...)
		for _, entry := range estate.Found {
			v.adopt(h, e, ordered, entry)
		}
	}
	construction.Ledger = v.number.Status.ExternalResources
	return nil
}

// adopt gives an entry its place in the ledger, unless that is taken.
func (v *visit) adopt(h *heritage, e ends, ordered []external.Resource, entry ledger.Entry) {
	if _, taken := ledger.Find(v.number.Status.ExternalResources, external.Slot(entry.Slot)); taken {
		return
	}
	entry.Connection = e.connections[entry.Provider]
	entry.Origin = v1alpha1.OriginCreated
	if slices.ContainsFunc(ordered, func(r external.Resource) bool { return string(r.Slot) == entry.Slot && r.Existing }) {
		entry.Origin = v1alpha1.OriginAdopted
	}
	v.number.Status.ExternalResources = ledger.Put(v.number.Status.ExternalResources, slots(ordered), entry)
	h.taken = append(h.taken, entry.Kind+" "+entry.ID)
}

func slots(resources []external.Resource) []external.Slot {
	slots := make([]external.Slot, len(resources))
	for i := range resources {
		slots[i] = resources[i].Slot
	}
	return slots
}

// legacies are the earlier lives that may have left something: those on record
// and, while the ledger is empty, the one whose name is on the trunk that the
// number is on, and this object itself if it was set up before its status was lost.
func (v *visit) legacies(ctx context.Context, h *heritage, construction *engine.Construction, ordered []external.Resource) ([]engine.Legacy, error) {
	known := map[string][]ledger.Entry{}
	for _, record := range h.open() {
		known[record.Spec.Owner.UID] = v.ours(record.Status.Resources)
	}
	if len(v.number.Status.ExternalResources) == 0 {
		uid, entry, err := v.holder(ctx, construction, ordered)
		if err != nil {
			return nil, err
		}
		if _, recorded := known[uid]; uid != "" && !recorded {
			known[uid] = []ledger.Entry{entry}
		}
		if own := string(v.number.UID); known[own] == nil && controllerutil.ContainsFinalizer(v.before, v1alpha1.FinalizerTeardown) {
			known[own] = []ledger.Entry{}
		}
	}
	var legacies []engine.Legacy
	for _, uid := range slices.Sorted(maps.Keys(known)) {
		legacies = append(legacies, engine.Legacy{Marker: v.owner(uid).For, Known: known[uid]})
	}
	return legacies, nil
}

// ours leaves out what bears the name of another installation or object.
func (v *visit) ours(entries []ledger.Entry) []ledger.Entry {
	return slices.DeleteFunc(slices.Clone(entries), func(entry ledger.Entry) bool {
		_, _, ok := v.owner("").Reads(entry.Name)
		return entry.Name != "" && !ok
	})
}

// holder is the earlier life that made what the number is on. It has no UID if
// the number is on nothing, or on something that is not ours or whose owner lives.
func (v *visit) holder(ctx context.Context, construction *engine.Construction, ordered []external.Resource) (string, ledger.Entry, error) {
	entry, err := construction.Holder(ctx, ordered)
	if err != nil {
		return "", entry, err
	}
	uid, slot, ok := v.owner("").Reads(entry.Name)
	if !ok {
		return "", entry, nil
	}
	entry.Slot = string(slot)
	rivals, err := usage.OfNumber(ctx, v.Direct, v.number.Spec.Number)
	if slices.ContainsFunc(rivals, func(rival v1alpha1.PhoneNumber) bool {
		return rival.UID == types.UID(uid) && rival.UID != v.number.UID
	}) {
		return "", entry, err
	}
	return uid, entry, err
}

// settleHeritage closes the records of what has an owner again; it is called once
// the ledger is written. What could not be taken over stays on record.
func (v *visit) settleHeritage(ctx context.Context, h *heritage) error {
	for _, record := range h.open() {
		rest := func(entries []ledger.Entry) []ledger.Entry {
			return slices.DeleteFunc(entries, func(entry ledger.Entry) bool {
				return holds(v.number.Status.ExternalResources, entry) || holds(h.gone, entry)
			})
		}
		if err := v.Orphans.Settle(ctx, types.UID(record.Name), rest); err != nil {
			return err
		}
	}
	if len(h.taken) > 0 {
		v.event(corev1.EventTypeNormal, "TookOver", "Took over what an earlier PhoneNumber of this name has left: "+strings.Join(h.taken, ", "))
	}
	return nil
}

// holds reports whether a list has the same resource.
func holds(entries []ledger.Entry, wanted ledger.Entry) bool {
	return slices.ContainsFunc(entries, func(entry ledger.Entry) bool {
		return entry.Account == wanted.Account && entry.Kind == wanted.Kind && entry.ID == wanted.ID
	})
}
