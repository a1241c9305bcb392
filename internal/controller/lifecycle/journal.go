package lifecycle

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/plan"
	"github.com/callplane/callplane/internal/status"
)

// A Journal writes into the ledger what is about to be made, before it is, and
// what was made, before anything else is.
type Journal struct {
	*Visit
	Steps        []plan.Step
	Construction *engine.Construction
	// Connections, by the name of the provider, are what the steps are made with.
	Connections map[string]v1alpha1.Connection
	// Establish writes the intents, with the resourceVersion that was read.
	Establish func(context.Context) error
	// Noted is told of every resource that was seen to be there; nil if nobody asks.
	Noted func(external.Resource)
	// Unneeded reports whether what was created and could not be recorded serves
	// nobody, given the object as it is now; nil if that is always so.
	Unneeded func(context.Context, v1alpha1.Owner, external.Resource) (bool, error)
}

// CarryOut fences and makes what was planned, and takes down what is not asked for any
// more. The time it returns is when to look again for something whose absence cannot
// be believed yet.
func (j *Journal) CarryOut(ctx context.Context, login *Login) (time.Time, error) {
	if err := j.fence(ctx, login.Fresh); err != nil {
		return time.Time{}, err
	}
	if err := login.store(ctx, j.Visit); err != nil {
		return time.Time{}, err
	}
	if err := j.provision(ctx); err != nil || !until(j.Steps).IsZero() {
		return until(j.Steps), err
	}
	return j.Retire(ctx, j.unwanted)
}

// fence has the intents written. Only if that is accepted may anything be created: a
// view from a stale cache, or from before the deletion, is refused here. Without
// anything to be created it is needed only if that is asked for.
func (j *Journal) fence(ctx context.Context, needed bool) error {
	needed = needed || slices.ContainsFunc(j.Steps, j.imports) || slices.ContainsFunc(j.Steps, plan.Step.Moves)
	for _, step := range j.Steps {
		j.observed(step)
	}
	if !slices.ContainsFunc(j.Steps, j.creates) && !needed {
		return nil
	}
	if err := j.namespaceStays(ctx); err != nil {
		return err
	}
	j.forget()
	j.intend()
	return j.Establish(ctx)
}

// imports reports whether a step is the first about something that is imported.
func (j *Journal) imports(step plan.Step) bool {
	_, recorded := ledger.Find(j.status().ExternalResources, step.Resource.Slot)
	return step.Resource.Imported && !recorded
}

// creates reports whether a step makes something, rather than waits on for an owner
// who is to make it and whom the ledger names already.
func (j *Journal) creates(step plan.Step) bool {
	entry, recorded := ledger.Find(j.status().ExternalResources, step.Resource.Slot)
	asked := recorded && step.Resource.Awaited() && entry.ParentID == step.Resource.Within
	return step.Action == plan.Create && !asked
}

// provision makes what is to be made. What was created is recorded before the
// next step; what was created last is recorded together with the verdict.
func (j *Journal) provision(ctx context.Context) error {
	for result := range j.Construction.Provision(ctx, j.Steps) {
		if result.Err != nil {
			// It may have been made all the same, and only just now.
			j.intend()
			return vanished(result.Err)
		}
		j.note(result.Resource, result.Observation)
		if !result.Created || j.inIntent(result.Resource) {
			continue
		}
		j.intend()
		if j.completes(result) {
			j.Apply(status.Active())
		}
		if err := j.record(ctx, result); err != nil {
			return err
		}
	}
	return nil
}

// inIntent reports whether the id of what was created was in its intent, so that nothing
// is left to be recorded. Something that is lent does not go with its object: what was
// made in it too late must be found out.
func (j *Journal) inIntent(resource external.Resource) bool {
	return (resource.Association != "" || resource.ID != "") && !j.lent(resource.Parent)
}

func (j *Journal) lent(slot external.Slot) bool {
	return slices.ContainsFunc(j.Steps, func(step plan.Step) bool { return step.Resource.Slot == slot && step.Resource.Lent })
}

// vanished makes of something that was just seen and is not there any more what it is:
// nobody's failure, and a reason to look again.
func vanished(err error) error {
	if external.ClassOf(err) != external.NotFound {
		return err
	}
	return &external.Error{Class: v1alpha1.ReasonProvisioning, Message: "something went away while it was being set up: " + external.MessageOf(err), Err: err}
}

// completes reports whether nothing is left to be done after a result.
func (j *Journal) completes(result engine.Result) bool {
	last := j.Steps[len(j.Steps)-1]
	return result.Resource.Slot == last.Resource.Slot && len(result.Observation.Drift) == 0 &&
		!slices.ContainsFunc(j.status().ExternalResources, j.unwanted)
}

// unwanted reports whether an entry stands for something that the spec does not ask
// for any more.
func (j *Journal) unwanted(entry ledger.Entry) bool {
	return !slices.Contains(plan.Slots(j.Steps), external.Slot(entry.Slot))
}

// compensationTimeout bounds a read and a delete that must be made even when the
// visit has run out of time.
const compensationTimeout = 15 * time.Second

// record writes the id of what was just created. If somebody else wrote the
// object in between, the resource is deleted again unless the object names it.
func (j *Journal) record(ctx context.Context, created engine.Result) error {
	err := j.WriteStatus(ctx)
	if !apierrors.IsConflict(err) && !apierrors.IsNotFound(err) {
		return err
	}
	// The write failed because the object has changed, or is gone; the caller's
	// deadline must not leave behind what nobody will look for.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), compensationTimeout)
	defer cancel()
	live, failure := j.Live(ctx)
	if failure != nil || live != nil && names(live, created) {
		return errors.Join(err, failure)
	}
	if unneeded, failure := j.unneeded(ctx, live, created.Resource); failure != nil || !unneeded {
		return errors.Join(err, failure)
	}
	failure = j.Construction.Compensate(ctx, created)
	if failure != nil && (live == nil || !HasTeardown(live)) {
		// No visit will ever look for it again.
		failure = errors.Join(failure, j.Orphans.Add(ctx, j.Object, j.entry(created.Resource), j.Now))
	}
	return errors.Join(err, failure)
}

func (j *Journal) unneeded(ctx context.Context, live v1alpha1.Owner, resource external.Resource) (bool, error) {
	if j.Unneeded == nil {
		return true, nil
	}
	return j.Unneeded(ctx, live, resource)
}

// names reports whether an object names what was created.
func names(object v1alpha1.Owner, created engine.Result) bool {
	entry, ok := ledger.Find(object.Lifecycle().ExternalResources, created.Resource.Slot)
	return ok && entry.ID == created.Observation.ID
}

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
