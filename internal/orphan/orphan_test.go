package orphan

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/callplane/callplane/api/v1alpha1"
)

const namespace = "callplane-system"

var (
	instant = metav1.Unix(rand.Int64N(4e9), 0)
	errAway = errors.New("the API server is away")
)

func newClient(t *testing.T, funcs interceptor.Funcs) client.Client {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	builder := fake.NewClientBuilder().WithScheme(scheme).WithStatusSubresource(&v1alpha1.OrphanRecord{}).WithInterceptorFuncs(funcs)
	// What are selectable fields of the kind.
	builder.WithIndex(&v1alpha1.OrphanRecord{}, "spec.owner.namespace", func(o client.Object) []string { return []string{o.(*v1alpha1.OrphanRecord).Spec.Owner.Namespace} })
	builder.WithIndex(&v1alpha1.OrphanRecord{}, "spec.owner.name", func(o client.Object) []string { return []string{o.(*v1alpha1.OrphanRecord).Spec.Owner.Name} })
	return builder.Build()
}

func newNumber() *v1alpha1.PhoneNumber {
	number := &v1alpha1.PhoneNumber{ObjectMeta: metav1.ObjectMeta{Namespace: "support", Name: "line", UID: "0f8fad5b"}}
	number.Spec.Number = "+15550100"
	number.Status.ExternalResources = []v1alpha1.ExternalResource{
		{Slot: "trunk", Provider: "twilio", Kind: "Trunk", Account: "AC1", Connection: v1alpha1.Connection{Kind: "TwilioAccount", Name: "twilio"}, ID: "TK1", Origin: "Created", State: "Ready"},
	}
	return number
}

func recorded(t *testing.T, c client.Client) v1alpha1.OrphanRecord {
	t.Helper()
	var record v1alpha1.OrphanRecord
	if err := c.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: "0f8fad5b"}, &record); err != nil {
		t.Fatal(err)
	}
	return record
}

func TestRecord(t *testing.T) {
	c := newClient(t, interceptor.Funcs{})
	number := newNumber()
	recorder := Recorder{Client: c, Namespace: namespace}
	if err := recorder.Record(t.Context(), number, v1alpha1.ReasonRetained, instant); err != nil {
		t.Fatal(err)
	}
	record := recorded(t, c)
	want := v1alpha1.OrphanRecordSpec{
		Owner:  v1alpha1.OrphanOwner{Kind: "PhoneNumber", Namespace: "support", Name: "line", UID: "0f8fad5b", Number: "+15550100"},
		Reason: "Retained", Since: instant,
	}
	if diff := cmp.Diff(want, record.Spec); diff != "" {
		t.Errorf("whose, why and since when, -want +got:\n%s", diff)
	}
	if diff := cmp.Diff(v1alpha1.OrphanRecordStatus{State: "Open", Resources: number.Status.ExternalResources}, record.Status); diff != "" {
		t.Errorf("what is left, -want +got:\n%s", diff)
	}

	number.Status.ExternalResources[0].ID = "TK2"
	if err := recorder.Record(t.Context(), number, v1alpha1.ReasonRetained, metav1.NewTime(instant.Add(time.Hour))); err != nil {
		t.Fatalf("again: %v", err)
	}
	again := recorded(t, c)
	if diff := cmp.Diff(want, again.Spec); diff != "" {
		t.Errorf("a second time changed what cannot be changed, -want +got:\n%s", diff)
	}
	if diff := cmp.Diff(number.Status.ExternalResources, again.Status.Resources); diff != "" {
		t.Errorf("a second time must show what is left now, -want +got:\n%s", diff)
	}
}

