package agent

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	apifake "sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/usage"
)

const namespace = "support"

// instant is a random one; what fails prints it.
var (
	instant     = time.Unix(rand.Int64N(4e9), rand.Int64N(1e9)).UTC()
	errConflict = apierrors.NewConflict(schema.GroupResource{Resource: "voiceagents"}, "agent", nil)
)

func TestMain(m *testing.M) {
	code := m.Run()
	if code != 0 {
		fmt.Println("the time was", instant)
	}
	os.Exit(code)
}

// A world is an API server and the reconciler.
type world struct {
	t     *testing.T
	api   client.WithWatch
	clock *clocktesting.FakePassiveClock
	// writes counts; the refused one fails.
	writes, refused int
	*Reconciler
}

func newWorld(t *testing.T, objects ...client.Object) *world {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	agent := &v1alpha1.VoiceAgent{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "agent", UID: "agent", Generation: 1}}
	builder := apifake.NewClientBuilder().WithScheme(scheme).WithGlobalResourceVersionCounter().WithObjects(append(objects, agent)...).
		WithStatusSubresource(&v1alpha1.PhoneNumber{}, &v1alpha1.VoiceAgent{})
	for name, keys := range usage.Indexes {
		builder = builder.WithIndex(&v1alpha1.PhoneNumber{}, name, keys)
	}
	w := &world{t: t, api: builder.Build(), clock: clocktesting.NewFakePassiveClock(instant)}
	w.Reconciler = &Reconciler{Clock: w.clock, Direct: w.api, Client: interceptor.NewClient(w.api, interceptor.Funcs{
		Update: func(ctx context.Context, c client.WithWatch, object client.Object, opts ...client.UpdateOption) error {
			return w.write(func() error { return c.Update(ctx, object, opts...) })
		},
		SubResourceUpdate: func(ctx context.Context, c client.Client, name string, object client.Object, opts ...client.SubResourceUpdateOption) error {
			return w.write(func() error { return c.SubResource(name).Update(ctx, object, opts...) })
		},
	})}
	return w
}

func (w *world) write(work func() error) error {
	w.writes++
	if w.writes == w.refused {
		return errConflict
	}
	return work()
}

