package sharedtrunk

import (
	"strings"
	"testing"
	"time"

	protocol "github.com/livekit/protocol/livekit"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/controller/lifecycle"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
)

// wantCondition compares the reason of a condition, and wants a part of its message.
func wantCondition(t *testing.T, conditions []metav1.Condition, kind, reason, says string) {
	t.Helper()
	found := meta.FindStatusCondition(conditions, kind)
	if found == nil || found.Reason != reason || !strings.Contains(found.Message, says) {
		t.Errorf("%s is %+v, want the reason %s, and %q in the message", kind, found, reason, says)
	}
}

// visit reconciles one number as it is now, and returns when it is to be looked at again.
func (w *world) visit(name string) time.Duration {
	w.t.Helper()
	result, err := w.numbers.Reconcile(w.t.Context(), w.number(name))
	if err != nil {
		w.t.Fatal(err)
	}
	return result.RequeueAfter
}

// TestLeavesTheListForGood takes outbound calls from a number: the trunk takes it off
// its list, and the number looks again soon until it has.
func TestLeavesTheListForGood(t *testing.T) {
	cases := map[string]struct {
		reason  string
		changes []func(*v1alpha1.PhoneNumber)
		place   string
	}{
		"where it is":   {reason: "its trunk knows that it makes no more calls", changes: []func(*v1alpha1.PhoneNumber){withoutOutbound}, place: "main"},
		"and elsewhere": {reason: "no other trunk is to make its calls, so the first one need not wait for that", changes: []func(*v1alpha1.PhoneNumber){withoutOutbound, on("spare")}, place: "spare"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := shared(t)
			w.create(newTrunk("spare"))
			w = established(t, w)
			w.edit("first", c.changes...)
			if wait := w.visit("first"); wait > time.Minute {
				t.Errorf("it looks again after %s, want soon: nobody tells it that it was taken off the list", wait)
			}
			wantCondition(t, w.number("first").Status.Conditions, v1alpha1.ConditionReady, v1alpha1.ReasonProvisioning, `the SIPTrunk "main" makes no more calls from `+e164)
			w.run(name, settled)
			w.wantLists(c.reason, map[string]string{"main": second})
			w.wantPlaces(c.reason, map[string]string{e164: c.place, second: "main"})
			if _, recorded := ledger.Find(w.number("first").Status.ExternalResources, external.SlotOutboundTrunk); recorded {
				t.Error("its place on the list is still in the ledger")
			}
			w.vanishes(name)
		})
	}
}

// TestRefusedMove leaves a number where it is that cannot go where it is sent. The trunk
// that it is not on makes no calls from it.
func TestRefusedMove(t *testing.T) {
	cases := map[string]struct {
		reason string
		trunk  func(*v1alpha1.SIPTrunk)
		says   string
	}{
		"another account": {
			reason: "a number does not leave its account", trunk: inAccount("other"),
			says: `the number cannot move to the SIPTrunk "spare", which is in another account: change carrierRef back`,
		},
		"a carrier of one's own": {
			reason: "it would leave its account, too", trunk: atAddress, says: `the number cannot move to the SIPTrunk "spare"`,
		},
		"for calls to numbers alone": {
			reason: "it could make no calls there", trunk: func(trunk *v1alpha1.SIPTrunk) { trunk.Spec.Outbound = nil },
			says: `the SIPTrunk "spare" has no outbound`,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := shared(t)
			w.create(newTrunk("spare", c.trunk))
			w = established(t, w)
			w.carried = true
			w.edit("first", on("spare"))
			for range 3 {
				w.visitAll()
			}
			wantCondition(t, w.number("first").Status.Conditions, v1alpha1.ConditionReady, string(external.InvalidConfiguration), c.says)
			w.wantLists(c.reason, map[string]string{"main": e164 + " " + second})
			w.wantPlaces(c.reason, map[string]string{e164: "main", second: "main"})
			if sent := w.mutations(); len(sent) > 0 {
				t.Errorf("%q was sent: %s", sent, c.reason)
			}
			w.edit("first", on("main"))
			w.run(name+", then back", settled)
			w.vanishes(name)
		})
	}
}

