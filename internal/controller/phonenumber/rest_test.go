package phonenumber

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/controller/lifecycle"
)

// resting is a number that is set up, and a manager that knows when it is to be looked at.
func resting(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.Looks = lifecycle.NewLooks(resync, rand.New(rand.NewPCG(seed, 1)))
	w.settle("at first")
	w.forget()
	w.secretReads = 0
	return w
}

// startAgain is another manager, which remembers nothing.
func (w *world) startAgain() {
	w.restart(time.Second)
	w.Looks = lifecycle.NewLooks(resync, rand.New(rand.NewPCG(seed, 2)))
}

func (w *world) pass(by time.Duration) { w.clock.SetTime(w.clock.Now().Add(by)) }

// renamedAgent has calls answered by another agent of the same VoiceAgent.
func renamedAgent(w *world) {
	agent := newAgent()
	agent.Spec.AgentName = "trainee"
	if err := w.api.Update(w.t.Context(), w.current(agent)); err != nil {
		w.t.Fatal(err)
	}
}

// broughtBack comes from a backup with its status, as another object.
func broughtBack(w *world) {
	before := w.number()
	w.loseObject()
	w.createAgain(func(n *v1alpha1.PhoneNumber) { n.Finalizers = before.Finalizers })
	w.amend(func(n *v1alpha1.PhoneNumber) { n.Status = before.Status })
}

// movedAndBack goes to another agent, whose rule is written, and back before anybody could
// write that down.
func movedAndBack(w *world) {
	w.edit(func(n *v1alpha1.PhoneNumber) { n.Spec.AgentRef = nil })
	w.failAt("status PhoneNumber", 0, apierrors.NewServiceUnavailable("the API server is away"))
	if _, err := w.visit(); err == nil || len(w.mutations()) == 0 {
		w.t.Fatalf("want the rule to be written, and the status not: %q", w.happened())
	}
	w.rewind()
	w.edit(func(n *v1alpha1.PhoneNumber) { n.Spec.AgentRef = newNumber().Spec.AgentRef })
}

// TestRest lists what makes a number that is all right be compared with the providers: a
// start of the manager alone does not, nor does a change that makes no difference there.
func TestRest(t *testing.T) {
	cases := map[string]struct {
		reason string
		change func(*world)
		looks  bool
	}{
		"nothing":     {reason: "a visit alone is no reason", change: func(*world) {}},
		"a start":     {reason: "thousands are visited at once", change: func(w *world) { w.startAgain() }},
		"an hour":     {reason: "it is not due", change: func(w *world) { w.pass(time.Hour) }},
		"the period":  {reason: "it is due", change: func(w *world) { w.pass(resync) }, looks: true},
		"a suspicion": {reason: "a list does not show it", change: func(w *world) { w.Looks.Want(w.number().UID) }, looks: true},
		"a label":     {reason: "labels mean nothing to it", change: func(w *world) { w.edit(func(n *v1alpha1.PhoneNumber) { n.Labels = map[string]string{"a": "b"} }) }},
		"its policy":  {reason: "it is for later", change: func(w *world) { w.edit(obeying(v1alpha1.DeletionPolicyRelease)) }},
		"its spec":    {reason: "it asks for something else", change: func(w *world) { w.edit(func(n *v1alpha1.PhoneNumber) { n.Spec.DisplayName = "Support" }) }, looks: true},
		"no agent":    {reason: "it is linked to another one", change: func(w *world) { w.edit(func(n *v1alpha1.PhoneNumber) { n.Spec.AgentRef = nil }) }, looks: true},
		"a retry": {reason: "somebody asks for a look", change: func(w *world) {
			w.edit(func(n *v1alpha1.PhoneNumber) {
				n.Annotations = map[string]string{v1alpha1.AnnotationRetryRequestedAt: "now"}
			})
		}, looks: true},
		"finalizer gone":  {reason: "it is put back", change: func(w *world) { w.edit(func(n *v1alpha1.PhoneNumber) { n.Finalizers = nil }) }, looks: true},
		"the agent":       {reason: "its calls go elsewhere", change: renamedAgent, looks: true},
		"another account": {reason: "what was made is elsewhere", change: func(w *world) { w.otherAccount() }, looks: true},
		"its login":       {reason: "the carrier may have another one", change: func(w *world) { w.remove(w.loginSecret()) }, looks: true},
		"a new life":      {reason: "what is there bears the name of the old one", change: broughtBack, looks: true},
		"half done":       {reason: "nobody knows what came of it", change: movedAndBack, looks: true},
		"refused for a while": {reason: "nobody was asked meanwhile", change: func(w *world) {
			accountSays(v1alpha1.ClassAuthenticationFailed)(w)
			w.visited()
			account := newAccount()
			w.statusOf(account, func() { account.Status = newAccount().Status })
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := resting(t)
			c.change(w)
			w.secretReads = 0
			w.forget()
			result := w.visited()
			calls := len(w.calls())
			if looked := calls > 0; looked != c.looks || !c.looks && w.secretReads > 1 {
				t.Errorf("%d calls and %d Secrets read, want a look: %v, and its login read at most: %s", calls, w.secretReads, c.looks, c.reason)
			}
			if result.RequeueAfter <= 0 || result.RequeueAfter > resync {
				t.Errorf("visited again after %s, want within the period", result.RequeueAfter)
			}
			if got := condition(w.number(), v1alpha1.ConditionReady); !c.looks && (got.Reason != v1alpha1.ReasonActive || got.ObservedGeneration != w.number().Generation) {
				t.Errorf("it says %+v", got)
			}
			version := w.number().ResourceVersion
			w.visited()
			if !c.looks && w.number().ResourceVersion != version {
				t.Error("a number that rests is written")
			}
		})
	}
}

// TestDeparted shows a number that is gone already, as a cache does for a moment.
func TestDeparted(t *testing.T) {
	w := resting(t)
	w.Departed = lifecycle.NewDeparted()
	w.delete()
	deleting := w.number()
	w.settle("it goes")
	w.forget()
	if _, err := w.visitAs(deleting); err != nil || len(w.happened()) > 0 {
		t.Errorf("got %v and %q, want nothing to be done about what is gone", err, w.happened())
	}
}

// TestSuspect has a number looked at, and mended with what it lacks alone.
func TestSuspect(t *testing.T) {
	w := resting(t)
	w.Bell = &lifecycle.Bell{}
	queue := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[reconcile.Request]())
	defer queue.ShutDown()
	if err := w.Bell.Start(t.Context(), queue); err != nil {
		t.Fatal(err)
	}
	w.platform.vanish(t, "Rule")
	w.forget()
	w.visited()
	if calls := w.mutations(); len(calls) > 0 {
		t.Fatalf("%q, want it to rest", calls)
	}
	w.Suspect(w.number())
	if queue.Len() != 1 {
		t.Error("nobody visits it")
	}
	w.settle("once it is looked at")
	w.pass(grace)
	w.settle("once its absence is believed")
	if diff := cmp.Diff([]string{"create Rule", "update Attachment"}, w.mutations()); diff != "" {
		t.Errorf("what the rule needs, and what needs the rule, -want +got:\n%s", diff)
	}
	w.forget()
	w.visited()
	if len(w.calls()) > 0 {
		t.Errorf("%q, want it to rest again", w.calls())
	}
}
