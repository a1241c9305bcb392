package phonenumber

import (
	"context"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/brake"
	"github.com/callplane/callplane/internal/connection"
	"github.com/callplane/callplane/internal/status"
	"github.com/callplane/callplane/internal/usage"
)

// admitted reports whether the number may be torn down now. Whoever has begun goes
// on, also one whose cleanup had failed.
func (v *visit) admitted(ctx context.Context) (bool, error) {
	if begun(v.number) {
		return true, nil
	}
	return v.line(ctx, v.number).admit(ctx, v.number.UID)
}

// awaitTurn leaves the number as it is until others make room. How many are before
// it is not shown: that would be a write to each for every one that goes.
func (v *visit) awaitTurn(ctx context.Context) (reconcile.Result, error) {
	return v.hold(ctx, v1alpha1.ReasonAwaitingBudget, fmt.Sprintf("waiting for a turn among the numbers of %s that are being torn down; until then nothing is touched and calls are taken", connection.Describe(usage.Carrier(v.number))))
}

// begun reports whether anything may have been taken down already.
func begun(number *v1alpha1.PhoneNumber) bool { return number.Status.Teardown != nil }

// turn says what a number is to the brake. It is nothing while it is not being
// deleted, is held by somebody, or has nobody to be called for; nor once its
// cleanup has failed, which must not keep others from theirs.
func turn(number *v1alpha1.PhoneNumber) (_ brake.Number, counts bool) {
	held := paused(number) || len(foreignFinalizers(number)) > 0
	retained := number.Spec.DeletionPolicy == v1alpha1.DeletionPolicyRetain
	switch {
	case number.DeletionTimestamp.IsZero() || !hasTeardown(number) || status.IsCorrupted(number.Status.LifecycleStatus):
		return brake.Number{}, false
	case !begun(number) && (held || retained || !owes(number)):
		return brake.Number{}, false
	}
	return brake.Number{
		UID: number.UID, Name: client.ObjectKeyFromObject(number),
		Deleted: number.DeletionTimestamp.Time, Begun: begun(number),
	}, true
}

// indexTurn finds those in the cache that count, by the account of their carrier;
// with onlyBegun after the key, those of them that have begun.
const (
	indexTurn = "turn"
	onlyBegun = "/begun"
)

func turnKey(carrier v1alpha1.Connection) string { return carrier.Kind + "/" + carrier.Name }

func turnKeys(object client.Object) []string {
	number := object.(*v1alpha1.PhoneNumber)
	key := turnKey(usage.Carrier(number))
	switch found, counts := turn(number); {
	case !counts:
		return nil
	case found.Begun:
		return []string{key, key + onlyBegun}
	default:
		return []string{key}
	}
}
