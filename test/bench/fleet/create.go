package fleet

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/test/bench/rig"
)

// each does something for the numbers from the first to before the last, several at
// once.
func each(ctx context.Context, first, last int, do func(ctx context.Context, i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for i := first; i < last; i++ {
		group.Go(func() error { return do(ctx, i) })
	}
	return group.Wait()
}

// Own puts numbers into the account at Twilio, free.
func (f *Fleet) Own(first, last int) error {
	_, err := f.Rig.Twilio.AddNumbers(f.Account.SID, "", f.e164s(first, last))
	return err
}

func (f *Fleet) e164s(first, last int) []string {
	var numbers []string
	for i := first; i < last; i++ {
		numbers = append(numbers, f.e164(i))
	}
	return numbers
}

// Create creates the objects of numbers that are not set up. The account owns them.
func (f *Fleet) Create(ctx context.Context, first, last int) error {
	return each(ctx, first, last, func(ctx context.Context, i int) error {
		return f.Rig.Client.Create(ctx, f.number(Name(i), i))
	})
}

// Paused is the object of a number that the manager leaves alone.
func (f *Fleet) Paused(i int) *v1alpha1.PhoneNumber {
	number := f.number(Name(i), i)
	number.Annotations = map[string]string{v1alpha1.AnnotationPaused: "true"}
	return number
}

// TrunkOf is the SID of the trunk that the number i is on.
func (f *Fleet) TrunkOf(i int) string { return f.trunkSIDs[i%f.Trunks] }

// Delete asks for the objects of numbers to be deleted.
func (f *Fleet) Delete(ctx context.Context, first, last int) error {
	return each(ctx, first, last, func(ctx context.Context, i int) error {
		return f.Rig.Client.Delete(ctx, f.number(Name(i), i))
	})
}

// DeleteAll asks for all seeded numbers to be deleted, with one request.
func (f *Fleet) DeleteAll(ctx context.Context) error {
	return f.Rig.Client.DeleteAllOf(ctx, &v1alpha1.PhoneNumber{}, client.InNamespace(f.Namespace), client.MatchingLabels{copied: "true"})
}

// Abandon lets the seeded objects go without a teardown; what the providers hold for
// them stays. No manager may run.
func (f *Fleet) Abandon(ctx context.Context) error {
	var numbers v1alpha1.PhoneNumberList
	if err := f.Rig.Client.List(ctx, &numbers, client.InNamespace(f.Namespace), client.MatchingLabels{copied: "true"}); err != nil {
		return err
	}
	return each(ctx, 0, len(numbers.Items), func(ctx context.Context, i int) error {
		number := &numbers.Items[i]
		number.Finalizers = nil
		return client.IgnoreNotFound(f.Rig.Client.Update(ctx, number))
	})
}

// Limit changes what account and project say of their limits.
func (f *Fleet) Limit(ctx context.Context, concurrent, perMinute int) error {
	account, project := &v1alpha1.TwilioAccount{}, &v1alpha1.LiveKitProject{}
	if err := errors.Join(
		f.Rig.Client.Get(ctx, client.ObjectKey{Namespace: f.Namespace, Name: accountName}, account),
		f.Rig.Client.Get(ctx, client.ObjectKey{Namespace: f.Namespace, Name: projectName}, project),
	); err != nil {
		return err
	}
	account.Spec.MaxConcurrentRequests, project.Spec.MaxRequestsPerMinute = new(int32(concurrent)), new(int32(perMinute))
	return errors.Join(f.Rig.Client.Update(ctx, account), f.Rig.Client.Update(ctx, project))
}

// Ledger returns the ids at the providers of numbers, and the object's name by id.
func (f *Fleet) Ledger(ctx context.Context, first, last int) (map[string]string, error) {
	ids := map[string]string{}
	for i := first; i < last; i++ {
		number := f.number(Name(i), i)
		if err := f.Rig.Client.Get(ctx, client.ObjectKeyFromObject(number), number); err != nil {
			return nil, err
		}
		for _, entry := range number.Status.ExternalResources {
			ids[entry.ID] = number.Name
		}
	}
	return ids, nil
}

// RuleOf is the id of a number's dispatch rule.
func (f *Fleet) RuleOf(ctx context.Context, i int) (string, error) {
	number := f.number(Name(i), i)
	if err := f.Rig.Client.Get(ctx, client.ObjectKeyFromObject(number), number); err != nil {
		return "", err
	}
	rule, _ := ledger.Find(number.Status.ExternalResources, external.SlotDispatchRule)
	return rule.ID, nil
}

// Settled starts a manager, lets it do what it wants to do about the fleet, and
// returns when it is at rest.
func (f *Fleet) Settled(ctx context.Context, flags ...string) (*rig.Program, error) {
	manager, err := f.Rig.StartManager(ctx, flags...)
	if err != nil {
		return nil, err
	}
	if err := f.Rig.Quiet(ctx, Rest); err != nil {
		return nil, fmt.Errorf("waiting for the manager to settle: %w", err)
	}
	return manager, f.Rig.Forget()
}
