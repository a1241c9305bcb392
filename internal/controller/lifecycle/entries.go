package lifecycle

import (
	"cmp"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/plan"
)

// forget drops what went away together with its container, which is made anew, but
// not where it was taken from.
func (j *Journal) forget() {
	for _, step := range j.Steps {
		entry := j.entry(step.Resource)
		switch {
		case step.Action != plan.Create || !seen(entry):
		case entry.Origin == v1alpha1.OriginTakenOver:
			entry.State, entry.Since = v1alpha1.StatePending, j.justNow()
			j.put(entry)
		default:
			j.status().ExternalResources = ledger.Remove(j.status().ExternalResources, step.Resource.Slot)
		}
	}
}

// seen reports whether a resource is known to have been there.
func seen(entry ledger.Entry) bool {
	return entry.State == v1alpha1.StateReady || entry.State == v1alpha1.StateOutdated
}

// note writes into the ledger that a resource was seen, and that one which was
// inherited bears our name by now.
func (j *Journal) note(resource external.Resource, observation external.Observation) {
	entry := ledger.Observed(j.entry(resource), observation)
	if observation.Name != "" && observation.Name == j.Marker(resource.Slot) {
		entry.Name = observation.Name
	}
	j.put(entry)
	if j.Noted != nil {
		j.Noted(resource)
	}
}

// noteOutdated writes into the ledger that a resource is there and must still be
// updated: a generated password cannot be compared with what a carrier has. Of what is
// to move it says where from, so that it is found in either place.
func (j *Journal) noteOutdated(step plan.Step) {
	entry := ledger.Observed(j.entry(step.Resource), step.Observed)
	entry.State = v1alpha1.StateOutdated
	if step.Moves() {
		entry.Previous, entry.ParentID = step.Observed.ParentID, step.Resource.Within
	}
	j.put(entry)
}

// observed writes into the ledger what the plan found of a resource.
func (j *Journal) observed(step plan.Step) {
	switch step.Action {
	case plan.Keep:
		j.note(step.Resource, step.Observed)
	case plan.Update:
		j.noteOutdated(step)
	case plan.Miss:
		entry := j.entry(step.Resource)
		entry.State, entry.Since = v1alpha1.StateMissing, j.justNow()
		j.put(entry)
	case plan.Create, plan.Wait:
	}
}

// intend writes an intent for everything that can be created next: whatever has
// all it needs. What is contained in something is thus never intended before its
// container is recorded, so an intent always says where to look.
func (j *Journal) intend() {
	for _, step := range j.Steps {
		if entry := j.entry(step.Resource); step.Action == plan.Create && !seen(entry) {
			j.intent(step.Resource, entry)
		}
	}
}

func (j *Journal) intent(resource external.Resource, entry ledger.Entry) {
	ids := map[external.Slot]string{}
	for _, slot := range resource.Needs() {
		needed, ok := ledger.Find(j.status().ExternalResources, slot)
		if !ok || !seen(needed) {
			return
		}
		ids[slot] = needed.ID
	}
	if resource.Existing {
		entry.Origin = v1alpha1.OriginCreated
	}
	if resource.Existing || j.lent(resource.Parent) {
		entry.Name = resource.Key
	}
	if previous := j.Construction.Previous(resource); previous != "" {
		entry.Origin, entry.Previous = v1alpha1.OriginTakenOver, previous
	}
	entry.State, entry.Since = v1alpha1.StatePending, j.justNow()
	if resource.Awaited() {
		entry.Since = nil // its owner makes it, however long that takes
	}
	entry.ID = cmp.Or(resource.ID, ids[resource.Inputs[resource.Association].Slot])
	entry.ParentID = cmp.Or(resource.Within, ids[resource.Parent])
	j.put(entry)
}

// justNow is what a grace counts from: not when the visit began, which may have
// been much earlier, and not before now, whatever the API makes of fractions.
func (j *Journal) justNow() *metav1.Time {
	now := metav1.NewTime(j.Clock.Now().Add(time.Second).Truncate(time.Second))
	return &now
}

func (j *Journal) put(entry ledger.Entry) {
	j.status().ExternalResources = ledger.Put(j.status().ExternalResources, plan.Slots(j.Steps), entry)
}

// entry returns the recorded entry of a resource, or a new one.
func (j *Journal) entry(resource external.Resource) ledger.Entry {
	if entry, ok := ledger.Find(j.status().ExternalResources, resource.Slot); ok {
		return entry
	}
	entry := ledger.Entry{
		Slot: string(resource.Slot), Provider: resource.Provider, Kind: resource.Kind,
		Account: j.Construction.Sessions[resource.Provider].Account(), Connection: j.Connections[resource.Provider],
		Origin: ledger.OriginOf(resource), State: v1alpha1.StatePending,
	}
	if resource.BearsMarker() {
		entry.Name = j.Marker(resource.Slot)
	}
	return entry
}
