// Package orphan records what is left behind at the providers: on purpose, by
// force, or because its object was gone before it was known. It decides nothing:
// its caller lets go of an object only after the record is written.
package orphan

import (
	"context"
	"fmt"
	"slices"

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

// Record says that the resources of an owner stay, and why. It may be called
// again after a failure: the record then says what the ledger says now. A record
// that was closed meanwhile stays so: whoever comes late knows less than who did it.
func (r Recorder) Record(ctx context.Context, of v1alpha1.Owner, reason string, since metav1.Time) error {
	spec := v1alpha1.OrphanRecordSpec{Owner: of.Identity(), Reason: reason, Since: since}
	_, err := r.write(ctx, string(of.GetUID()), spec, func(record *v1alpha1.OrphanRecord) {
		if record.Status.State != v1alpha1.OrphanClosed {
			record.Status.Resources = of.Lifecycle().ExternalResources
		}
	})
	return err
}

// Add says that something more is left of an owner that is gone.
func (r Recorder) Add(ctx context.Context, of v1alpha1.Owner, entry ledger.Entry, since metav1.Time) error {
	_, err := r.Found(ctx, string(of.GetUID()), of.Identity(), []ledger.Entry{entry}, since)
	return err
}

// Found puts what was found on a record, which is made if need be. It returns the
// record as it is now; nil if nothing of it was news.
func (r Recorder) Found(ctx context.Context, name string, owner v1alpha1.OrphanOwner, found []ledger.Entry, since metav1.Time) (*v1alpha1.OrphanRecord, error) {
	spec := v1alpha1.OrphanRecordSpec{Owner: owner, Reason: v1alpha1.ReasonSwept, Since: since}
	return r.write(ctx, name, spec, func(record *v1alpha1.OrphanRecord) {
		for _, entry := range found {
			record.Status.Resources = added(record.Status.Resources, entry)
		}
	})
}

// Settle changes what a record lists, if there is a record of the object. One
// that lists nothing any more is closed; one that lists nothing yet is left to
// whoever is about to let go of the object.
func (r Recorder) Settle(ctx context.Context, uid types.UID, change func([]ledger.Entry) []ledger.Entry) error {
	_, err := r.Change(ctx, string(uid), func(record *v1alpha1.OrphanRecord) {
		record.Status.Resources = change(record.Status.Resources)
	})
	return err
}

// Of lists the records of all objects that had a namespace and a name, without
// those of what they had too many of.
func (r Recorder) Of(ctx context.Context, namespace, name string) ([]v1alpha1.OrphanRecord, error) {
	var records v1alpha1.OrphanRecordList
	err := r.Client.List(ctx, &records, client.InNamespace(r.Namespace),
		client.MatchingFields{"spec.owner.namespace": namespace, "spec.owner.name": name})
	if err != nil {
		return nil, fmt.Errorf("looking for what earlier objects left behind: %w", err)
	}
	return slices.DeleteFunc(records.Items, func(record v1alpha1.OrphanRecord) bool { return record.Name != record.Spec.Owner.UID }), nil
}

func (r Recorder) write(ctx context.Context, name string, spec v1alpha1.OrphanRecordSpec, change func(*v1alpha1.OrphanRecord)) (*v1alpha1.OrphanRecord, error) {
	record := &v1alpha1.OrphanRecord{ObjectMeta: metav1.ObjectMeta{Namespace: r.Namespace, Name: name}, Spec: spec}
	if err := r.Client.Create(ctx, record); err != nil && !apierrors.IsAlreadyExists(err) {
		return nil, fmt.Errorf("recording what stays behind: %w", err)
	}
	return r.update(ctx, name, true, change)
}

// Change writes the status of a record, if there is such a record that was written
// before, and returns it as it is now; nil if the change makes no difference.
func (r Recorder) Change(ctx context.Context, name string, change func(*v1alpha1.OrphanRecord)) (*v1alpha1.OrphanRecord, error) {
	record, err := r.update(ctx, name, false, change)
	return record, client.IgnoreNotFound(err)
}

// update writes a status, the first one only where that is asked for, if it is news,
// however often somebody else writes meanwhile. What conditions say is over when the record is closed, or open again.
func (r Recorder) update(ctx context.Context, name string, first bool, change func(*v1alpha1.OrphanRecord)) (*v1alpha1.OrphanRecord, error) {
	var written *v1alpha1.OrphanRecord
	err := retry.RetryOnConflict(retry.DefaultRetry, func() error {
		var record v1alpha1.OrphanRecord
		written = nil
		if err := r.Client.Get(ctx, types.NamespacedName{Namespace: r.Namespace, Name: name}, &record); err != nil {
			return err
		}
		if record.Status.State == "" && !first {
			return nil
		}
		before := record.Status.DeepCopy()
		change(&record)
		record.Status.State = v1alpha1.OrphanOpen
		if len(record.Status.Resources) == 0 {
			record.Status.State = v1alpha1.OrphanClosed
		}
		if record.Status.State != before.State {
			record.Status.Conditions = nil
		}
		if equality.Semantic.DeepEqual(*before, record.Status) {
			return nil
		}
		written = &record
		return r.Client.Status().Update(ctx, &record)
	})
	if err != nil {
		return nil, fmt.Errorf("recording what stays behind: %w", err)
	}
	return written, nil
}

// maxSlot is how long the name of a slot can be.
const maxSlot = 8

// added puts one more entry on a list, unless it is on it. If its slot is taken by
// another resource, which a second leader may have made, it gets a slot of its own.
// A list that is full stays as it is: what it lacks is found again.
func added(known []ledger.Entry, entry ledger.Entry) []ledger.Entry {
	same := func(other ledger.Entry) bool {
		return other.Account == entry.Account && other.Kind == entry.Kind && other.ID == entry.ID && other.ParentID == entry.ParentID
	}
	if slices.ContainsFunc(known, same) || len(known) == v1alpha1.MaxOrphanResources {
		return known
	}
	slot := entry.Slot
	for n := 2; ; n++ {
		other, taken := ledger.Find(known, external.Slot(entry.Slot))
		if !taken || other.ID == "" {
			break
		}
		suffix := fmt.Sprintf("-%d", n)
		entry.Slot = fmt.Sprintf("%.*s%s", maxSlot-len(suffix), slot, suffix)
	}
	return ledger.Put(known, nil, entry)
}