func linkedNumber(name string) *v1alpha1.PhoneNumber {
	number := &v1alpha1.PhoneNumber{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	number.Spec.AgentRef = &v1alpha1.AgentReference{Name: "agent"}
	return number
}

// agent is the live object; nil once it is gone.
func (w *world) agent() *v1alpha1.VoiceAgent {
	w.t.Helper()
	agent := &v1alpha1.VoiceAgent{}
	if err := w.api.Get(w.t.Context(), client.ObjectKey{Namespace: namespace, Name: "agent"}, agent); apierrors.IsNotFound(err) {
		return nil
	} else if err != nil {
		w.t.Fatal(err)
	}
	return agent
}

func (w *world) visited() time.Duration {
	w.t.Helper()
	result, err := w.Reconcile(w.t.Context(), w.agent())
	if err != nil {
		w.t.Fatal(err)
	}
	return result.RequeueAfter
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestUnlinkedAgent(t *testing.T) {
	w := newWorld(t)
	if wait := w.visited(); wait != 0 {
		t.Errorf("looked at again after %s, want when a number comes", wait)
	}
	agent := w.agent()
	want := v1alpha1.VoiceAgentStatus{
		ObservedGeneration: 1,
		Conditions: []metav1.Condition{{
			Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonAccepted, Message: "numbers can be linked to the agent",
			ObservedGeneration: 1, LastTransitionTime: metav1.NewTime(instant.Truncate(time.Second).Local()),
		}},
		PhoneNumbers: &v1alpha1.Users{Count: new(int32(0)), Truncated: new(false)},
	}
	if diff := cmp.Diff(want, agent.Status); diff != "" || len(agent.Finalizers) > 0 {
		t.Errorf("finalizers %q, and -want +got:\n%s", agent.Finalizers, diff)
	}
	version := agent.ResourceVersion
	w.clock.SetTime(instant.Add(time.Hour))
	w.visited()
	if w.agent().ResourceVersion != version {
		t.Error("it was written again, and nothing is new")
	}
}

func TestLinkedAgent(t *testing.T) {
	w := newWorld(t, linkedNumber("b"), linkedNumber("a"))
	w.visited()
	agent := w.agent()
	if diff := cmp.Diff([]string{v1alpha1.FinalizerInUse}, agent.Finalizers); diff != "" {
		t.Errorf("it is kept while numbers are linked to it, -want +got:\n%s", diff)
	}
	if got := agent.Status.PhoneNumbers.Names; !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("its numbers are %q", got)
	}
}

// TestNumberUnlinked frees the agent once the dispatch rule is gone, while the
// rest of the number is still being taken down.
func TestNumberUnlinked(t *testing.T) {
	number := linkedNumber("line")
	number.Finalizers = []string{v1alpha1.FinalizerTeardown}
	number.Status.ExternalResources = []v1alpha1.ExternalResource{{Slot: string(external.SlotDispatchRule)}, {Slot: string(external.SlotTrunk)}}
	number.Status.LinkedAgent = "agent"
	w := newWorld(t, number)
	w.visited()
	w.must(w.api.Delete(t.Context(), linkedNumber("line")))
	w.must(w.api.Delete(t.Context(), w.agent()))
	w.clock.SetTime(instant.Add(time.Hour))
	w.visited()
	if w.agent() == nil {
		t.Fatal("the agent is gone, and a rule still dispatches to it")
	}
	w.must(w.api.Get(t.Context(), client.ObjectKeyFromObject(number), number))
	number.Status.ExternalResources = number.Status.ExternalResources[1:]
	w.must(w.api.Status().Update(t.Context(), number))
	w.visited()
	if w.agent() != nil {
		t.Error("the agent is still there, and nothing dispatches to it")
	}
}

// answered is a number whose rule names an agent, whatever its spec names.
func answered(name, agent string) *v1alpha1.PhoneNumber {
	number := linkedNumber(name)
	number.Status.ExternalResources = []v1alpha1.ExternalResource{{Slot: string(external.SlotDispatchRule), State: v1alpha1.StateReady}}
	number.Status.LinkedAgent = agent
	return number
}

// TestLeavingAgent says whom an agent that is to go waits for, and goes with the last
// of them; a number that only would like to be linked to it does not hold it.
func TestLeavingAgent(t *testing.T) {
	moving := answered("moving", "agent")
	moving.Spec.AgentRef.Name = "another"
	w := newWorld(t, answered("a", "agent"), moving, linkedNumber("late"))
	w.visited()
	w.must(w.api.Delete(t.Context(), w.agent()))
	w.clock.SetTime(instant.Add(time.Minute))
	w.visited()
	ready := w.agent().Status.Conditions[0]
	if want := "the agent is being deleted; it stays until no number is linked to it any more: a, moving"; ready.Status != metav1.ConditionFalse || ready.Reason != v1alpha1.ReasonDeleting || ready.Message != want {
		t.Errorf("Ready is %+v, want %q", ready, want)
	}
	w.must(w.api.Get(t.Context(), client.ObjectKeyFromObject(moving), moving))
	moving.Status.LinkedAgent = "another"
	w.must(w.api.Status().Update(t.Context(), moving))
	w.clock.SetTime(instant.Add(2 * time.Minute))
	w.visited()
	if got := w.agent().Status; *got.PhoneNumbers.Count != 1 || !strings.HasSuffix(got.Conditions[0].Message, ": a") {
		t.Errorf("got %+v, want one number to be left", got)
	}
	w.must(w.api.Delete(t.Context(), answered("a", "agent")))
	w.visited()
	if w.agent() != nil {
		t.Error("the agent is still there, and no number is linked to it")
	}
}

// TestStaleCache keeps an agent for a number that only the API server shows.
func TestStaleCache(t *testing.T) {
	w := newWorld(t)
	agent := w.agent()
	agent.Finalizers = []string{v1alpha1.FinalizerInUse}
	w.must(w.api.Update(t.Context(), agent))
	w.Direct = newWorld(t, linkedNumber("a")).api
	w.visited()
	if diff := cmp.Diff([]string{v1alpha1.FinalizerInUse}, w.agent().Finalizers); diff != "" {
		t.Errorf("finalizers, -want +got:\n%s", diff)
	}
}

func TestUsersAreBoundedAndThrottled(t *testing.T) {
	w := newWorld(t, linkedNumber("line-000"))
	w.visited()
	w.writes = 0
	for i := range 100 {
		w.must(w.api.Create(t.Context(), linkedNumber(fmt.Sprintf("line-%03d", i+1))))
	}
	w.clock.SetTime(instant.Add(4 * time.Second))
	if wait := w.visited(); wait != 6*time.Second || w.writes > 0 {
		t.Errorf("looked at again after %s with %d writes, want the rest of 10 s and none", wait, w.writes)
	}
	w.clock.SetTime(instant.Add(10 * time.Second))
	w.visited()
	got := w.agent().Status.PhoneNumbers
	if *got.Count != 101 || len(got.Names) != 100 || !*got.Truncated || w.writes != 1 {
		t.Errorf("%d numbers, %d of them named, in %d writes; want the first 100 of 101 at once", *got.Count, len(got.Names), w.writes)
	}
}

// TestFinalizerIsNeverAddedLate leaves an agent alone that is being deleted.
func TestFinalizerIsNeverAddedLate(t *testing.T) {
	w := newWorld(t, linkedNumber("line"))
	agent := w.agent()
	agent.Finalizers = []string{"example.com/other"}
	w.must(w.api.Update(t.Context(), agent))
	w.must(w.api.Delete(t.Context(), agent))
	w.visited()
	if got := w.agent().Finalizers; slices.Contains(got, v1alpha1.FinalizerInUse) {
		t.Errorf("finalizers are %q", got)
	}
}

// TestEveryWriteFails refuses each write in turn: the next visits finish.
func TestEveryWriteFails(t *testing.T) {
	for refused := range 2 {
		w := newWorld(t, linkedNumber("line"))
		w.refused = refused + 1
		if _, err := w.Reconcile(t.Context(), w.agent()); !apierrors.IsConflict(err) {
			t.Errorf("write %d: got %v, want the conflict", refused+1, err)
		}
		w.clock.SetTime(w.clock.Now().Add(w.visited()))
		w.visited()
		if agent := w.agent(); len(agent.Finalizers) != 1 || *agent.Status.PhoneNumbers.Count != 1 {
			t.Errorf("write %d: got %+v", refused+1, agent)
		}
		w.must(w.api.Delete(t.Context(), linkedNumber("line")))
		w.must(w.api.Delete(t.Context(), w.agent()))
		w.clock.SetTime(w.clock.Now().Add(time.Hour))
		w.refused, w.writes = refused+1, 0
		if _, err := w.Reconcile(t.Context(), w.agent()); !apierrors.IsConflict(err) || w.agent() == nil {
			t.Errorf("write %d while it is let go: got %v, want the conflict", refused+1, err)
		}
		w.visited()
		if w.agent() != nil {
			t.Errorf("write %d while it is let go: it stays for ever", refused+1)
		}
	}
}

// TestUnreadableCache changes nothing: numbers may be linked.
func TestUnreadableCache(t *testing.T) {
	w := newWorld(t, linkedNumber("line"))
	w.visited()
	w.writes = 0
	w.Client = unreadable{w.Client}
	if _, err := w.Reconcile(t.Context(), w.agent()); err == nil || w.writes > 0 || len(w.agent().Finalizers) != 1 {
		t.Errorf("error %v with %d writes, want none", err, w.writes)
	}
}

type unreadable struct{ client.Client }

func (unreadable) List(context.Context, client.ObjectList, ...client.ListOption) error {
	return errConflict
}

func TestLinked(t *testing.T) {
	if diff := cmp.Diff([]types.NamespacedName{{Namespace: namespace, Name: "agent"}}, linked(linkedNumber("line"))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	before := types.NamespacedName{Namespace: namespace, Name: "before"}
	both := []types.NamespacedName{{Namespace: namespace, Name: "agent"}, before, before}
	if diff := cmp.Diff(both, linked(answered("line", "before"))); diff != "" {
		t.Errorf("a number that moves wakes both, -want +got:\n%s", diff)
	}
	if named, linkedToo := linked(linkedNumber("line")), linked(answered("line", "agent")); len(named) == len(linkedToo) {
		t.Errorf("got %v and %v, want a change of the link alone to show: an agent that is being deleted waits for it", named, linkedToo)
	}
	if got := linked(&v1alpha1.PhoneNumber{}); got != nil {
		t.Errorf("got %v, want nobody to be woken by a number without an agent", got)
	}
}
