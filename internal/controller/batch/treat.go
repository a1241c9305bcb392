package batch

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/batch"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/usage"
)

// treat looks at a number and, if it is its turn, has it deleted.
func (v *visit) treat(ctx context.Context, remaining v1alpha1.RemainingNumber) (batch.Decision, error) {
	shown, err := v.read(ctx, v.Client, remaining)
	if err != nil {
		return batch.Decision{}, err
	}
	number, err := v.look(ctx, remaining, shown)
	if err != nil {
		return batch.Decision{}, err
	}
	if number == nil && shown != nil {
		return batch.Decision{State: remaining.State}, nil // the cache will follow
	}
	return v.decide(ctx, number, remaining.State != v1alpha1.DeletionPending)
}

// look is what a number is now. That a deletion is under way is never undone, so there
// the cache is good enough. One 404 is not believed: it may come from an API server that
// does not serve the kind just now.
func (v *visit) look(ctx context.Context, remaining v1alpha1.RemainingNumber, shown *v1alpha1.PhoneNumber) (*v1alpha1.PhoneNumber, error) {
	if shown != nil && !shown.DeletionTimestamp.IsZero() {
		return shown, nil
	}
	number, err := v.read(ctx, v.Direct, remaining)
	if number == nil && shown == nil && err == nil {
		return v.read(ctx, v.Direct, remaining)
	}
	return number, err
}

func (v *visit) decide(ctx context.Context, number *v1alpha1.PhoneNumber, begun bool) (batch.Decision, error) {
	decision := batch.Decide(v.deletion.Spec, number, begun)
	switch {
	case v.dryRun() && decision.State != "":
		return batch.Decision{Gone: true}, nil
	case decision.Delete:
		return v.begin(ctx, number)
	default:
		return decision, nil
	}
}

// begin deletes a number, unless the deletion itself was deleted during the visit.
func (v *visit) begin(ctx context.Context, number *v1alpha1.PhoneNumber) (batch.Decision, error) {
	deletion := &v1alpha1.PhoneNumberDeletion{}
	err := v.Client.Get(ctx, client.ObjectKeyFromObject(v.deletion), deletion)
	switch {
	case apierrors.IsNotFound(err), err == nil && (deletion.UID != v.deletion.UID || !deletion.DeletionTimestamp.IsZero()):
		return batch.Decision{State: v1alpha1.DeletionPending}, nil
	case err != nil:
		return batch.Decision{}, err
	}
	if releasable, err := v.releasable(ctx, number); err != nil || !releasable {
		return batch.Decision{Error: fmt.Sprintf("The PhoneNumber %s is on a trunk at a carrier of your own, which takes no number back: delete it under another policy.", number.Name)}, err
	}
	return v.judge(v.delete(ctx, number))
}

// releasable reports whether a number can be given back, if that is asked for.
func (v *visit) releasable(ctx context.Context, number *v1alpha1.PhoneNumber) (bool, error) {
	name := usage.Trunk(number)
	_, atTwilio := ledger.Find(number.Status.ExternalResources, external.SlotNumber)
	if v.deletion.Spec.DeletionPolicy != v1alpha1.DeletionPolicyRelease || name == "" || atTwilio {
		return true, nil
	}
	var trunk v1alpha1.SIPTrunk
	err := v.Client.Get(ctx, client.ObjectKey{Namespace: number.Namespace, Name: name}, &trunk)
	return trunk.Spec.Address == nil, client.IgnoreNotFound(err)
}

// read returns the object that was found for a number, or nil if it is gone. It takes
// another object of the name for a sign that the first is gone.
func (v *visit) read(ctx context.Context, from client.Reader, remaining v1alpha1.RemainingNumber) (*v1alpha1.PhoneNumber, error) {
	number := &v1alpha1.PhoneNumber{}
	err := from.Get(ctx, client.ObjectKey{Namespace: v.deletion.Namespace, Name: remaining.Name}, number)
	if apierrors.IsNotFound(err) || err == nil && string(number.UID) != remaining.UID {
		return nil, nil
	}
	return number, err
}

// delete deletes the very object that was read, unchanged. Its policy is overridden
// only if it can be deleted: a number that is protected stays as it is.
func (v *visit) delete(ctx context.Context, number *v1alpha1.PhoneNumber) error {
	overrides := batch.Overrides(v.deletion.Spec, number)
	if v.dryRun() || overrides {
		if err := v.Direct.Delete(ctx, number, asRead(number), client.DryRunAll); err != nil || v.dryRun() {
			return err
		}
	}
	if overrides {
		number.Spec.DeletionPolicy = v.deletion.Spec.DeletionPolicy
		if err := v.Direct.Update(ctx, number); err != nil {
			return err
		}
	}
	return v.Direct.Delete(ctx, number, asRead(number))
}

func asRead(number *v1alpha1.PhoneNumber) client.Preconditions {
	return client.Preconditions{UID: &number.UID, ResourceVersion: &number.ResourceVersion}
}

// judge says what an attempt to delete a number means for it. An error that is none
// of the number's may pass.
func (v *visit) judge(err error) (batch.Decision, error) {
	switch sentence := denial(err); {
	case sentence != "":
		return batch.Decision{Error: sentence}, nil
	case apierrors.IsNotFound(err), apierrors.IsConflict(err):
		// It seems to be gone, or somebody has written it meanwhile: it is looked at anew.
		return batch.Decision{State: v1alpha1.DeletionPending}, nil
	case err != nil:
		return batch.Decision{}, err
	case v.dryRun():
		return batch.Decision{Gone: true}, nil
	default:
		return batch.Decision{State: v1alpha1.DeletionDeleting}, nil
	}
}

// denial is what a policy or a webhook has to say against a request, in whatever
// class of error; "" if it was none of them. A missing permission has other words.
func denial(err error) string {
	if err == nil {
		return ""
	}
	for _, words := range []string{" denied request: ", " denied the request: "} {
		if _, sentence, found := strings.Cut(err.Error(), words); found {
			return sentence
		}
	}
	return ""
}

func (v *visit) dryRun() bool { return ptr.Deref(v.deletion.Spec.DryRun, false) }
