package phonenumber

import (
	"context"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/brake"
	"github.com/callplane/callplane/internal/connection"
	"github.com/callplane/callplane/internal/controller/lifecycle"
	"github.com/callplane/callplane/internal/status"
	"github.com/callplane/callplane/internal/usage"
)

// turn says whether the number may be torn down now. Whoever has begun goes on, also
// one whose cleanup had failed. Others are left as they are until there is room. How
// many are before one is not shown: that would be a write to each for every one that
// goes.
func (v *visit) turn(ctx context.Context) (*lifecycle.Turn, error) {
	if begun(v.number) {
		return nil, nil
	}
	if admitted, err := v.reconciler.line(ctx, v.number).admit(ctx, v.number.UID); err != nil || admitted {
		return nil, err
	}
	return &lifecycle.Turn{
		Reason:  v1alpha1.ReasonAwaitingBudget,
		Message: fmt.Sprintf("waiting for a turn among the numbers of %s that are being torn down; until then nothing is touched and calls are taken", connection.Describe(usage.Carrier(v.number))),
	}, nil
}

// begun reports whether anything may have been taken down already.
func begun(number *v1alpha1.PhoneNumber) bool { return number.Status.Teardown != nil }

// turn says what a number is to the brake. It is nothing while it is not being
// deleted, is held by somebody, or has nobody to be called for; nor once its
// cleanup has failed, which must not keep others from theirs.
func turn(number *v1alpha1.PhoneNumber) (_ brake.Number, counts bool) {
	held := lifecycle.Paused(number) || len(lifecycle.ForeignFinalizers(number)) > 0
	retained := number.Spec.DeletionPolicy == v1alpha1.DeletionPolicyRetain
	switch {
	case number.DeletionTimestamp.IsZero() || !lifecycle.HasTeardown(number) || status.IsCorrupted(number.Status.LifecycleStatus):
		return brake.Number{}, false
	case !begun(number) && (held || retained || !lifecycle.Owes(number)):
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
