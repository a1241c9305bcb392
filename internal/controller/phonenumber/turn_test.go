package phonenumber

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/time/rate"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/provider/fake"
)

// toTakeDown is a number that waits for its turn.
func toTakeDown(n *v1alpha1.PhoneNumber) {
	controllerutil.AddFinalizer(n, v1alpha1.FinalizerTeardown)
	deleted(n)
	n.Status.ExternalResources = []ledger.Entry{{
		Slot: string(external.SlotTrunk), Kind: "Trunk", Origin: v1alpha1.OriginCreated,
		Connection: v1alpha1.Connection{Kind: v1alpha1.KindTwilioAccount, Name: "twilio"},
	}}
}

// underWay is one that has had its turn.
func underWay(n *v1alpha1.PhoneNumber) { n.Status.Teardown = &v1alpha1.TeardownStatus{} }

// givenUp is one whose cleanup has failed for good.
func givenUp(n *v1alpha1.PhoneNumber) {
	n.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionCorrupted, Status: metav1.ConditionTrue}}
}

func lost(n *v1alpha1.PhoneNumber) { n.Status.ExternalResources = nil }

// TestTurn lists what numbers are to the brake.
func TestTurn(t *testing.T) {
	line, begun := "TwilioAccount/twilio", "TwilioAccount/twilio/begun"
	cases := map[string]struct {
		reason  string
		changes []change
		want    []string
	}{
		"not deleted":        {reason: "nothing is taken down"},
		"waits":              {reason: "it is to be taken down", changes: []change{toTakeDown}, want: []string{line}},
		"has begun":          {reason: "it has a place", changes: []change{toTakeDown, underWay}, want: []string{line, begun}},
		"failed for good":    {reason: "so many that nobody mends would stop all others", changes: []change{toTakeDown, underWay, givenUp}},
		"without ours":       {reason: "we have let go of it", changes: []change{toTakeDown, underWay, func(n *v1alpha1.PhoneNumber) { n.Finalizers = []string{foreign} }}},
		"paused":             {reason: "whoever may begin next must be able to", changes: []change{toTakeDown, pausedByHand}},
		"paused halfway":     {reason: "it goes on with what it has begun", changes: []change{toTakeDown, underWay, pausedByHand}, want: []string{line, begun}},
		"held by others":     {reason: "whoever may begin next must be able to", changes: []change{toTakeDown, heldByOthers}},
		"retained":           {reason: "nothing is taken down", changes: []change{toTakeDown, obeying(v1alpha1.DeletionPolicyRetain)}},
		"nothing was made":   {reason: "nobody is called", changes: []change{toTakeDown, lost}},
		"of another account": {reason: "the account is that of its trunk, whatever its spec says", changes: []change{toTakeDown, func(n *v1alpha1.PhoneNumber) { n.Spec.CarrierRef.Name = "other" }}, want: []string{line}},
		"without a trunk": {reason: "the account is that of its spec", changes: []change{toTakeDown, func(n *v1alpha1.PhoneNumber) {
			n.Status.ExternalResources[0].Slot = string(external.SlotInboundTrunk)
			n.Spec.CarrierRef.Name = "other"
		}}, want: []string{"TwilioAccount/other"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, turnKeys(newNumber(c.changes...))); diff != "" {
				t.Errorf("%s, -want +got:\n%s", c.reason, diff)
			}
		})
	}
}

// neighbour adds another number that is being deleted to the account.
func (w *world) neighbour(name string, changes ...change) *v1alpha1.PhoneNumber {
	w.t.Helper()
	number := newNumber(append([]change{toTakeDown}, changes...)...)
	number.Name, number.UID, number.Spec.Number = name, types.UID(name), "+1555"+name
	kept := number.DeepCopy()
	kept.DeletionTimestamp = nil
	if err := w.api.Create(w.t.Context(), kept); err != nil {
		w.t.Fatal(err)
	}
	kept.Status = number.Status
	if err := w.api.Status().Update(w.t.Context(), kept); err != nil {
		w.t.Fatal(err)
	}
	if err := w.api.Delete(w.t.Context(), kept); err != nil {
		w.t.Fatal(err)
	}
	return number
}

// live reads a neighbour as it is now.
func (w *world) live(number *v1alpha1.PhoneNumber) *v1alpha1.PhoneNumber {
	w.t.Helper()
	var live v1alpha1.PhoneNumber
	if err := w.api.Get(w.t.Context(), client.ObjectKeyFromObject(number), &live); err != nil {
		w.t.Fatal(err)
	}
	return &live
}

// goes lets go of a neighbour.
func (w *world) goes(number *v1alpha1.PhoneNumber) {
	w.t.Helper()
	number = w.live(number)
	number.Finalizers = nil
	if err := w.api.Update(w.t.Context(), number); err != nil {
		w.t.Fatal(err)
	}
}

func limitedTo(limit int) func(*world) {
	return func(w *world) { w.MaxConcurrentTeardowns = limit }
}

