package fake

import (
	"fmt"
	"slices"

	"github.com/callplane/callplane/internal/external"
)

// ties are what can be moved and bears an id.
func (d driver) ties(id string) []*Resource {
	return slices.DeleteFunc(d.ids(id), func(r *Resource) bool { return !d.provider.Kinds[r.Kind].Moves })
}

// holder is what something is tied to that is not the owner's; empty for nothing.
func (d driver) holder(id string, own []string) string {
	for _, tie := range d.ties(id) {
		if !slices.Contains(own, tie.ParentID) {
			return tie.ParentID
		}
	}
	return ""
}

// take unties what is about to be tied.
func (d driver) take(call external.Call) error {
	id := call.Inputs[d.Association]
	if by := d.holder(id, call.Own); by != "" && by != call.Previous {
		return &external.Error{Class: external.NumberInUse, Message: fmt.Sprintf("%s is on %s", id, by)}
	}
	for _, tie := range d.ties(id) {
		if tie.ParentID != call.ParentID {
			d.provider.remove(tie)
		}
	}
	return nil
}

// giveBack ties something to what it was tied to before, if that is there.
func (d driver) giveBack(tie *Resource, previous string) error {
	if len(d.ids(previous)) > 0 {
		tie.ParentID = previous
		return nil
	}
	d.provider.remove(tie)
	return &external.Error{Class: external.MovedAway, Message: fmt.Sprintf("%s is left untied: %s is gone", tie.ID, previous)}
}
