package batch

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/events"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/apistore"
)

const namespace = "support"

// instant is a random one; what fails prints it.
var instant = time.Unix(rand.Int64N(4e9), 0).UTC()

func TestMain(m *testing.M) {
	code := m.Run()
	if code != 0 {
		fmt.Println("the time was", instant)
	}
	os.Exit(code)
}

var errDied = errors.New("the process died")

// A world is an API server, the reconciler, and a stand-in for the reconciler of
// numbers.
type world struct {
	t     *testing.T
	clock *clocktesting.FakePassiveClock
	store *apistore.Store
	// api is the API server as people see it.
	api client.Client
	// writes are those of the reconciler, in order, as far as they were carried out.
	writes []string
	// It dies at the nth attempt to write, before or after it is carried out.
	attempts, dies int
	applied        bool
	// deleted is told of each number that the reconciler has deleted.
	deleted func(name string)
	// denied are what admission says against deleting numbers, by name.
	denied map[string]error
	events *events.FakeRecorder
	*Reconciler
}

// newWorld has a deletion called batch, and numbers.
func newWorld(t *testing.T, spec v1alpha1.PhoneNumberDeletionSpec, numbers ...*v1alpha1.PhoneNumber) *world {
	t.Helper()
	clock := clocktesting.NewFakePassiveClock(instant)
	store := apistore.New(apistore.Callplane(), clock.Now)
	w := &world{t: t, clock: clock, store: store, api: store.Client(0), denied: map[string]error{}, deleted: func(string) {}, events: events.NewFakeRecorder(100)}
	w.must(w.api.Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}))
	for _, number := range numbers {
		w.must(w.api.Create(t.Context(), number))
	}
	w.must(w.api.Create(t.Context(), &v1alpha1.PhoneNumberDeletion{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "batch"}, Spec: spec}))
	w.Reconciler = &Reconciler{Client: store.Client(0), Direct: recorded{Client: w.api, world: w}, Events: w.events, Clock: clock}
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// line is a number whose last digits are given, as its reconciler keeps it.
func line(digits int, changes ...func(*v1alpha1.PhoneNumber)) *v1alpha1.PhoneNumber {
	number := &v1alpha1.PhoneNumber{ObjectMeta: metav1.ObjectMeta{
		Namespace: namespace, Name: fmt.Sprintf("line-%d", digits), Finalizers: []string{v1alpha1.FinalizerTeardown},
	}}
	number.Spec.Number = numberOf(digits)
	number.Spec.DeletionPolicy = v1alpha1.DeletionPolicyTeardown
	for _, change := range changes {
		change(number)
	}
	return number
}

func numberOf(digits int) string { return fmt.Sprintf("+1415555%04d", digits) }

func lines(count int) (numbers []*v1alpha1.PhoneNumber, named []string) {
	for i := range count {
		numbers = append(numbers, line(i))
		named = append(named, numberOf(i))
	}
	return numbers, named
}

// deletion is the live object.
func (w *world) deletion() *v1alpha1.PhoneNumberDeletion {
	w.t.Helper()
	deletion := &v1alpha1.PhoneNumberDeletion{}
	w.must(w.api.Get(w.t.Context(), client.ObjectKey{Namespace: namespace, Name: "batch"}, deletion))
	return deletion
}

// number is the live object; nil once it is gone.
func (w *world) number(name string) *v1alpha1.PhoneNumber {
	w.t.Helper()
	number := &v1alpha1.PhoneNumber{}
	err := w.api.Get(w.t.Context(), client.ObjectKey{Namespace: namespace, Name: name}, number)
	if apierrors.IsNotFound(err) {
		return nil
	}
	w.must(err)
	return number
}

// edit changes a number as somebody else would.
func (w *world) edit(name string, change func(*v1alpha1.PhoneNumber)) {
	w.t.Helper()
	number := w.number(name)
	change(number)
	w.must(w.api.Update(w.t.Context(), number))
}