func accountLimitedTo(limit int32) func(*world) {
	return func(w *world) {
		account := newAccount()
		account.Spec.MaxConcurrentTeardowns = &limit
		if err := w.api.Update(w.t.Context(), w.current(account)); err != nil {
			w.t.Fatal(err)
		}
	}
}

// TestAwaitsItsTurn leaves a number wholly alone until another one is gone.
func TestAwaitsItsTurn(t *testing.T) {
	w := deletedNumber(t)
	limitedTo(1)(w)
	before := w.number()
	other := w.neighbour("0001", underWay)
	for range 2 {
		if result := w.visited(); result.RequeueAfter != 0 {
			t.Errorf("looked at again after %s, want when another one makes room", result.RequeueAfter)
		}
	}
	if diff := cmp.Diff([]string{"status PhoneNumber"}, w.happened()); diff != "" || w.secretReads > 0 {
		t.Errorf("%d Secrets read, and what happened, -want +got:\n%s", w.secretReads, diff)
	}
	w.holds("while it waits", oneOfEach)
	number := w.number()
	if diff := cmp.Diff(before.Status.ExternalResources, number.Status.ExternalResources); diff != "" || number.Status.Teardown != nil {
		t.Errorf("the teardown is %+v, and the ledger, -want +got:\n%s", number.Status.Teardown, diff)
	}
	deleting, ready := condition(number, v1alpha1.ConditionDeleting), condition(number, v1alpha1.ConditionReady)
	if deleting.Reason != v1alpha1.ReasonAwaitingBudget || ready.Status != metav1.ConditionFalse || ready.Reason != v1alpha1.ReasonDeleting ||
		condition(number, v1alpha1.ConditionReconciling).Status != metav1.ConditionTrue || number.Status.ObservedGeneration != number.Generation {
		t.Errorf("got %+v, want a deletion that waits", number.Status)
	}
	if want := `waiting for a turn among the numbers of the TwilioAccount "twilio" that are being torn down; until then nothing is touched and calls are taken`; deleting.Message != want {
		t.Errorf("the message is %q, want %q", deleting.Message, want)
	}
	w.goes(other)
	w.visited()
	w.holds("after its turn", onlyTheNumber)
	if w.number() != nil {
		t.Error("the object is still there")
	}
}

// TestWaitsInSilence writes nothing about a wait that may be over soon.
func TestWaitsInSilence(t *testing.T) {
	w := deletedNumber(t)
	limitedTo(1)(w)
	w.neighbour("0001", underWay)
	w.clock.SetTime(w.number().DeletionTimestamp.Add(3 * time.Second))
	result := w.visited()
	if writes := w.happened(); len(writes) > 0 || result.RequeueAfter < 7*time.Second || result.RequeueAfter > 14*time.Second {
		t.Errorf("%q, and looked at again after %s, want no write, and a look once it has waited 10 to 20 s", writes, result.RequeueAfter)
	}
	w.clock.SetTime(w.clock.Now().Add(result.RequeueAfter))
	w.visited()
	if deleting := condition(w.number(), v1alpha1.ConditionDeleting); deleting.Reason != v1alpha1.ReasonAwaitingBudget {
		t.Errorf("got %+v, want that it waits", deleting)
	}
}

// TestManyWait lets only so many say in a second that they wait.
func TestManyWait(t *testing.T) {
	w := deletedNumber(t)
	limitedTo(1)(w)
	w.neighbour("0001", underWay)
	w.Remarks = rate.NewLimiter(1, 1)
	w.clock.SetTime(w.number().DeletionTimestamp.Add(time.Minute))
	w.Remarks.AllowN(w.clock.Now(), 1) // by another number
	result := w.visited()
	if writes := w.happened(); len(writes) > 0 || result.RequeueAfter < time.Minute || result.RequeueAfter > 2*time.Minute {
		t.Errorf("%q, and looked at again after %s, want no write, and a look after as long again", writes, result.RequeueAfter)
	}
	w.clock.SetTime(w.clock.Now().Add(result.RequeueAfter))
	w.visited()
	if deleting := condition(w.number(), v1alpha1.ConditionDeleting); deleting.Reason != v1alpha1.ReasonAwaitingBudget {
		t.Errorf("got %+v, want that it waits", deleting)
	}
}

