package siptrunk

import (
	"cmp"
	"context"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/callplane/callplane/api/v1alpha1"
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

// callers are the numbers that calls are made from, sorted: those that hold their
// claim to the number and are not being deleted. One that moves away stays until
// another trunk has it.
func (v *visit) callers(numbers []v1alpha1.PhoneNumber) []string {
	outbound, _ := ledger.Find(v.trunk.Status.ExternalResources, external.SlotOutboundTrunk)
	var callers []string
	for _, number := range numbers {
		own := number.Status.ExternalResources
		place, _ := ledger.Find(own, external.SlotOutboundTrunk)
		comes := usage.Trunk(&number) == v.trunk.Name && number.Spec.Outbound != nil && len(own) > 0
		stays := outbound.ID != "" && (place.ParentID == outbound.ID || place.Previous == outbound.ID)
		if number.DeletionTimestamp.IsZero() && (comes || stays && usage.Trunk(&number) != v.trunk.Name) {
			callers = append(callers, number.Spec.Number)
		}
	}
	slices.Sort(callers)
	return slices.Compact(callers)
}

// show puts the numbers into the status, or says when that may be done.
func (v *visit) show(numbers []v1alpha1.PhoneNumber) time.Duration {
	summary := usage.Summary(usage.Names(numbers))
	if equality.Semantic.DeepEqual(v.trunk.Status.Numbers, summary) {
		return 0
	}
	wait := v.reconciler.throttle.Pass(v.trunk.UID, v.Clock.Now())
	if wait == 0 {
		v.trunk.Status.Numbers = summary
	}
	return wait
}
