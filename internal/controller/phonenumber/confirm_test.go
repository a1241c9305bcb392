package phonenumber

import (
	"context"
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
)

// behind is a cache that does not show an object until one of another name is read, as
// one that must show what was written to that first, or that never gets there.
type behind struct {
	client.Client
	hidden   types.UID
	never    error
	caughtUp bool
}

func (b *behind) Get(ctx context.Context, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
	if _, number := object.(*v1alpha1.PhoneNumber); number {
		if b.never != nil {
			return b.never
		}
		b.caughtUp = true
	}
	return b.Client.Get(ctx, key, object, options...)
}

func (b *behind) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	err := b.Client.List(ctx, list, options...)
	if numbers, ok := list.(*v1alpha1.PhoneNumberList); ok && !b.caughtUp {
		numbers.Items = slices.DeleteFunc(numbers.Items, func(n v1alpha1.PhoneNumber) bool { return n.UID == b.hidden })
	}
	return err
}

// TestBlindToTheRival lets an object begin whose cache does not show yet that another
// one has: it withdraws once it does, or if that cannot be waited for.
func TestBlindToTheRival(t *testing.T) {
	cases := map[string]struct {
		reason string
		never  error
	}{
		"catches up": {reason: "whoever wrote later sees who wrote earlier"},
		"does not":   {reason: "whoever cannot look creates nothing", never: context.DeadlineExceeded},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			other := rival("same-second", 0)
			other.UID = "00000000-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
			if err := w.api.Create(t.Context(), other); err != nil {
				t.Fatal(err)
			}
			if _, err := w.visitAs(other); err != nil {
				t.Fatal(err)
			}
			w.forget()
			w.Client = &behind{Client: w.Client, hidden: other.UID, never: c.never}
			_, err := w.visit()
			if number := w.number(); len(w.creates()) > 0 || len(number.Status.ExternalResources) > 0 || (err != nil) != (c.never != nil) {
				t.Errorf("%q, ledger %v, error %v: %s", w.creates(), number.Status.ExternalResources, err, c.reason)
			}
		})
	}
}

// TestSeveralCaches lets an object begin whose own cache is up to date while that of the
// rival's namespace is not: only the API server knows both.
func TestSeveralCaches(t *testing.T) {
	w := newWorld(t)
	other := rival("same-second", 0)
	other.UID = "00000000-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
	if err := w.api.Create(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	if _, err := w.visitAs(other); err != nil {
		t.Fatal(err)
	}
	w.forget()
	w.SeveralCaches = true
	// Nothing that is read of the number's own namespace has the other cache catch up.
	w.Client = &apart{Client: w.Client, hidden: other.UID}
	if _, err := w.visit(); err != nil {
		t.Fatal(err)
	}
	if number := w.number(); len(w.creates()) > 0 || len(number.Status.ExternalResources) > 0 {
		t.Errorf("%q, ledger %v: it has not seen the rival", w.creates(), number.Status.ExternalResources)
	}
}

// apart is a cache of several namespaces of which one lags for good.
type apart struct {
	client.Client
	hidden types.UID
}

func (a *apart) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	err := a.Client.List(ctx, list, options...)
	if numbers, ok := list.(*v1alpha1.PhoneNumberList); ok {
		numbers.Items = slices.DeleteFunc(numbers.Items, func(n v1alpha1.PhoneNumber) bool { return n.UID == a.hidden })
	}
	return err
}