// TestRecordFails refuses each write in turn: the caller is to know, and the
// next attempt completes what the first began.
func TestRecordFails(t *testing.T) {
	away := true
	cases := map[string]interceptor.Funcs{
		"creating": {Create: func(ctx context.Context, c client.WithWatch, object client.Object, options ...client.CreateOption) error {
			if away {
				return errAway
			}
			return c.Create(ctx, object, options...)
		}},
		"writing the status": {SubResourceUpdate: func(ctx context.Context, c client.Client, name string, object client.Object, options ...client.SubResourceUpdateOption) error {
			if away {
				return errAway
			}
			return c.SubResource(name).Update(ctx, object, options...)
		}},
	}
	for name, funcs := range cases {
		t.Run(name, func(t *testing.T) {
			c, number := newClient(t, funcs), newNumber()
			recorder := Recorder{Client: c, Namespace: namespace}
			away = true
			if err := recorder.Record(t.Context(), number, v1alpha1.ReasonRetained, instant); !errors.Is(err, errAway) {
				t.Errorf("got %v, want the error: without a record nobody may let go", err)
			}
			away = false
			if err := recorder.Record(t.Context(), number, v1alpha1.ReasonRetained, instant); err != nil {
				t.Fatal(err)
			}
			if got := recorded(t, c).Status.Resources; len(got) != 1 {
				t.Errorf("the record shows %v, want what is left", got)
			}
		})
	}
}

// TestSettle drops from a record what turns out to be gone, and closes it with the
// last of it.
func TestSettle(t *testing.T) {
	recorder := Recorder{Client: newClient(t, interceptor.Funcs{}), Namespace: namespace}
	nothing := func([]v1alpha1.ExternalResource) []v1alpha1.ExternalResource { return nil }
	if err := recorder.Settle(t.Context(), "0f8fad5b", nothing); err != nil {
		t.Errorf("without a record there is nothing to settle: %v", err)
	}
	if err := recorder.Record(t.Context(), newNumber(), v1alpha1.ReasonForceDeleted, instant); err != nil {
		t.Fatal(err)
	}
	same := func(entries []v1alpha1.ExternalResource) []v1alpha1.ExternalResource { return entries }
	before := recorded(t, recorder.Client)
	if err := recorder.Settle(t.Context(), "0f8fad5b", same); err != nil {
		t.Fatal(err)
	}
	if after := recorded(t, recorder.Client); after.ResourceVersion != before.ResourceVersion {
		t.Error("a record was written in which nothing changed")
	}
	if err := recorder.Settle(t.Context(), "0f8fad5b", nothing); err != nil {
		t.Fatal(err)
	}
	if got := recorded(t, recorder.Client).Status; got.State != v1alpha1.OrphanClosed || len(got.Resources) > 0 {
		t.Errorf("the record is %+v, want it closed", got)
	}
}

// TestSettleBeforeItIsWritten leaves a record alone that force has made and not yet
// filled: closed now, it would never list what is left.
func TestSettleBeforeItIsWritten(t *testing.T) {
	lost := interceptor.Funcs{SubResourceUpdate: func(context.Context, client.Client, string, client.Object, ...client.SubResourceUpdateOption) error {
		return errAway
	}}
	c := newClient(t, interceptor.Funcs{})
	dying := Recorder{Client: interceptor.NewClient(c.(client.WithWatch), lost), Namespace: namespace}
	if err := dying.Record(t.Context(), newNumber(), v1alpha1.ReasonForceDeleted, instant); !errors.Is(err, errAway) {
		t.Fatalf("got %v, want it not written", err)
	}
	recorder := Recorder{Client: c, Namespace: namespace}
	if err := recorder.Settle(t.Context(), "0f8fad5b", func(entries []v1alpha1.ExternalResource) []v1alpha1.ExternalResource { return entries }); err != nil {
		t.Fatal(err)
	}
	if err := recorder.Record(t.Context(), newNumber(), v1alpha1.ReasonForceDeleted, instant); err != nil {
		t.Fatal(err)
	}
	if got := recorded(t, c).Status; got.State != v1alpha1.OrphanOpen || len(got.Resources) != 1 {
		t.Errorf("the record is %+v, want it open, with what is left", got)
	}
}

