package fake

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/callplane/callplane/internal/external"
)

type driver struct {
	session
	Kind
	kind string
}

// Observe finds by id, else by parent or by name as lists do.
func (d driver) Observe(ctx context.Context, call external.Call) (external.Observation, error) {
	var observation external.Observation
	err := d.do(ctx, Observe, call, func(*Call) error {
		resource, err := d.look(call)
		if err == nil {
			observation = d.observation(resource, call)
		}
		return err
	})
	return observation, err
}

// Create makes another one whenever it is asked to, as real providers do; only
// what is tied already is not tied twice.
func (d driver) Create(ctx context.Context, call external.Call) (external.Observation, error) {
	var observation external.Observation
	err := d.do(ctx, Create, call, func(logged *Call) error {
		resource := Resource{
			Account: d.account, Kind: d.kind, ParentID: call.ParentID, Key: d.naturalKey(call),
			Inputs: maps.Clone(call.Inputs), listed: d.provider.Now().Add(d.provider.Lag),
		}
		switch {
		case call.ParentID != "" && len(d.ids(call.ParentID)) == 0:
			return notFound("the parent %s", call.ParentID)
		case d.Association != "":
			if err := d.take(call); err != nil {
				return err
			}
			resource.ID = call.Inputs[d.Association]
		case d.Existing:
			if err := d.buy(call.Spec); err != nil {
				return err
			}
			resource.Name, _ = call.Spec.(string)
		case call.ParentID == "" || d.Named:
			resource.Name = call.Marker
		}
		if !d.Partial {
			resource.Spec = call.Spec
		}
		made, err := d.look(external.Call{ID: resource.ID, ParentID: resource.ParentID})
		if d.Association == "" || err != nil {
			made = d.provider.add(resource)
		}
		logged.ID = made.ID
		observation = d.observation(made, call)
		return nil
	})
	return observation, err
}

// buy takes off the market what is bought. What somebody has is not on sale.
func (d driver) buy(key any) error {
	had := d.provider.find(func(r *Resource) bool { return r.Kind == d.kind && key == any(r.Name) })
	i := slices.IndexFunc(d.provider.OnSale, func(offered string) bool { return key == any(offered) })
	if i < 0 || len(had) > 0 {
		return &external.Error{Class: external.InvalidConfiguration, Message: fmt.Sprintf("%v is not for sale", key)}
	}
	d.provider.OnSale = slices.Delete(d.provider.OnSale, i, i+1)
	return nil
}

// Holder is what something that exists is tied to.
func (d driver) Holder(ctx context.Context, call external.Call) (external.Observation, error) {
	var observation external.Observation
	err := d.do(ctx, Observe, call, func(*Call) error {
		resource, err := d.look(call)
		if err != nil {
			return err
		}
		for _, tie := range d.ids(resource.ID) {
			for _, holder := range d.ids(tie.ParentID) {
				observation = external.Observation{ID: holder.ID, Name: holder.Name}
			}
		}
		return nil
	})
	return observation, err
}

// A countedDriver is of a kind that bears no name and is seen in a list all the same.
type countedDriver struct{ driver }

// All observes what exists of the kind in the account.
func (d countedDriver) All(ctx context.Context) ([]external.Observation, error) {
	return d.List(ctx, "")
}

// List observes what exists of the kind, in the account or in a parent.
func (d driver) List(ctx context.Context, parentID string) ([]external.Observation, error) {
	var seen []external.Observation
	err := d.do(ctx, List, external.Call{}, func(*Call) error {
		for _, resource := range d.provider.find(func(r *Resource) bool {
			return r.Account == d.account && r.Kind == d.kind && (parentID == "" || r.ParentID == parentID)
		}) {
			if !d.provider.Now().Before(resource.listed) {
				seen = append(seen, external.Observation{
					ID: resource.ID, ParentID: resource.ParentID, Name: resource.Name, Revision: fmt.Sprint(resource.Spec, resource.Inputs),
				})
			}
		}
		return nil
	})
	return seen, err
}

func (d driver) Update(ctx context.Context, call external.Call) (external.Observation, error) {
	var observation external.Observation
	err := d.do(ctx, Update, call, func(*Call) error {
		resource, err := d.look(call)
		if err == nil {
			resource.Spec, resource.Inputs = call.Spec, maps.Clone(call.Inputs)
			if d.Association != "" {
				resource.ParentID = call.ParentID
			}
			if resource.Name != "" && !d.Existing {
				resource.Name = call.Marker
			}
			observation = d.observation(resource, call)
		}
		return err
	})
	return observation, err
}

