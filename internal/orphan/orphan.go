// Package orphan records what is left behind at the providers: on purpose, by
// force, or because its object was gone before it was known. It decides nothing:
// its caller lets go of an object only after the record is written.
package orphan

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
)

// A Recorder keeps OrphanRecords in the manager's own namespace. Its client
// reads and writes without a cache.
type Recorder struct {
	Client    client.Client
	Namespace string
}

// Record says that the resources of a number stay, and why. It may be called
// again after a failure: the record then says what the ledger says now. A record
// that was closed meanwhile stays so: whoever comes late knows less than who did it.
func (r Recorder) Record(ctx context.Context, number *v1alpha1.PhoneNumber, reason string, since metav1.Time) error {
	return r.write(ctx, number, reason, since, func(record v1alpha1.OrphanRecordStatus) []ledger.Entry {
		if record.State == v1alpha1.OrphanClosed {
			return record.Resources
		}
		return number.Status.ExternalResources
	})
}

// Add says that something more is left of a number that is gone.
func (r Recorder) Add(ctx context.Context, number *v1alpha1.PhoneNumber, entry ledger.Entry, since metav1.Time) error {
	return r.write(ctx, number, v1alpha1.ReasonSwept, since, func(record v1alpha1.OrphanRecordStatus) []ledger.Entry {
		return added(record.Resources, entry)
	})
}

// Settle changes what a record lists, if there is a record of the object. One
// that lists nothing any more is closed; one that lists nothing yet is left to
// whoever is about to let go of the object.
func (r Recorder) Settle(ctx context.Context, uid types.UID, change func([]ledger.Entry) []ledger.Entry) error {
	return client.IgnoreNotFound(r.update(ctx, string(uid), true, func(record v1alpha1.OrphanRecordStatus) []ledger.Entry {
		return change(record.Resources)
	}))
}

// Of lists the records of all objects that had a namespace and a name.
func (r Recorder) Of(ctx context.Context, namespace, name string) ([]v1alpha1.OrphanRecord, error) {
	var records v1alpha1.OrphanRecordList
	err := r.Client.List(ctx, &records, client.InNamespace(r.Namespace),
		client.MatchingFields{"spec.owner.namespace": namespace, "spec.owner.name": name})
	if err != nil {
		return nil, fmt.Errorf("looking for what earlier objects left behind: %w", err)
	}
	return records.Items, nil
}

func (r Recorder) write(ctx context.Context, number *v1alpha1.PhoneNumber, reason string, since metav1.Time, left func(v1alpha1.OrphanRecordStatus) []ledger.Entry) error {
	record := &v1alpha1.OrphanRecord{
		ObjectMeta: metav1.ObjectMeta{Namespace: r.Namespace, Name: string(number.UID)},
		Spec: v1alpha1.OrphanRecordSpec{
			Owner: v1alpha1.OrphanOwner{
				Kind: v1alpha1.KindPhoneNumber, Namespace: number.Namespace, Name: number.Name,
				UID: string(number.UID), Number: number.Spec.Number,
			},
			Reason: reason,
			Since:  since,
		},
	}
	if err := r.Client.Create(ctx, record); err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("recording what stays behind: %w", err)
	}
	return r.update(ctx, record.Name, false, left)
}

// update writes what is left, if that is news, however often somebody else writes
// meanwhile. A record that was made and not written yet may be left as it is.
func (r Recorder) update(ctx context.Context, name string, written bool, left func(v1alpha1.OrphanRecordStatus) []ledger.Entry) error {
	err := retry.RetryOnConflict(retry.DefaultRetry, func() error {
		var record v1alpha1.OrphanRecord
		if err := r.Client.Get(ctx, types.NamespacedName{Namespace: r.Namespace, Name: name}, &record); err != nil {
			return err
		}
		if written && record.Status.State == "" {
			return nil
		}
		status := v1alpha1.OrphanRecordStatus{State: v1alpha1.OrphanOpen, Resources: left(record.Status)}
		if len(status.Resources) == 0 {
			status.State = v1alpha1.OrphanClosed
		}
		if equality.Semantic.DeepEqual(status, record.Status) {
			return nil
		}
		record.Status = status
		return r.Client.Status().Update(ctx, &record)
	})
	if err != nil {
		return fmt.Errorf("recording what stays behind: %w", err)
	}
	return nil
}

// added puts one more entry on a list. If its slot is taken by another resource,
// which a second leader may have made, it gets a slot of its own.
func added(known []ledger.Entry, entry ledger.Entry) []ledger.Entry {
	slot := entry.Slot
	for n := 2; ; n++ {
		other, taken := ledger.Find(known, external.Slot(entry.Slot))
		if !taken || other.ID == "" || other.ID == entry.ID {
			return ledger.Put(known, nil, entry)
		}
		entry.Slot = fmt.Sprintf("%.6s-%d", slot, n)
	}
}
