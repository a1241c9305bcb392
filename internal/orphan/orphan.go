// Package orphan records what is left behind at the providers on purpose. It
// decides nothing: its caller lets go of the object only after the record is
// written.
package orphan

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
)

// A Recorder writes OrphanRecords into the manager's own namespace.
type Recorder struct {
	Client    client.Client
	Namespace string
}

// Record says that the resources of a number stay, and why. It may be called
// again after a failure.
func (r Recorder) Record(ctx context.Context, number *v1alpha1.PhoneNumber, reason string, since metav1.Time) error {
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
	err := r.Client.Create(ctx, record)
	if apierrors.IsAlreadyExists(err) {
		err = r.Client.Get(ctx, client.ObjectKeyFromObject(record), record)
	}
	if err != nil {
		return fmt.Errorf("recording what stays behind: %w", err)
	}
	record.Status = v1alpha1.OrphanRecordStatus{State: v1alpha1.OrphanOpen, Resources: number.Status.ExternalResources}
	if err := r.Client.Status().Update(ctx, record); err != nil {
		return fmt.Errorf("recording what stays behind: %w", err)
	}
	return nil
}
