package provider

import (
	"slices"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
)

// imported lets resources take the place of new ones that the number imports. What ties
// two of them that are lent together is lent, too.
func imported(number *v1alpha1.PhoneNumber, resources []external.Resource) []external.Resource {
	lent := map[external.Slot]bool{}
	for i := range resources {
		r := &resources[i]
		at := slices.IndexFunc(number.Spec.Import, func(from v1alpha1.ImportedResource) bool { return from.Slot == string(r.Slot) })
		if at < 0 || r.Parent != "" || r.Within != "" || r.Existing {
			continue
		}
		from := number.Spec.Import[at]
		r.ID, r.Imported, r.Lent = from.ID, true, from.OnDelete != v1alpha1.OnDeleteDelete
		lent[r.Slot] = r.Lent
	}
	for i := range resources {
		r := &resources[i]
		if r.Association != "" && lent[r.Parent] && lent[r.Inputs[r.Association].Slot] {
			r.Imported, r.Lent = true, true
		}
	}
	return resources
}