// TestWhoseTurnItIs deletes a number beside others in the same account.
func TestWhoseTurnItIs(t *testing.T) {
	elsewhere := func(n *v1alpha1.PhoneNumber) { n.Status.ExternalResources[0].Connection.Name = "other" }
	cases := map[string]struct {
		reason string
		limit  func(*world)
		others [][]change
		waits  bool
	}{
		"no limit":        {reason: "as many as there are", limit: limitedTo(0), others: [][]change{{underWay}}},
		"room":            {reason: "one of two places is free", limit: limitedTo(2), others: [][]change{{underWay}}},
		"full":            {reason: "both places are taken", limit: limitedTo(2), others: [][]change{{underWay}, {underWay}}, waits: true},
		"others wait":     {reason: "those that were deleted before it, or in the same second and have lower UIDs, go first", limit: limitedTo(2), others: [][]change{{}, {}}, waits: true},
		"others paused":   {reason: "who is held by somebody holds nobody", limit: limitedTo(2), others: [][]change{{pausedByHand}, {heldByOthers}}},
		"others broken":   {reason: "who cannot be cleaned up holds nobody", limit: limitedTo(1), others: [][]change{{underWay, givenUp}}},
		"another account": {reason: "each has a limit of its own", limit: limitedTo(1), others: [][]change{{underWay, elsewhere}}},
		"account's own":   {reason: "what the account says goes before what the manager says", limit: accountLimitedTo(1), others: [][]change{{underWay}}, waits: true},
		"account's, more": {reason: "what the account says goes before what the manager says", limit: func(w *world) { limitedTo(1)(w); accountLimitedTo(2)(w) }, others: [][]change{{underWay}}},
		"account gone":    {reason: "the limit of the manager is left", limit: func(w *world) { limitedTo(1)(w); w.remove(newAccount()) }, others: [][]change{{underWay}}, waits: true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := established(t)
			c.limit(w)
			for i, changes := range c.others {
				w.neighbour(fmt.Sprintf("%04d", i), changes...)
			}
			w.delete()
			w.visited()
			number := w.number()
			if waits := number != nil && condition(number, v1alpha1.ConditionDeleting).Reason == v1alpha1.ReasonAwaitingBudget; waits != c.waits || waits && len(w.calls()) > 0 {
				t.Errorf("%s: it waits is %v after %q", c.reason, waits, w.calls())
			}
		})
	}
}

// TestWhoGoesOn lists the numbers that wait for no turn though there is no room.
func TestWhoGoesOn(t *testing.T) {
	cases := map[string]struct {
		reason string
		given  func(*world)
	}{
		"has begun":        {reason: "what was begun is not left halfway, also by another manager", given: func(w *world) { w.amend(underWay); w.restart(time.Second); limitedTo(1)(w) }},
		"was broken":       {reason: "a cause that was mended must not be one more reason to wait", given: func(w *world) { w.amend(underWay, givenUp) }},
		"nothing was made": {reason: "nobody is called", given: func(w *world) { w.amend(lost) }},
		"is retained":      {reason: "nothing is touched", given: func(w *world) { w.edit(obeying(v1alpha1.DeletionPolicyRetain)) }},
		"is forced":        {reason: "nobody is called", given: func(w *world) { w.amend(givenUp); w.edit(force) }},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := deletedNumber(t)
			limitedTo(1)(w)
			w.neighbour("0001", underWay)
			c.given(w)
			w.visited()
			if number := w.number(); number != nil {
				t.Errorf("%s: it has %+v, want it to be gone", c.reason, number.Status.Conditions)
			}
		})
	}
}

// TestPausedWhileItWaits holds a number whose turn comes.
func TestPausedWhileItWaits(t *testing.T) {
	w := deletedNumber(t)
	limitedTo(1)(w)
	other := w.neighbour("0001", underWay)
	w.visited()
	w.edit(pausedByHand)
	w.visited()
	w.goes(other)
	w.visited()
	if got := condition(w.number(), v1alpha1.ConditionDeleting).Reason; got != v1alpha1.ReasonPaused || len(w.calls()) > 0 {
		t.Errorf("Deleting says %s after %q", got, w.calls())
	}
	w.edit(resumed)
	w.visited()
	w.holds("after the pause", onlyTheNumber)
}

// TestTurnSurvivesConflict keeps the place of a number that could not begin.
func TestTurnSurvivesConflict(t *testing.T) {
	w := deletedNumber(t)
	limitedTo(1)(w)
	w.failAt("status PhoneNumber", 1, errConflict)
	if _, err := w.visit(); err == nil {
		t.Fatal("want the conflict")
	}
	other := w.neighbour("0001")
	if got := w.woken(other); len(got) > 0 {
		t.Errorf("%q are woken, and the only place is taken", got)
	}
	w.rewind()
	if _, err := w.visitAs(w.live(other)); err != nil {
		t.Fatal(err)
	}
	if got := condition(w.live(other), v1alpha1.ConditionDeleting).Reason; got != v1alpha1.ReasonAwaitingBudget {
		t.Errorf("Deleting of the other one says %s, want it to wait", got)
	}
	w.visited()
	w.holds("in the end", onlyTheNumber)
}

// TestCorruptedMakesRoom frees a place by a cleanup that fails for good.
func TestCorruptedMakesRoom(t *testing.T) {
	w := deletedNumber(t)
	limitedTo(1)(w)
	w.carrier.Fail(fake.Fault{Operation: fake.Delete, Kind: "Trunk", Err: refusal(external.PermissionDenied)})
	w.visited()
	w.neighbour("0001")
	if got := w.woken(w.number()); len(got) != 1 {
		t.Errorf("woken are %q, want the one that waits", got)
	}
	w.carrier.Heal()
	w.settle("beside others that wait")
	w.holds("once its cause was mended", onlyTheNumber)
}