// TestMoveIsFenced sends nothing from a view that is out of date, nor in a namespace
// that is being deleted.
func TestMoveIsFenced(t *testing.T) {
	w := shared(t)
	w.create(newTrunk("spare"))
	w = established(t, w)
	w.edit("first", on("spare"))
	stale := w.number("first")
	w.edit("first", on("main"))
	if _, err := w.numbers.Reconcile(t.Context(), stale); !apierrors.IsConflict(err) {
		t.Errorf("got %v, want a conflict: it is not to move any more", err)
	}
	w.edit("first", on("spare"))
	w.remove(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
	w.visit("first")
	wantCondition(t, w.number("first").Status.Conditions, v1alpha1.ConditionReady, v1alpha1.ReasonProvisioning, "is being deleted: nothing more is made in it")
	if sent := w.mutations(); len(sent) > 0 {
		t.Errorf("%q was sent", sent)
	}
	w.wantPlaces("in the end", map[string]string{e164: "main", second: "main"})
}

// TestTrunkIsLost strips a trunk of its finalizer. One of the same name takes its numbers
// over, and without one each number takes itself off the list.
func TestTrunkIsLost(t *testing.T) {
	lost := func(t *testing.T) *world {
		w := established(t, shared(t))
		w.carried = true
		trunk := w.trunk("main")
		trunk.Finalizers = nil
		if err := w.people().Update(t.Context(), trunk); err != nil {
			t.Fatal(err)
		}
		w.remove(trunk)
		return w
	}
	t.Run("created again", func(t *testing.T) {
		w := lost(t)
		w.create(newTrunk("main"))
		w.run("created again", settled)
		w.wantPlaces("created again", map[string]string{e164: "main", second: "main"})
		if got := w.lists()["main"]; got != e164+" "+second {
			t.Errorf("calls are made from %q, want both numbers", got)
		}
	})
	t.Run("its numbers deleted", func(t *testing.T) {
		w := lost(t)
		w.carried = false
		w.remove(w.number("first"))
		w.run("one deleted", func(w *world) bool { return len(w.mutations()) > 0 && w.lists()["nobody"] == second })
		w.remove(w.number("second"))
		w.run("both deleted", settled)
		w.holds("what was the trunk's alone is left", map[string]int{"trunks": 1, "urls": 1, "lists": 1})
	})
}

// TestAwaitsWhoeverHasTheList names the trunk that has a list on which a number is, also
// where it moves from.
func TestAwaitsWhoeverHasTheList(t *testing.T) {
	w := established(t, shared(t))
	w.remove(w.number("first"))
	w.visit("first")
	w.visit("first")
	number := w.number("first")
	wantCondition(t, number.Status.Conditions, v1alpha1.ConditionDeleting, v1alpha1.ReasonTearingDown, `waiting until the SIPTrunk "main" makes no more calls from `+e164)
	for i := range number.Status.ExternalResources {
		if entry := &number.Status.ExternalResources[i]; entry.Slot == string(external.SlotOutboundTrunk) {
			entry.Previous, entry.ParentID = entry.ParentID, "ST_gone"
		}
	}
	if err := w.people().Status().Update(t.Context(), number); err != nil {
		t.Fatal(err)
	}
	w.visit("first")
	wantCondition(t, w.number("first").Status.Conditions, v1alpha1.ConditionDeleting, v1alpha1.ReasonTearingDown, `waiting until the SIPTrunk "main" makes no more calls from `+e164)
	w.wantLists("it is for the trunk to write its list", map[string]string{"main": e164 + " " + second})
}

// TestLoginIsGone has a trunk that is being deleted and cannot write its list as a whole:
// it makes no login any more. The number that is being deleted does not wait for that.
func TestLoginIsGone(t *testing.T) {
	w := established(t, shared(t))
	trunk := w.trunk("main")
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: lifecycle.LoginSecret(trunk)}}
	w.remove(secret, trunk, w.number("first"))
	for range 3 {
		w.visitAll()
	}
	wantCondition(t, w.trunk("main").Status.Conditions, v1alpha1.ConditionDeleting, v1alpha1.ReasonBlocked, "it stays until no number is on it any more: ")
	w.wantLists("the other one still makes calls", map[string]string{"main": second})
	if !w.gone("first") {
		t.Error("the number waits for a list that is never written")
	}
	w.vanishes("the other one, too")
}

// withLogin has two numbers on a trunk of one's own carrier that asks for a login.
func withLogin(t *testing.T) *world {
	login := func(trunk *v1alpha1.SIPTrunk) {
		trunk.Spec.Address.CredentialsSecretRef = &v1alpha1.SecretReference{Name: carrierLogin.Name}
	}
	return newWorld(t, carrierLogin.DeepCopy(), newTrunk("main", atAddress, login), newNumber("first", e164), newNumber("second", second))
}

