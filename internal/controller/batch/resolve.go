package batch

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/batch"
	"github.com/callplane/callplane/internal/status"
)

// resolve writes down which objects are meant, or why none can be.
func (v *visit) resolve(ctx context.Context) error {
	options, err := v.options()
	if err != nil {
		return v.giveUp(ctx, v1alpha1.ReasonInvalidSelector, "The selector cannot be read: "+err.Error())
	}
	found, err := v.find(ctx, options)
	if err != nil {
		return fmt.Errorf("looking for the numbers: %w", err)
	}
	if v.deletion.Spec.Selector != nil && len(found) > v1alpha1.MaxPhoneNumbers {
		return v.giveUp(ctx, v1alpha1.ReasonTooManyMatches, fmt.Sprintf(
			"The selector picks %d numbers, and one PhoneNumberDeletion deletes %d at most: none is deleted. Pick fewer with each of several.", len(found), v1alpha1.MaxPhoneNumbers))
	}
	v.deletion.Status.StartedAt = &v.now
	v.deletion.Status.Remaining, v.deletion.Status.Errors = batch.Resolve(v.deletion.Spec, found)
	status.Progress(v.deletion, v.now)
	return v.write(ctx)
}

// pageSize bounds what is in memory of a namespace with many numbers.
const pageSize = 500

// find lists what may be meant, page by page, and keeps what tells them apart.
func (v *visit) find(ctx context.Context, options []client.ListOption) ([]v1alpha1.PhoneNumber, error) {
	var found []v1alpha1.PhoneNumber
	for token := ""; ; {
		var page v1alpha1.PhoneNumberList
		if err := v.Direct.List(ctx, &page, append(options, client.Limit(pageSize), client.Continue(token))...); err != nil {
			return nil, err
		}
		for i := range page.Items {
			number := v1alpha1.PhoneNumber{Spec: v1alpha1.PhoneNumberSpec{Number: page.Items[i].Spec.Number}}
			number.Name, number.UID = page.Items[i].Name, page.Items[i].UID
			found = append(found, number)
		}
		if token = page.Continue; token == "" {
			return found, nil
		}
	}
}

// options narrow a list down to what may be meant.
func (v *visit) options() ([]client.ListOption, error) {
	options := []client.ListOption{client.InNamespace(v.deletion.Namespace)}
	if v.deletion.Spec.Selector == nil {
		return options, nil
	}
	selector, err := metav1.LabelSelectorAsSelector(v.deletion.Spec.Selector)
	return append(options, client.MatchingLabelsSelector{Selector: selector}), err
}

func (v *visit) giveUp(ctx context.Context, reason, message string) error {
	status.Impossible(v.deletion, v.now, reason, message)
	return v.write(ctx)
}
