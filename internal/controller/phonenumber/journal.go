package phonenumber

import (
	"context"
	"errors"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/plan"
	"github.com/callplane/callplane/internal/status"
	"github.com/callplane/callplane/internal/usage"
)

// A journal writes into the ledger what is about to be made, before it is, and
// what was made, before anything else is.
type journal struct {
	*visit
	ends         ends
	steps        []plan.Step
	construction *engine.Construction
}

// fence writes the intents with the resourceVersion that was read. Only if that
// is accepted may anything be created: a view from a stale cache, or from before
// the deletion, is refused here.
func (j *journal) fence(ctx context.Context, login *login) error {
	for _, step := range j.steps {
		j.observed(step)
	}
	if !plan.Creates(j.steps) && !login.fresh {
		return nil
	}
	if err := j.namespaceStays(ctx); err != nil {
		return err
	}
	j.forget()
	j.intend()
	if err := j.establish(ctx); err != nil {
		return err
	}
	return login.store(ctx, j.visit)
}

// carryOut makes what is to be made. What was created is recorded before the
// next step; what was created last is recorded together with the verdict.
func (j *journal) carryOut(ctx context.Context) error {
	for result := range j.construction.Provision(ctx, j.steps) {
		if result.Err != nil {
			// It may have been made all the same, and only just now.
			j.intend()
			return vanished(result.Err)
		}
		j.note(result.Resource, result.Observation)
		if !result.Created || result.Resource.Association != "" {
			// The id of an association was in its intent.
			continue
		}
		j.intend()
		if j.completes(result) {
			j.apply(status.Active())
		}
		if err := j.record(ctx, result); err != nil {
			return err
		}
	}
	return nil
}

// vanished makes of something that was just seen and is not there any more what it is:
// nobody's failure, and a reason to look again.
func vanished(err error) error {
	if external.ClassOf(err) != external.NotFound {
		return err
	}
	return &external.Error{Class: v1alpha1.ReasonProvisioning, Message: "something went away while the number was being set up: " + external.MessageOf(err), Err: err}
}

// completes reports whether nothing is left to be done after a result.
func (j *journal) completes(result engine.Result) bool {
	last := j.steps[len(j.steps)-1]
	return result.Resource.Slot == last.Resource.Slot && len(result.Observation.Drift) == 0 &&
		!slices.ContainsFunc(j.number.Status.ExternalResources, j.unwanted)
}

// unwanted reports whether an entry stands for something that the spec does not ask
// for any more.
func (j *journal) unwanted(entry ledger.Entry) bool {
	return !slices.Contains(plan.Slots(j.steps), external.Slot(entry.Slot))
}

// compensationTimeout bounds a read and a delete that must be made even when the
// visit has run out of time.
const compensationTimeout = 15 * time.Second

// record writes the id of what was just created. If somebody else wrote the
// object in between, the resource is deleted again unless the object names it.
func (j *journal) record(ctx context.Context, created engine.Result) error {
	err := j.writeStatus(ctx)
	if !apierrors.IsConflict(err) && !apierrors.IsNotFound(err) {
		return err
	}
	// The write failed because the object has changed, or is gone; the caller's
	// deadline must not leave behind what nobody will look for.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), compensationTimeout)
	defer cancel()
	live, failure := j.live(ctx)
	if failure != nil || live != nil && names(live, created) {
		return errors.Join(err, failure)
	}
	if unwanted, failure := j.unwantedEver(ctx, live, created.Resource); failure != nil || !unwanted {
		return errors.Join(err, failure)
	}
	failure = j.construction.Compensate(ctx, created)
	if failure != nil && (live == nil || !controllerutil.ContainsFinalizer(live, v1alpha1.FinalizerTeardown)) {
		// No visit will ever look for it again.
		failure = errors.Join(failure, j.Orphans.Add(ctx, j.number, j.entry(created.Resource), j.now))
	}
	return errors.Join(err, failure)
}

// unwantedEver reports whether what was created serves nobody. A number that was
// bought is found again by itself, and is given back only where its object was to do so
// and is gone, and nobody else wants it.
func (j *journal) unwantedEver(ctx context.Context, live *v1alpha1.PhoneNumber, resource external.Resource) (bool, error) {
	if !resource.Existing {
		return true, nil
	}
	if live != nil || j.number.Spec.DeletionPolicy != v1alpha1.DeletionPolicyRelease {
		return false, nil
	}
	others, err := usage.OfNumber(ctx, j.Direct, j.number.Spec.Number)
	return len(others) == 0, err
}