// TestLeavesWhateverAilsTheTrunk deletes a number whose trunk can do nothing else.
func TestLeavesWhateverAilsTheTrunk(t *testing.T) {
	cases := map[string]struct {
		reason string
		start  func(*testing.T) *world
		ail    func(*world)
	}{
		"paused": {
			reason: "a trunk that is held as it is lets its numbers go", start: shared,
			ail: func(w *world) {
				trunk := w.trunk("main")
				trunk.Annotations = map[string]string{v1alpha1.AnnotationPaused: "true"}
				w.update(trunk)
			},
		},
		"account is not ready": {
			reason: "the list is at the platform", start: shared,
			ail: (*world).refuseAccount,
		},
		"no login at the carrier": {
			reason: "nothing of what the trunk lacks is needed to take a number off its list",
			start:  withLogin,
			ail:    func(w *world) { w.remove(carrierLogin) },
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := established(t, c.start(t))
			c.ail(w)
			w.remove(w.number("first"))
			for range 5 {
				w.visitAll()
			}
			if !w.gone("first") {
				t.Errorf("%s; it stays: %+v", c.reason, w.number("first").Status.Conditions)
			}
			w.wantLists("the other one still makes calls", map[string]string{"main": second})
		})
	}
}

// TestComesToNoBrokenTrunk keeps a number at the carrier of one's own where it is until
// the one that it is sent to works.
func TestComesToNoBrokenTrunk(t *testing.T) {
	w := established(t, withLogin(t))
	w.create(newTrunk("spare", atAddress, func(trunk *v1alpha1.SIPTrunk) {
		trunk.Spec.Address.CredentialsSecretRef = &v1alpha1.SecretReference{Name: "nowhere"}
	}))
	w.edit("first", on("spare"))
	for range 3 {
		w.visitAll()
	}
	wantCondition(t, w.number("first").Status.Conditions, v1alpha1.ConditionReady, v1alpha1.ClassCredentialsMissing, `the SIPTrunk "spare" is not ready`)
	w.wantLists("its calls are still made", map[string]string{"main": e164 + " " + second})
}

// TestStaysReady lets a number that is on a trunk be as it is, and change, whatever ails
// the trunk.
func TestStaysReady(t *testing.T) {
	w := established(t, withLogin(t))
	w.remove(carrierLogin)
	w.visitAll()
	w.edit("first", func(n *v1alpha1.PhoneNumber) { n.Spec.DisplayName = "Front desk" })
	for range 3 {
		w.visitAll()
	}
	if active(w.trunk("main").Status.LifecycleStatus, 1) {
		t.Fatal("the trunk is ready: nothing is shown")
	}
	if got := w.number("first"); !active(got.Status.LifecycleStatus, got.Generation) {
		t.Errorf("its calls are taken, and made: %+v", got.Status.Conditions)
	}
}

// TestHeldNumberMakesCalls leaves a number on the list while somebody holds it, before
// its teardown or halfway.
func TestHeldNumberMakesCalls(t *testing.T) {
	hold := func(w *world) {
		w.edit("first", func(n *v1alpha1.PhoneNumber) { n.Annotations = map[string]string{v1alpha1.AnnotationPaused: "true"} })
	}
	remove := func(w *world) { w.remove(w.number("first")) }
	begin := func(w *world) { w.visit("first") }
	cases := map[string]struct {
		reason string
		steps  []func(*world)
	}{
		"before":  {reason: "nothing is touched", steps: []func(*world){hold, remove}},
		"halfway": {reason: "nothing more is taken down", steps: []func(*world){remove, begin, hold}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := established(t, shared(t))
			for _, step := range c.steps {
				step(w)
			}
			for range 3 {
				w.visitAll()
			}
			w.wantLists(c.reason, map[string]string{"main": e164 + " " + second})
			w.edit("first", func(n *v1alpha1.PhoneNumber) { n.Annotations = nil })
			for range 5 {
				w.visitAll()
			}
			w.wantLists("it goes on", map[string]string{"main": second})
		})
	}
}

// TestListIsMended takes off the list what somebody has put there.
func TestListIsMended(t *testing.T) {
	w := established(t, shared(t))
	w.livekit.EditOutboundTrunk(w.livekit.OutboundTrunks()[0].SipTrunkId, func(info *protocol.SIPOutboundTrunkInfo) { info.Numbers = append(info.Numbers, "+15550177") })
	w.run("edited", func(w *world) bool { return w.lists()["main"] == e164+" "+second })
	w.run("edited", settled)
}
