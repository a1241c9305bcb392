package lifecycle

import (
	"context"
	"errors"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/plan"
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
			j.activate()
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
