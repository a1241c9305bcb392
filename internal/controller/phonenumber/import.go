package phonenumber

import (
	"context"
	"fmt"
	"slices"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/marker"
	"github.com/callplane/callplane/internal/plan"
)

// mayImport refuses to import what a Callplane has made, or what another object uses. It
// looks at the names each time, and at the objects, live, before it is recorded.
func (v *visit) mayImport(ctx context.Context, ordered []external.Resource, found plan.Findings) error {
	var news []external.Resource
	for _, resource := range ordered {
		if !resource.Imported || resource.ID == "" {
			continue
		}
		entry, recorded := ledger.Find(v.number.Status.ExternalResources, resource.Slot)
		name := found[resource.Slot].Observation.Name
		if marker.Is(name) && name != v.Marker(resource.Slot) && name != entry.Name {
			return notImported(resource, "a Callplane made it and named it "+name)
		}
		if !recorded {
			news = append(news, resource)
		}
	}
	if len(news) == 0 {
		return nil
	}
	return v.unusedByOthers(ctx, news)
}

func (v *visit) unusedByOthers(ctx context.Context, news []external.Resource) error {
	var numbers v1alpha1.PhoneNumberList
	var trunks v1alpha1.SIPTrunkList
	if err := v.Direct.List(ctx, &numbers); err != nil {
		return err
	}
	if err := v.Direct.List(ctx, &trunks); err != nil {
		return err
	}
	for _, resource := range news {
		uses := func(entry ledger.Entry) bool { return entry.Provider == resource.Provider && entry.ID == resource.ID }
		for _, other := range numbers.Items {
			if other.UID != v.number.UID && slices.ContainsFunc(other.Status.ExternalResources, uses) {
				return notImported(resource, fmt.Sprintf("the PhoneNumber %s/%s has it", other.Namespace, other.Name))
			}
		}
		for _, other := range trunks.Items {
			if slices.ContainsFunc(other.Status.ExternalResources, uses) {
				return notImported(resource, fmt.Sprintf("the SIPTrunk %s/%s has it", other.Namespace, other.Name))
			}
		}
	}
	return nil
}

func notImported(resource external.Resource, why string) error {
	return &external.Error{Class: external.InvalidConfiguration, Message: fmt.Sprintf("%s %s is not imported as %s: %s", resource.Kind, resource.ID, resource.Slot, why)}
}