// TestClosedStaysClosed does not let a record be written again that somebody has
// settled meanwhile, except for something that nobody knew of.
func TestClosedStaysClosed(t *testing.T) {
	recorder := Recorder{Client: newClient(t, interceptor.Funcs{}), Namespace: namespace}
	number := newNumber()
	nothing := func([]v1alpha1.ExternalResource) []v1alpha1.ExternalResource { return nil }
	for _, do := range []func() error{
		func() error { return recorder.Record(t.Context(), number, v1alpha1.ReasonForceDeleted, instant) },
		func() error { return recorder.Settle(t.Context(), number.UID, nothing) },
		func() error { return recorder.Record(t.Context(), number, v1alpha1.ReasonForceDeleted, instant) },
	} {
		if err := do(); err != nil {
			t.Fatal(err)
		}
	}
	if got := recorded(t, recorder.Client).Status; got.State != v1alpha1.OrphanClosed || len(got.Resources) > 0 {
		t.Errorf("the record is %+v, want it closed", got)
	}
	if err := recorder.Add(t.Context(), number, number.Status.ExternalResources[0], instant); err != nil {
		t.Fatal(err)
	}
	if got := recorded(t, recorder.Client).Status; got.State != v1alpha1.OrphanOpen || len(got.Resources) != 1 {
		t.Errorf("the record is %+v, want it open again", got)
	}
}

// TestSettleConflict tries again when somebody else wrote the record meanwhile.
func TestSettleConflict(t *testing.T) {
	refusals := 2
	recorder := Recorder{Namespace: namespace, Client: newClient(t, interceptor.Funcs{
		SubResourceUpdate: func(ctx context.Context, c client.Client, name string, object client.Object, options ...client.SubResourceUpdateOption) error {
			if refusals > 0 {
				refusals--
				return apierrors.NewConflict(schema.GroupResource{Resource: "orphanrecords"}, object.GetName(), errAway)
			}
			return c.SubResource(name).Update(ctx, object, options...)
		},
	})}
	if err := recorder.Record(t.Context(), newNumber(), v1alpha1.ReasonForceDeleted, instant); err != nil {
		t.Errorf("a conflict was not tried again: %v", err)
	}
}

// TestAdd keeps two resources of one slot apart: a second leader may have made one.
func TestAdd(t *testing.T) {
	recorder := Recorder{Client: newClient(t, interceptor.Funcs{}), Namespace: namespace}
	number := newNumber()
	for _, id := range []string{"TK1", "TK2", "TK2", "TK3"} {
		entry := number.Status.ExternalResources[0]
		entry.ID = id
		if err := recorder.Add(t.Context(), number, entry, instant); err != nil {
			t.Fatal(err)
		}
	}
	record := recorded(t, recorder.Client)
	if diff := cmp.Diff([]string{"trunk TK1", "trunk-2 TK2", "trunk-3 TK3"}, slotsAndIDs(record)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if record.Spec.Reason != v1alpha1.ReasonSwept || record.Status.State != v1alpha1.OrphanOpen {
		t.Errorf("the record is %s/%s, want Swept/Open", record.Spec.Reason, record.Status.State)
	}
}

// TestOf finds the records of every object that had the name.
func TestOf(t *testing.T) {
	recorder := Recorder{Client: newClient(t, interceptor.Funcs{}), Namespace: namespace}
	for uid, name := range map[types.UID]string{"1": "line", "2": "line", "3": "other"} {
		number := newNumber()
		number.UID, number.Name = uid, name
		if err := recorder.Record(t.Context(), number, v1alpha1.ReasonRetained, instant); err != nil {
			t.Fatal(err)
		}
	}
	records, err := recorder.Of(t.Context(), "support", "line")
	if err != nil || len(records) != 2 {
		t.Errorf("got %d records and %v, want those of the 2 objects of that name", len(records), err)
	}
}

func slotsAndIDs(record v1alpha1.OrphanRecord) []string {
	var all []string
	for _, entry := range record.Status.Resources {
		all = append(all, entry.Slot+" "+entry.ID)
	}
	return all
}