// condition writes a condition as the reconciler of numbers does.
func (w *world) condition(name, kind, reason, message string) {
	w.t.Helper()
	number := w.number(name)
	meta.SetStatusCondition(&number.Status.Conditions, metav1.Condition{Type: kind, Status: metav1.ConditionTrue, Reason: reason, Message: message})
	w.must(w.api.Status().Update(w.t.Context(), number))
}

// visited makes one visit and says when the next is due.
func (w *world) visited() time.Duration {
	w.t.Helper()
	result, err := w.visit()
	w.must(err)
	return result
}

func (w *world) visit() (time.Duration, error) {
	w.t.Helper()
	result, err := w.Reconcile(w.t.Context(), &v1alpha1.PhoneNumberDeletion{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "batch"}})
	w.clock.SetTime(w.clock.Now().Add(pace))
	return result.RequeueAfter, err
}

// tearDown ends every deletion under way that nothing holds.
func (w *world) tearDown() {
	w.t.Helper()
	var numbers v1alpha1.PhoneNumberList
	w.must(w.api.List(w.t.Context(), &numbers))
	for i := range numbers.Items {
		number := &numbers.Items[i]
		if number.DeletionTimestamp != nil && len(number.Status.Conditions) == 0 {
			number.Finalizers = nil
			w.must(w.api.Update(w.t.Context(), number))
		}
	}
}

// settle makes visits until the deletion has ended.
func (w *world) settle() v1alpha1.PhoneNumberDeletionStatus {
	w.t.Helper()
	for range 2000 {
		w.visited()
		if status := w.deletion().Status; status.CompletedAt != nil {
			return status
		}
		w.tearDown()
	}
	w.t.Fatalf("it has no end: %+v", w.deletion().Status)
	return v1alpha1.PhoneNumberDeletionStatus{}
}

// count counts the writes that begin with a text.
func (w *world) count(prefix string) int {
	return len(slices.DeleteFunc(slices.Clone(w.writes), func(write string) bool { return !strings.HasPrefix(write, prefix) }))
}

// recorded is the API server as the reconciler sees it.
type recorded struct {
	client.Client

	world *world
}

func (r recorded) write(what string, do func() error) error {
	w := r.world
	w.attempts++
	if w.attempts == w.dies && !w.applied {
		return errDied
	}
	err := do()
	if err == nil {
		w.writes = append(w.writes, what)
	}
	if w.attempts == w.dies {
		return errDied
	}
	return err
}

func (r recorded) Update(ctx context.Context, object client.Object, options ...client.UpdateOption) error {
	return r.write("update "+object.GetName(), func() error { return r.Client.Update(ctx, object, options...) })
}

func (r recorded) Delete(ctx context.Context, object client.Object, options ...client.DeleteOption) error {
	var wanted client.DeleteOptions
	wanted.ApplyOptions(options)
	what := "delete " + object.GetName()
	if len(wanted.DryRun) > 0 {
		what = "rehearse " + object.GetName()
	}
	if wanted.Preconditions == nil || wanted.Preconditions.UID == nil {
		r.world.t.Errorf("%s: whatever has the name is deleted", what)
	}
	return r.write(what, func() error {
		if err := r.world.denied[object.GetName()]; err != nil {
			return err
		}
		if err := r.Client.Delete(ctx, object, options...); err != nil {
			return err
		}
		r.world.deleted(object.GetName())
		return nil
	})
}

func (r recorded) Status() client.SubResourceWriter {
	return recordedStatus{SubResourceWriter: r.Client.Status(), recorded: r}
}

type recordedStatus struct {
	client.SubResourceWriter

	recorded recorded
}

func (r recordedStatus) Update(ctx context.Context, object client.Object, options ...client.SubResourceUpdateOption) error {
	return r.recorded.write("status "+object.GetName(), func() error { return r.SubResourceWriter.Update(ctx, object, options...) })
}

// protection is how the API server words a refusal of the deletion protection.
func protection(name, sentence string) error {
	return apierrors.NewForbidden(schema.GroupResource{Group: "callplane.io", Resource: "phonenumbers"}, name,
		fmt.Errorf("ValidatingAdmissionPolicy 'callplane-deletion-protection' with binding 'callplane-deletion-protection' denied request: %s", sentence))
}
