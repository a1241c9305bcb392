package engine

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/plan"
)

// A Construction makes what one number needs, in the sessions of its providers.
type Construction struct {
	// Sessions by provider.
	Sessions map[string]external.Session
	// Marker names what is created.
	Marker func(external.Slot) string
	// Ledger as it was read.
	Ledger []ledger.Entry

	seen map[external.Slot]external.Observation
	// within are containers of others that something is in, or is to be.
	within []string
	// imported are the ids of what is imported, and lent those of what of that stays
	// somebody else's.
	imported, lent []string
}

// Observe looks for the resources that are recorded and for those that must
// exist already, in order. It changes nothing at the providers. The first error
// ends it; an Existing resource that is not there is an error, unless it may be
// bought, and so is an imported one, or one that is lent and cannot serve as it is.
func (c *Construction) Observe(ctx context.Context, ordered []external.Resource) (plan.Findings, error) {
	c.seen = map[external.Slot]external.Observation{}
	c.within = within(ordered, c.Ledger)
	findings := plan.Findings{}
	c.imported, c.lent = imports(ordered)
	for _, resource := range ordered {
		entry, recorded := ledger.Find(c.Ledger, resource.Slot)
		if !recorded && !resource.Existing && !resource.Imported {
			continue
		}
		observation, err := c.observe(ctx, resource, entry)
		if external.IsNotFound(err) && mayBeMade(resource, entry) {
			findings[resource.Slot] = plan.Finding{}
			continue
		}
		if resource.Imported {
			observation, err = imported(resource, observation, err)
		}
		if err != nil {
			return nil, fmt.Errorf("observing %s: %w", resource.Slot, err)
		}
		c.seen[resource.Slot] = observation
		findings[resource.Slot] = plan.Finding{Observation: observation, Found: true}
	}
	return findings, nil
}

// mayBeMade reports whether the absence of a resource is no error. What was bought
// and is gone is not bought again.
func mayBeMade(resource external.Resource, entry ledger.Entry) bool {
	return !resource.Existing && !resource.Imported || resource.Purchase && entry.ID == ""
}

func (c *Construction) observe(ctx context.Context, resource external.Resource, entry ledger.Entry) (external.Observation, error) {
	work, err := driver(c.Sessions[resource.Provider], resource.Provider, resource.Kind)
	if err != nil {
		return external.Observation{}, err
	}
	call, complete := c.call(resource, entry)
	if !complete {
		// Without its inputs a resource can be found, but not compared.
		call.Spec = nil
	}
	return seek(ctx, work, call)
}

// A Result is what became of one step.
type Result struct {
	Resource    external.Resource
	Observation external.Observation
	// Created is true once for a resource that was just made: its id must be
	// written down before anything else is done.
	Created bool
	Err     error
}

// Provision carries out the steps in order and yields what became of each, as
// soon as it is known. It ends at the first error, at the first step that must
// wait, and when the caller stops listening.
func (c *Construction) Provision(ctx context.Context, steps []plan.Step) iter.Seq[Result] {
	return func(yield func(Result) bool) {
		for _, step := range steps {
			if step.Action == plan.Wait || step.Action == plan.Miss {
				return
			}
			for result := range c.carryOut(ctx, step) {
				if !yield(result) || result.Err != nil {
					return
				}
				c.seen[step.Resource.Slot] = result.Observation
			}
		}
	}
}

func (c *Construction) carryOut(ctx context.Context, step plan.Step) iter.Seq[Result] {
	return func(yield func(Result) bool) {
		result := Result{Resource: step.Resource, Observation: step.Observed}
		entry, _ := ledger.Find(c.Ledger, step.Resource.Slot)
		entry.ID = step.Observed.ID
		switch step.Action {
		case plan.Create:
			result = c.create(ctx, step.Resource)
			if !yield(result) || result.Err != nil || len(result.Observation.Drift) == 0 {
				return
			}
			entry.ID = result.Observation.ID
			yield(c.update(ctx, step.Resource, entry))
		case plan.Update:
			yield(c.update(ctx, step.Resource, entry))
		default:
			yield(result)
		}
	}
}

func (c *Construction) create(ctx context.Context, resource external.Resource) Result {
	result := Result{Resource: resource, Created: true}
	work, call, err := c.prepare(resource, ledger.Entry{})
	if err == nil {
		result.Observation, err = work.Create(ctx, call)
	}
	if err != nil {
		result.Created = false
		result.Err = fmt.Errorf("creating %s: %w", resource.Slot, err)
	}
	return result
}

func (c *Construction) update(ctx context.Context, resource external.Resource, entry ledger.Entry) Result {
	result := Result{Resource: resource}
	work, call, err := c.prepare(resource, entry)
	if err == nil {
		result.Observation, err = work.Update(ctx, call)
	}
	if err != nil {
		result.Err = fmt.Errorf("updating %s: %w", resource.Slot, err)
	}
	return result
}

// prepare finds the driver and the whole call; a mutation is never made with a
// part of its inputs.
func (c *Construction) prepare(resource external.Resource, entry ledger.Entry) (external.Driver, external.Call, error) {
	work, err := driver(c.Sessions[resource.Provider], resource.Provider, resource.Kind)
	if err != nil {
		return nil, external.Call{}, err
	}
	call, complete := c.call(resource, entry)
	if !complete {
		return nil, external.Call{}, fmt.Errorf("what %s needs is not known yet", resource.Slot)
	}
	return work, call, nil
}

// call says what the driver is to work on; false while something it needs has
// not been seen.
func (c *Construction) call(resource external.Resource, entry ledger.Entry) (external.Call, bool) {
	call := recall(entry, c.own())
	call.Marker = c.Marker(resource.Slot)
	call.Spec = resource.Spec
	call.Inputs = map[string]string{}
	complete := true
	if resource.Parent != "" {
		parent, ok := c.seen[resource.Parent]
		complete = complete && ok
		if ok {
			call.ParentID = parent.ID
		}
	}
	call.Lent = call.ParentID != "" && slices.Contains(c.lent, call.ParentID)
	if resource.Guest() {
		call.From, call.ParentID = others(resource.Within, entry.ParentID, entry.Previous), resource.Within
	}
	for name, ref := range resource.Inputs {
		value, ok := c.seen[ref.Slot].Output(ref.Output)
		complete = complete && ok
		call.Inputs[name] = value
	}
	if call.ID == "" {
		call.ID = cmp.Or(resource.ID, call.Inputs[resource.Association])
	}
	call.Previous = c.Previous(resource)
	return call, complete
}

// others are the ids of the other containers that something may be in.
func others(container string, ids ...string) []string {
	return slices.DeleteFunc(ids, func(id string) bool { return id == "" || id == container })
}

// within lists the containers of others that something is to be in, is in, or was.
func within(ordered []external.Resource, entries []ledger.Entry) []string {
	var ids []string
	for _, resource := range ordered {
		if resource.Guest() {
			entry, _ := ledger.Find(entries, resource.Slot)
			ids = append(ids, resource.Within, entry.ParentID, entry.Previous)
		}
	}
	return ids
}

// Previous is what a resource will be taken from, as it was seen; empty for nothing.
func (c *Construction) Previous(resource external.Resource) string {
	holder, _ := c.seen[resource.Previous.Slot].Output(resource.Previous.Output)
	return holder
}

// own lists every id of the owner: what is recorded and what was seen since, and
// where others let it be.
func (c *Construction) own() []string {
	ids := slices.Concat(ledger.IDs(c.Ledger), c.within, c.imported)
	for _, observation := range c.seen {
		ids = append(ids, observation.ID)
	}
	return ids
}
