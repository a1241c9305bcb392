package siptrunk

import (
	"context"
	"errors"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/controller/lifecycle"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/plan"
	"github.com/callplane/callplane/internal/usage"
)

// teardown takes the trunk down once no number is on it. Until then nothing is touched
// but the list of those that calls are made from: numbers wait to be taken off it.
func (v *visit) teardown(ctx context.Context) (reconcile.Result, error) {
	numbers, err := v.numbers(ctx)
	if err != nil {
		return reconcile.Result{}, err
	}
	if len(numbers) == 0 || !lifecycle.HasTeardown(v.trunk) {
		return v.Teardown(ctx, nobody)
	}
	wait := v.show(numbers)
	failure := v.relist(ctx, numbers)
	if failure == nil {
		return v.blocked(ctx, numbers, wait)
	}
	log.FromContext(ctx).Info("The list of the outbound trunk was not written as a whole", "error", failure.Error())
	if err := v.unlist(ctx, numbers); err != nil {
		return v.unlisted(ctx, err)
	}
	result, err := v.blocked(ctx, numbers, wait)
	return sooner(result, v.retry(failure)), err
}

// blocked names the numbers that are waited for, no more often than they may be shown.
func (v *visit) blocked(ctx context.Context, numbers []v1alpha1.PhoneNumber, wait time.Duration) (reconcile.Result, error) {
	deleting := meta.FindStatusCondition(v.trunk.Status.Conditions, v1alpha1.ConditionDeleting)
	if wait > 0 && deleting != nil && deleting.Reason == v1alpha1.ReasonBlocked {
		return reconcile.Result{RequeueAfter: wait}, v.WriteNews(ctx)
	}
	users := usage.Mention(usage.Summary(usage.Names(numbers)))
	result, err := v.Hold(ctx, v1alpha1.ReasonBlocked, "it stays until no number is on it any more: "+users)
	result.RequeueAfter = wait
	return result, err
}

// nobody is waited for.
func nobody(context.Context) (*lifecycle.Turn, error) { return nil, nil }

// unlisted says why the list could not be written, and tries again.
func (v *visit) unlisted(ctx context.Context, err error) (reconcile.Result, error) {
	blocked := "the numbers that are being deleted could not be taken off the outbound trunk, which is tried again: " + external.MessageOf(err)
	if _, err := v.Hold(ctx, v1alpha1.ReasonBlocked, blocked); err != nil {
		return reconcile.Result{}, err
	}
	return reconcile.Result{RequeueAfter: v.retry(err)}, nil
}

// retry counts a failure and says when it is tried again.
func (v *visit) retry(failure error) time.Duration {
	return v.Retries.Delay(v.Retries.Attempt(v.trunk.UID), external.RetryAfterOf(failure))
}

// relist writes the list of a trunk that is being deleted, and makes nothing. The
// outbound trunk goes with the last number that calls are made from.
func (v *visit) relist(ctx context.Context, numbers []v1alpha1.PhoneNumber) error {
	if _, there := ledger.Find(v.trunk.Status.ExternalResources, external.SlotOutboundTrunk); !there {
		return nil
	}
	if len(v.callers(numbers)) == 0 {
		_, err := v.Retire(ctx, isOutbound)
		return err
	}
	ends, err := v.Ends(ctx, usage.References(v.trunk))
	if err != nil {
		return err
	}
	login, err := v.login(ctx)
	if err != nil {
		return err
	}
	if login.Fresh {
		return missing("the generated Secret %q with the trunk's SIP login does not exist any more", lifecycle.LoginSecret(v.trunk))
	}
	needed := slices.DeleteFunc(v.resources(ends, login.Login, numbers), func(resource external.Resource) bool {
		return resource.Slot != external.SlotTrunk && resource.Slot != external.SlotOutboundTrunk
	})
	if err := v.SignIn(ctx, &ends); err != nil {
		return err
	}
	journal, err := v.plan(ctx, ends, login, needed)
	if err != nil {
		return err
	}
	return rewrite(ctx, journal)
}

// rewrite carries out of a plan only that the list is another one by now.
func rewrite(ctx context.Context, journal *lifecycle.Journal) error {
	updates := slices.DeleteFunc(journal.Steps, func(step plan.Step) bool {
		return step.Resource.Slot != external.SlotOutboundTrunk || step.Action != plan.Update || len(step.Observed.Drift) == 0
	})
	var err error
	for result := range journal.Construction.Provision(ctx, updates) {
		err = result.Err
	}
	return err
}

// unlist takes the numbers that are being taken down off the list one by one, where the
// list as a whole cannot be written. That needs the platform alone: they must not wait
// for whatever else the trunk lacks.
func (v *visit) unlist(ctx context.Context, numbers []v1alpha1.PhoneNumber) error {
	var failures []error
	for i := range numbers {
		if leaves(&numbers[i]) {
			failures = append(failures, v.takeOff(ctx, numbers[i].Status.ExternalResources))
		}
	}
	return errors.Join(failures...)
}

// takeOff takes a number off the list of this trunk, whatever its ledger knows of that.
func (v *visit) takeOff(ctx context.Context, entries []ledger.Entry) error {
	place, placed := ledger.Find(entries, external.SlotOutboundTrunk)
	list, there := ledger.Find(v.trunk.Status.ExternalResources, external.SlotOutboundTrunk)
	if !placed || !there || list.ID == "" {
		return nil
	}
	place.ParentID, place.Previous = list.ID, ""
	return v.TakeDown(ctx, place)
}

func isOutbound(entry ledger.Entry) bool { return entry.Slot == string(external.SlotOutboundTrunk) }
