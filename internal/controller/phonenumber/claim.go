package phonenumber

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/claim"
	"github.com/callplane/callplane/internal/connection"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/usage"
)

// claim makes sure that the number is this object's: of several objects that
// want it in the same account or project, the loser calls nobody.
func (v *visit) claim(ctx context.Context) error {
	rivals, err := usage.OfNumber(ctx, v.Client, v.number.Spec.Number)
	if err != nil {
		return err
	}
	return v.contest(ctx, rivals)
}

// establish writes the ledger with the resourceVersion that was read: a fence. The
// first time, the claim is confirmed before anything is done.
func (v *visit) establish(ctx context.Context) error {
	first := len(v.Before.Lifecycle().ExternalResources) == 0
	if err := v.WriteStatus(ctx); err != nil || !first {
		return err
	}
	return v.confirmClaim(ctx)
}

// confirmClaim looks again, once the intents are written and before anything is
// created. Two objects of the same second may each have written theirs without having
// seen the other: whoever now sees another established one withdraws, and the order of
// the claim decides at the next visit. Whoever cannot look withdraws too.
func (v *visit) confirmClaim(ctx context.Context) error {
	intents := v.number.Status.ExternalResources
	v.number.Status.ExternalResources = nil
	rivals, err := v.earlier(ctx)
	if err != nil {
		return errors.Join(err, v.WriteStatus(ctx))
	}
	established := slices.DeleteFunc(rivals, func(rival v1alpha1.PhoneNumber) bool {
		return rival.UID == v.number.UID || len(rival.Status.ExternalResources) == 0
	})
	if err := v.contest(ctx, established); err != nil {
		return err
	}
	v.number.Status.ExternalResources = intents
	return nil
}

// catchUp is how long a cache may take to show what was just written.
const catchUp = 10 * time.Second

// earlier lists the objects that name the number, at the least as they were when this
// one's intents were written: a cache shows writes in the order in which they happened,
// so that it has shown all earlier ones when it shows these. A live list would do as
// well, but for it kube-apiserver looks through every number there is.
func (v *visit) earlier(ctx context.Context) ([]v1alpha1.PhoneNumber, error) {
	if v.reconciler.SeveralCaches {
		return usage.OfNumberNow(ctx, v.Direct, v.number.Spec.Number)
	}
	ctx, cancel := context.WithTimeout(ctx, catchUp)
	defer cancel()
	var shown v1alpha1.PhoneNumber
	// This waits until the cache shows what this process has written to the object.
	if err := v.Client.Get(ctx, client.ObjectKeyFromObject(v.number), &shown); err != nil {
		return nil, err
	}
	if shown.UID != v.number.UID || len(shown.Status.ExternalResources) == 0 {
		return nil, errors.New("what was written about the number is not there, or cannot be seen yet")
	}
	return usage.OfNumber(ctx, v.Client, v.number.Spec.Number)
}

// contest returns a Conflict if one of the rivals has the number.
func (v *visit) contest(ctx context.Context, rivals []v1alpha1.PhoneNumber) error {
	candidates := make([]claim.Candidate, len(rivals))
	names := map[string]string{}
	for i := range rivals {
		candidates[i] = v.candidate(ctx, &rivals[i])
		names[candidates[i].UID] = fmt.Sprintf("%s/%s", rivals[i].Namespace, rivals[i].Name)
	}
	holder, taken := claim.Holder(v.candidate(ctx, v.number), candidates)
	if !taken {
		return nil
	}
	return &external.Error{Class: v1alpha1.ReasonConflict, Message: fmt.Sprintf("%s belongs to the PhoneNumber %s; this one takes it over when that one is gone", v.number.Spec.Number, names[holder.UID])}
}

func (v *visit) candidate(ctx context.Context, number *v1alpha1.PhoneNumber) claim.Candidate {
	candidate := claim.Candidate{
		UID: string(number.UID), Created: number.CreationTimestamp.Time,
		Established: len(number.Status.ExternalResources) > 0,
	}
	for _, entry := range number.Status.ExternalResources {
		candidate.Accounts = append(candidate.Accounts, entry.Account)
	}
	trunk, err := v.trunkOf(ctx, number)
	candidate.Ready = err == nil
	for _, reference := range references(number, trunk) {
		object, err := v.Connections.Get(ctx, number.Namespace, reference)
		if err != nil {
			candidate.Ready = false
			continue
		}
		candidate.Ready = candidate.Ready && meta.IsStatusConditionTrue(object.ConnectionStatus().Conditions, v1alpha1.ConditionReady)
		candidate.Accounts = append(candidate.Accounts, connection.Account(object))
	}
	return candidate
}
