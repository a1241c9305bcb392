package siptrunk

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/controller/lifecycle"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/usage"
)

// numbers are those that the trunk must not go before: whoever names it, and whoever
// is on it still.
func (v *visit) numbers(ctx context.Context) ([]v1alpha1.PhoneNumber, error) {
	numbers, err := usage.OfTrunk(ctx, v.Client, v.trunk.Namespace, v.trunk.Name)
	if err != nil {
		return nil, err
	}
	for _, id := range ledger.IDs(v.trunk.Status.ExternalResources) {
		guests, err := usage.Within(ctx, v.Client, v.trunk.Namespace, id)
		if err != nil {
			return nil, err
		}
		numbers = append(numbers, guests...)
	}
	slices.SortFunc(numbers, func(a, b v1alpha1.PhoneNumber) int { return cmp.Compare(a.Name, b.Name) })
	return slices.CompactFunc(numbers, func(a, b v1alpha1.PhoneNumber) bool { return a.UID == b.UID }), nil
}

// callers are the numbers that calls are made from, sorted: those that are on the trunk
// and are not being taken down. One that waits for its turn is as it was: if it is on
// the list it stays there, and it does not come to it any more.
func (v *visit) callers(numbers []v1alpha1.PhoneNumber) []string {
	var callers []string
	for _, number := range numbers {
		here := v.lists(&number) || number.DeletionTimestamp.IsZero() && v.has(&number)
		if number.Spec.Outbound != nil && here && !leaves(&number) {
			callers = append(callers, number.Spec.Number)
		}
	}
	slices.Sort(callers)
	return slices.Compact(callers)
}

// leaves reports whether a number is being taken down, and nobody holds that.
func leaves(number *v1alpha1.PhoneNumber) bool {
	return !number.DeletionTimestamp.IsZero() && number.Status.Teardown != nil && !lifecycle.Paused(number)
}

// has reports whether a number names the trunk and is put on it. One that is refused
// stays where it is; at a carrier of one's own nothing is made that would show it.
func (v *visit) has(number *v1alpha1.PhoneNumber) bool {
	own := number.Status.ExternalResources
	attachment, atCarrier := ledger.Find(own, external.SlotAttachment)
	switch {
	case usage.Trunk(number) != v.trunk.Name:
		return false
	case v.trunk.Spec.Address != nil:
		return len(own) > 0 && !atCarrier && number.Spec.PlatformRef == v.trunk.Spec.PlatformRef
	}
	return v.holds(external.SlotTrunk, attachment.ParentID)
}

// lists reports whether a number that moves is still here: it stays until another trunk
// makes its calls, and where it comes back before that.
func (v *visit) lists(number *v1alpha1.PhoneNumber) bool {
	place, _ := ledger.Find(number.Status.ExternalResources, external.SlotOutboundTrunk)
	return v.holds(external.SlotOutboundTrunk, place.ParentID) || v.holds(external.SlotOutboundTrunk, place.Previous)
}

func (v *visit) holds(slot external.Slot, id string) bool {
	entry, _ := ledger.Find(v.trunk.Status.ExternalResources, slot)
	return id != "" && entry.ID == id
}

// show puts the numbers into the status, or says when that may be done.
func (v *visit) show(numbers []v1alpha1.PhoneNumber) time.Duration {
	return v.reconciler.throttle.Show(&v.trunk.Status.Numbers, numbers, v.trunk.UID, v.Clock.Now())
}