// names reports whether an object names what was created.
func names(number *v1alpha1.PhoneNumber, created engine.Result) bool {
	entry, ok := ledger.Find(number.Status.ExternalResources, created.Resource.Slot)
	return ok && entry.ID == created.Observation.ID
}

// forget drops what went away together with its container, which is made anew.
func (j *journal) forget() {
	for _, step := range j.steps {
		if step.Action == plan.Create && seen(j.entry(step.Resource)) {
			j.number.Status.ExternalResources = ledger.Remove(j.number.Status.ExternalResources, step.Resource.Slot)
		}
	}
}

// seen reports whether a resource is known to have been there.
func seen(entry ledger.Entry) bool {
	return entry.State == v1alpha1.StateReady || entry.State == v1alpha1.StateOutdated
}

// note writes into the ledger that a resource was seen, and that one which was
// inherited bears our name by now.
func (j *journal) note(resource external.Resource, observation external.Observation) {
	entry := ledger.Observed(j.entry(resource), observation)
	if observation.Name != "" && observation.Name == j.marker(resource.Slot) {
		entry.Name = observation.Name
	}
	j.put(entry)
	if resource.Slot == j.ends.platform.Link() {
		j.noteLink()
	}
}

// noteLink writes into the status whose the calls are now.
func (j *journal) noteLink() {
	j.number.Status.LinkedAgent = ""
	if agent := j.number.Spec.AgentRef; agent != nil {
		j.number.Status.LinkedAgent = agent.Name
	}
}

// noteOutdated writes into the ledger that a resource is there and must still be
// updated: a generated password cannot be compared with what a carrier has.
func (j *journal) noteOutdated(resource external.Resource, observation external.Observation) {
	entry := ledger.Observed(j.entry(resource), observation)
	entry.State = v1alpha1.StateOutdated
	j.put(entry)
}

// observed writes into the ledger what the plan found of a resource.
func (j *journal) observed(step plan.Step) {
	switch step.Action {
	case plan.Keep:
		j.note(step.Resource, step.Observed)
	case plan.Update:
		j.noteOutdated(step.Resource, step.Observed)
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
func (j *journal) intend() {
	for _, step := range j.steps {
		if entry := j.entry(step.Resource); step.Action == plan.Create && !seen(entry) {
			j.intent(step.Resource, entry)
		}
	}
}

func (j *journal) intent(resource external.Resource, entry ledger.Entry) {
	ids := map[external.Slot]string{}
	for _, slot := range resource.Needs() {
		needed, ok := ledger.Find(j.number.Status.ExternalResources, slot)
		if !ok || !seen(needed) {
			return
		}
		ids[slot] = needed.ID
	}
	if resource.Existing {
		entry.Origin, entry.Name = v1alpha1.OriginCreated, resource.Key
	}
	entry.State, entry.Since = v1alpha1.StatePending, j.justNow()
	entry.ID = ids[resource.Inputs[resource.Association].Slot]
	entry.ParentID = ids[resource.Parent]
	j.put(entry)
}

// justNow is what a grace counts from: not when the visit began, which may have
// been much earlier, and not before now, whatever the API makes of fractions.
func (j *journal) justNow() *metav1.Time {
	now := metav1.NewTime(j.Clock.Now().Add(time.Second).Truncate(time.Second))
	return &now
}

func (j *journal) put(entry ledger.Entry) {
	j.number.Status.ExternalResources = ledger.Put(j.number.Status.ExternalResources, plan.Slots(j.steps), entry)
}

// entry returns the recorded entry of a resource, or a new one.
func (j *journal) entry(resource external.Resource) ledger.Entry {
	if entry, ok := ledger.Find(j.number.Status.ExternalResources, resource.Slot); ok {
		return entry
	}
	entry := ledger.Entry{
		Slot: string(resource.Slot), Provider: resource.Provider, Kind: resource.Kind,
		Account: j.ends.sessions[resource.Provider].Account(), Connection: j.ends.connections[resource.Provider],
		Origin: originOf(resource), State: v1alpha1.StatePending,
	}
	if !resource.Existing && resource.Parent == "" {
		entry.Name = j.marker(resource.Slot)
	}
	return entry
}