// Delete refuses what something else is still tied to, and gives back what was taken.
func (d driver) Delete(ctx context.Context, call external.Call) error {
	return d.do(ctx, Delete, call, func(*Call) error {
		resource, err := d.look(call)
		switch {
		case err != nil:
			return err
		case d.Moves && call.Previous != "":
			return d.giveBack(resource, call.Previous)
		case d.Association == "" && len(d.ids(resource.ID)) > 1:
			return &external.Error{Class: external.ResourceInUse, Message: fmt.Sprintf("%s is still tied to something", resource.ID)}
		case !resource.Undying:
			d.provider.remove(resource)
		}
		return nil
	})
}

func (d driver) do(ctx context.Context, operation Operation, call external.Call, work func(*Call) error) error {
	return d.provider.do(ctx, Call{Operation: operation, Account: d.account, Kind: d.kind, ID: call.ID}, work)
}

func (d driver) look(call external.Call) (*Resource, error) {
	found := d.provider.find(func(r *Resource) bool { return r.Account == d.account && r.Kind == d.kind && d.matches(r, call) })
	if len(found) == 0 {
		return nil, notFound("%s %s", d.kind, call.ID)
	}
	if moved := found[0].MovedAway; moved != "" {
		return nil, &external.Error{Class: external.MovedAway, Message: moved}
	}
	return found[0], nil
}

func (d driver) matches(r *Resource, call external.Call) bool {
	switch {
	case d.Association != "":
		return r.ID == call.ID && (r.ParentID == call.ParentID || slices.Contains(call.From, r.ParentID))
	case call.ID != "":
		return r.ID == call.ID
	case d.provider.Now().Before(r.listed):
		return false
	case d.Existing:
		return call.Spec == any(r.Name) || call.Spec == nil && call.Marker == r.Name
	case call.ParentID != "":
		return d.contained(r, call)
	default:
		return call.Marker != "" && r.Name == call.Marker
	}
}

// contained looks by name or, in what is lent, by the natural key.
func (d driver) contained(r *Resource, call external.Call) bool {
	return r.ParentID == call.ParentID && (!d.Named || r.Name == call.Marker) && (!call.Lent || r.Key == d.naturalKey(call))
}

// naturalKey is that of what a call is about; empty for kinds without one.
func (d driver) naturalKey(call external.Call) string {
	switch {
	case d.Key == nil:
		return ""
	case call.Spec == nil:
		return call.Marker
	default:
		return d.Key(call.Spec)
	}
}

// ids lists what bears an id: the resource, and what is tied to it.
func (d driver) ids(id string) []*Resource {
	return d.provider.find(func(r *Resource) bool { return r.Account == d.account && r.ID == id })
}

func (d driver) observation(r *Resource, call external.Call) external.Observation {
	observation := external.Observation{ID: r.ID, ParentID: r.ParentID, Outputs: map[string]string{}}
	if r.ParentID == "" {
		observation.Name = r.Name
	}
	if d.Association != "" && r.ParentID != call.ParentID {
		observation.Drift = []string{"place"}
	}
	for _, name := range d.Outputs {
		observation.Outputs[name] = r.ID + "." + name
	}
	if d.Existing {
		observation.Outputs[OutputHolder] = d.holder(r.ID, call.Own)
	}
	if call.Spec != nil {
		observation.Lacks = r.Lacks
	}
	if call.Spec != nil && !d.Existing {
		if !reflect.DeepEqual(r.Spec, call.Spec) {
			observation.Drift = append(observation.Drift, "spec")
		}
		if !maps.Equal(r.Inputs, call.Inputs) {
			observation.Drift = append(observation.Drift, "inputs")
		}
		if r.Name != "" && r.Name != call.Marker {
			observation.Drift = append(observation.Drift, "name")
		}
	}
	return observation
}

func notFound(format string, words ...any) error {
	return &external.Error{Class: external.NotFound, Message: fmt.Sprintf(format, words...) + " does not exist"}
}

type sharedDriver struct{ driver }

// UsedBy says what a test wrote into the resource, else what that is not the
// owner's it is tied to.
func (d sharedDriver) UsedBy(ctx context.Context, call external.Call) (string, error) {
	var by string
	err := d.do(ctx, UsedBy, call, func(*Call) error {
		resource, err := d.look(call)
		if err != nil {
			return err
		}
		by = resource.UsedBy
		for _, tie := range d.ids(resource.ID) {
			if by == "" && tie.Kind != d.kind && !slices.Contains(call.Own, tie.ParentID) {
				by = tie.ParentID
			}
		}
		return nil
	})
	return by, err
}
