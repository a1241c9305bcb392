package phonenumber

import (
	"context"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/usage"
)

// A life is an object that had this one's name, or this one itself.
type life struct {
	uid string
	// known is what is on record of it.
	known []ledger.Entry
	// estate is what was found of it.
	estate engine.Estate
}

// findLives finds the lives that may have left something: those on record and, while
// the ledger is empty or something is in the way, those whose names things bear. A
// number that is Ready has looked, so it does not ask again.
func (h *heritage) findLives(ctx context.Context) error {
	if meta.IsStatusConditionTrue(h.number.Status.Conditions, v1alpha1.ConditionReady) {
		return nil
	}
	if err := h.findRecorded(ctx); err != nil || len(h.number.Status.ExternalResources) > 0 && !h.obstructed() {
		return err
	}
	return h.findNamed(ctx)
}

// obstructed reports whether a provider would not make something because of what is
// there already. That may be of an earlier life, which was lost before the number was
// on its trunk.
func (h *heritage) obstructed() bool {
	return h.Before.Lifecycle().Problem == string(external.ResourceInUse)
}

func (h *heritage) findRecorded(ctx context.Context) error {
	records, err := h.Orphans.Of(ctx, h.number.Namespace, h.number.Name)
	for _, record := range records {
		owner := record.Spec.Owner
		h.recorded[owner.UID] = true
		if owner.Kind != v1alpha1.KindPhoneNumber || owner.Number != h.number.Spec.Number {
			continue
		}
		h.hadNumber = true
		if record.Status.State != v1alpha1.OrphanClosed {
			h.lives = append(h.lives, life{uid: owner.UID, known: h.ours(record.Status.Resources)})
		}
	}
	return err
}

// ours leaves out what bears the name of another installation or object.
func (h *heritage) ours(entries []ledger.Entry) []ledger.Entry {
	return slices.DeleteFunc(slices.Clone(entries), func(entry ledger.Entry) bool {
		_, _, ok := h.Named("").Reads(entry.Name)
		return entry.Name != "" && entry.ParentID == "" && !ok && !ledger.Outlives(entry)
	})
}

// findNamed looks at the trunk that the number is on. An object that has our
// finalizer and no ledger was set up once and lost its status: it looks at the
// names of all trunks, for the setup may have ended before the number was on one.
// Others are new, and need not pay for that.
func (h *heritage) findNamed(ctx context.Context) error {
	holder, err := h.construction.Holder(ctx, h.everything)
	if err != nil {
		return err
	}
	names := []string{holder.Name}
	if controllerutil.ContainsFinalizer(h.Before, v1alpha1.FinalizerTeardown) {
		all, err := h.construction.Names(ctx, h.everything)
		if err != nil {
			return err
		}
		names = append(names, all...)
	}
	return h.addNamed(ctx, holder, names)
}

// another reports whether a name is of another life than that of the number itself.
func (h *heritage) another(name string) bool {
	uid, _, _ := h.Named("").Reads(name)
	return uid != string(h.number.UID)
}

// addNamed adds the lives that names tell of, unless they are known already, are on
// record for another number, or go on.
func (h *heritage) addNamed(ctx context.Context, holder ledger.Entry, names []string) error {
	names = slices.DeleteFunc(names, func(name string) bool {
		_, _, ok := h.Named("").Reads(name)
		return !ok
	})
	if len(names) == 0 || h.obstructed() && !slices.ContainsFunc(names, h.another) {
		return nil
	}
	rivals, err := usage.OfNumberNow(ctx, h.Direct, h.number.Spec.Number)
	if err != nil {
		return err
	}
	for _, name := range names {
		uid, slot, _ := h.Named("").Reads(name)
		known := slices.ContainsFunc(h.lives, func(l life) bool { return l.uid == uid })
		goesOn := slices.ContainsFunc(rivals, func(rival v1alpha1.PhoneNumber) bool {
			return string(rival.UID) == uid && rival.UID != h.number.UID
		})
		if known || goesOn || h.recorded[uid] {
			continue
		}
		found := life{uid: uid}
		if name == holder.Name {
			holder.Slot = string(slot)
			found.known = []ledger.Entry{holder}
		}
		at := len(h.lives)
		if uid == string(h.number.UID) {
			at = 0 // what it has itself comes before what others left
		}
		h.lives = slices.Insert(h.lives, at, found)
	}
	return nil
}
