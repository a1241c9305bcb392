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

// findLives finds the lives that may have left something: those on record and,
// while the ledger is empty, those whose names things bear. A number that was
// Ready has looked, so it does not ask again.
func (v *visit) findLives(ctx context.Context, h *heritage, construction *engine.Construction, everything []external.Resource) error {
	if meta.IsStatusConditionTrue(v.number.Status.Conditions, v1alpha1.ConditionReady) {
		return nil
	}
	if err := v.findRecorded(ctx, h); err != nil || len(v.number.Status.ExternalResources) > 0 {
		return err
	}
	return v.findNamed(ctx, h, construction, everything)
}

func (v *visit) findRecorded(ctx context.Context, h *heritage) error {
	records, err := v.Orphans.Of(ctx, v.number.Namespace, v.number.Name)
	for _, record := range records {
		owner := record.Spec.Owner
		if owner.Kind != v1alpha1.KindPhoneNumber || owner.Number != v.number.Spec.Number || owner.UID == string(v.number.UID) {
			continue
		}
		h.records = append(h.records, record)
		if record.Status.State != v1alpha1.OrphanClosed {
			h.lives = append(h.lives, life{uid: owner.UID, known: v.ours(record.Status.Resources)})
		}
	}
	return err
}

// ours leaves out what bears the name of another installation or object.
func (v *visit) ours(entries []ledger.Entry) []ledger.Entry {
	return slices.DeleteFunc(slices.Clone(entries), func(entry ledger.Entry) bool {
		_, _, ok := v.owner("").Reads(entry.Name)
		return entry.Name != "" && !ok
	})
}

// findNamed looks at the trunk that the number is on. An object that has our
// finalizer and no ledger was set up once and lost its status: it looks at the
// names of everything, for the setup may have ended before the number was on a
// trunk. Others are new, and need not pay for that.
func (v *visit) findNamed(ctx context.Context, h *heritage, construction *engine.Construction, everything []external.Resource) error {
	holder, err := construction.Holder(ctx, everything)
	if err != nil {
		return err
	}
	names := []string{holder.Name}
	if controllerutil.ContainsFinalizer(v.before, v1alpha1.FinalizerTeardown) {
		all, err := construction.Names(ctx, everything)
		if err != nil {
			return err
		}
		names = append(names, all...)
	}
	return v.addNamed(ctx, h, holder, names)
}

// addNamed adds the lives that names tell of, unless they are on record, or go on.
func (v *visit) addNamed(ctx context.Context, h *heritage, holder ledger.Entry, names []string) error {
	living := map[string]bool{}
	for _, name := range names {
		uid, slot, ok := v.owner("").Reads(name)
		if !ok || slices.ContainsFunc(h.lives, func(l life) bool { return l.uid == uid }) {
			continue
		}
		if len(living) == 0 {
			var err error
			if living, err = v.living(ctx); err != nil {
				return err
			}
		}
		if living[uid] {
			continue
		}
		found := life{uid: uid}
		if name == holder.Name {
			holder.Slot = string(slot)
			found.known = []ledger.Entry{holder}
		}
		h.lives = append(h.lives, found)
	}
	return nil
}

// living are the UIDs of the other objects that name the number, as they are now.
func (v *visit) living(ctx context.Context) (map[string]bool, error) {
	rivals, err := usage.OfNumber(ctx, v.Direct, v.number.Spec.Number)
	living := map[string]bool{}
	for _, rival := range rivals {
		living[string(rival.UID)] = rival.UID != v.number.UID
	}
	return living, err
}
