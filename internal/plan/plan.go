// Package plan decides what is to be done so that the providers hold what a
// number needs. It is pure: what is wanted, what is recorded and what was
// observed go in, ordered steps come out. It knows the ledger, and neither the API
// server nor any provider.
package plan

import (
	"fmt"
	"slices"
	"time"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
)

// An Action is what a step does.
type Action string

// Actions.
const (
	// Keep: it is there as wanted.
	Keep Action = "Keep"
	// Create: it does not exist.
	Create Action = "Create"
	// Update: it is there and differs from what is wanted.
	Update Action = "Update"
	// Miss: it was there and one read did not find it, which is not believed yet.
	Miss Action = "Miss"
	// Wait: whether it exists will be known later.
	Wait Action = "Wait"
)

// A Step is what is to be done about one resource.
type Step struct {
	Action   Action
	Resource external.Resource
	// Observed is what was found, for Keep and Update.
	Observed external.Observation
	// Until is when a Wait or a Miss is over.
	Until time.Time
}

// Moves reports whether the step takes what exists out of another owner's container
// into that of a second one.
func (s Step) Moves() bool {
	return s.Action == Update && s.Resource.Within != "" && s.Observed.ParentID != s.Resource.Within
}

// A Finding is the answer to looking for one resource. A slot without a
// finding was not looked for.
type Finding struct {
	Observation external.Observation
	Found       bool
}

// Findings are the answers by slot.
type Findings map[external.Slot]Finding

// Provision returns a step for each wanted resource, in an order in which they
// can be made. A resource that a read did not find is created only once grace
// has passed since it might have been created, or was first missed: provider
// lists lag, and a lost answer must not become a second resource.
func Provision(desired []external.Resource, entries []ledger.Entry, found Findings, now time.Time, grace time.Duration) ([]Step, error) {
	ordered, err := Order(desired)
	if err != nil {
		return nil, err
	}
	actions := map[external.Slot]Action{}
	steps := make([]Step, 0, len(ordered))
	for _, resource := range ordered {
		entry, recorded := ledger.Find(entries, resource.Slot)
		step := Step{Resource: resource, Observed: found[resource.Slot].Observation}
		step.Action, step.Until = decide(resource, entry, recorded, found[resource.Slot], actions, now, grace)
		actions[resource.Slot] = step.Action
		steps = append(steps, step)
	}
	return steps, nil
}

func decide(resource external.Resource, entry ledger.Entry, recorded bool, finding Finding, before map[external.Slot]Action, now time.Time, grace time.Duration) (Action, time.Time) {
	switch {
	case finding.Found && outdated(resource, entry, finding, before):
		return Update, time.Time{}
	case finding.Found:
		return Keep, time.Time{}
	case !recorded || before[resource.Parent] == Create || resource.Awaited():
		// Never asked for, gone with the parent that contained it, or for its owner to make.
		return Create, time.Time{}
	case entry.State == v1alpha1.StateReady || entry.State == v1alpha1.StateOutdated || entry.Since == nil:
		return Miss, now.Add(grace)
	case now.Before(entry.Since.Add(grace)):
		return Wait, entry.Since.Add(grace)
	default:
		return Create, time.Time{}
	}
}

// outdated reports whether what was found is to be changed. What others have is not.
func outdated(resource external.Resource, entry ledger.Entry, finding Finding, before map[external.Slot]Action) bool {
	needsNew := slices.ContainsFunc(resource.Needs(), func(slot external.Slot) bool { return before[slot] == Create })
	differs := needsNew || len(finding.Observation.Drift) > 0 || entry.State == v1alpha1.StateOutdated
	return differs && !resource.Existing && !resource.Lent
}

// Slots lists the slots of the steps in order.
func Slots(steps []Step) []external.Slot {
	slots := make([]external.Slot, len(steps))
	for i, step := range steps {
		slots[i] = step.Resource.Slot
	}
	return slots
}

// Order sorts resources so that each comes after what it needs, and otherwise
// keeps their order. Needs outside the list are taken to exist. A cycle is a
// bug in a provider's list.
func Order(resources []external.Resource) ([]external.Resource, error) {
	var ordered []external.Resource
	waiting := slices.Clone(resources)
	for len(waiting) > 0 {
		i := slices.IndexFunc(waiting, func(r external.Resource) bool {
			return !slices.ContainsFunc(r.Needs(), func(slot external.Slot) bool { return has(waiting, slot) })
		})
		if i < 0 {
			return nil, fmt.Errorf("resources need one another in a circle: %s", waiting[0].Slot)
		}
		ordered = append(ordered, waiting[i])
		waiting = slices.Delete(waiting, i, i+1)
	}
	return ordered, nil
}

func has(resources []external.Resource, slot external.Slot) bool {
	return slices.ContainsFunc(resources, func(r external.Resource) bool { return r.Slot == slot })
}
