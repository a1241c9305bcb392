package batch

import (
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
)

// recorder is a queue that shows what was added, and for when.
type recorder struct {
	workqueue.TypedRateLimitingInterface[reconcile.Request]
	added map[string]time.Duration
}

func (r recorder) AddAfter(request reconcile.Request, wait time.Duration) {
	r.added[request.String()] = wait
}

// TestWoken wakes the batches of the namespace that a number remains of, when its
// deletion has come further.
func TestWoken(t *testing.T) {
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	of := func(namespace, name, remains string) *v1alpha1.PhoneNumberDeletion {
		deletion := &v1alpha1.PhoneNumberDeletion{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
		deletion.Status.Remaining = []v1alpha1.RemainingNumber{{Name: "another"}, {Name: remains}}
		return deletion
	}
	objects := []*v1alpha1.PhoneNumberDeletion{of(namespace, "a", "line-0"), of(namespace, "b", "line-0"), of(namespace, "c", "line-1"), of("sales", "d", "line-0")}
	builder := fake.NewClientBuilder().WithScheme(scheme).WithIndex(&v1alpha1.PhoneNumberDeletion{}, IndexRemaining, remaining)
	for _, object := range objects {
		builder = builder.WithObjects(object)
	}
	r := &Reconciler{Client: builder.Build()}
	deleting := func(n *v1alpha1.PhoneNumber) { n.DeletionTimestamp = new(metav1.Unix(1, 0)) }
	corrupted := func(n *v1alpha1.PhoneNumber) {
		n.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionCorrupted, Status: metav1.ConditionTrue}}
	}
	ledger := func(n *v1alpha1.PhoneNumber) {
		n.Status.ExternalResources = []v1alpha1.ExternalResource{{Slot: "trunk"}}
	}
	both := map[string]time.Duration{"support/a": pace, "support/b": pace}
	cases := map[string]struct {
		reason   string
		old, new *v1alpha1.PhoneNumber
		want     map[string]time.Duration
	}{
		"gone":          {"that is a result", line(0, deleting), nil, both},
		"corrupted":     {"that is a result", line(0, deleting), line(0, deleting, corrupted), both},
		"being deleted": {"nothing has come of it yet", line(0), line(0, deleting), nil},
		"less is left":  {"how far a teardown is concerns nobody", line(0, deleting, ledger), line(0, deleting), nil},
		"not deleting":  {"a number that lives concerns nobody", line(0), line(0, corrupted), nil},
		"no batch's":    {"nobody waits for it", line(2, deleting), nil, nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			queue := recorder{added: map[string]time.Duration{}}
			if tc.new == nil {
				r.deleted(t.Context(), event.DeleteEvent{Object: tc.old}, queue)
			} else {
				r.updated(t.Context(), event.UpdateEvent{ObjectOld: tc.old, ObjectNew: tc.new}, queue)
			}
			if !maps.Equal(tc.want, queue.added) {
				t.Errorf("%s, -want +got:\n%s", tc.reason, cmp.Diff(tc.want, queue.added))
			}
		})
	}
}
