package phonenumber

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/provider/fake"
)

// TestOneVisitSetsANumberUp reads as a number comes up: the finalizer before any
// call, the intents and the Secret before any create, then a record after each.
func TestOneVisitSetsANumberUp(t *testing.T) {
	w := newWorld(t)
	result := w.visited()
	want := []string{
		"update PhoneNumber",
		"observe holder of Number", "observe Number",
		"status PhoneNumber",
		"create Secret",
		"create Trunk", "status PhoneNumber", "update Trunk",
		"create URL", "status PhoneNumber",
		"create List", "status PhoneNumber",
		"create Credential", "status PhoneNumber",
		"create ListLink",
		"create Inbound", "status PhoneNumber",
		"create Rule", "status PhoneNumber",
		"create Attachment",
		"create Outbound", "status PhoneNumber",
	}
	if diff := cmp.Diff(want, w.happened()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	w.holds("after one visit", oneOfEach)
	if diff := cmp.Diff([]string{"Normal Active"}, w.events.reasons()); diff != "" {
		t.Errorf("events, -want +got:\n%s", diff)
	}
	if result.RequeueAfter > resync || result.RequeueAfter < resync*4/5 {
		t.Errorf("it is looked at again after %s, want about %s", result.RequeueAfter, resync)
	}
	if first := w.versions[0]; !slices.Contains(first.Finalizers, v1alpha1.FinalizerTeardown) || first.Status.ObservedGeneration != 0 {
		t.Errorf("the first status is of %v, want the finalizer in it", first.ObjectMeta)
	}
}

// TestLedger shows what a ledger says of a number that is set up.
func TestLedger(t *testing.T) {
	w := established(t)
	number := w.number()
	if got := number.Status.ObservedGeneration; got != number.Generation {
		t.Errorf("observed generation %d, want %d", got, number.Generation)
	}
	twilio := v1alpha1.Connection{Kind: v1alpha1.KindTwilioAccount, Name: "twilio"}
	livekit := v1alpha1.Connection{Kind: v1alpha1.KindLiveKitProject, Name: "livekit"}
	marker := w.Reconciler.visit(number).Marker
	cases := map[string]struct {
		reason string
		slot   external.Slot
		want   ledger.Entry
	}{
		"number": {
			reason: "a number that was there is adopted, and bears no marker", slot: external.SlotNumber,
			want: ledger.Entry{Kind: "Number", Provider: "twilio", Account: accountSID, Connection: twilio, ID: "PN", Origin: v1alpha1.OriginAdopted},
		},
		"trunk": {
			reason: "what is made bears the marker", slot: external.SlotTrunk,
			want: ledger.Entry{Kind: "Trunk", Provider: "twilio", Account: accountSID, Connection: twilio, ID: "Trunk-1", Name: marker(external.SlotTrunk), Origin: v1alpha1.OriginCreated},
		},
		"orig": {
			reason: "what is inside of something else is found by that", slot: external.SlotOriginationURL,
			want: ledger.Entry{Kind: "URL", Provider: "twilio", Account: accountSID, Connection: twilio, ID: "URL-2", ParentID: "Trunk-1", Origin: v1alpha1.OriginCreated},
		},
		"attach": {
			reason: "a tie has the id of what it ties", slot: external.SlotAttachment,
			want: ledger.Entry{Kind: "Attachment", Provider: "twilio", Account: accountSID, Connection: twilio, ID: "PN", ParentID: "Trunk-1", Origin: v1alpha1.OriginCreated},
		},
		"rule": {
			reason: "the platform is known by its host", slot: external.SlotDispatchRule,
			want: ledger.Entry{Kind: "Rule", Provider: "livekit", Account: host, Connection: livekit, ID: "Rule-2", Name: marker(external.SlotDispatchRule), Origin: v1alpha1.OriginCreated},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			c.want.Slot, c.want.State = string(c.slot), v1alpha1.StateReady
			got, _ := ledger.Find(number.Status.ExternalResources, c.slot)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s, -want +got:\n%s", c.reason, diff)
			}
		})
	}
}

func TestNothingIsWrittenWithoutNeed(t *testing.T) {
	w := established(t)
	version := w.number().ResourceVersion
	for range 3 {
		w.clock.SetTime(w.clock.Now().Add(resync))
		w.visited()
	}
	if got := w.number().ResourceVersion; got != version || len(w.writes()) > 0 {
		t.Errorf("a number that is as it should be was written: %q", w.writes())
	}
	if got := slices.DeleteFunc(w.calls(), func(call string) bool { return call[:7] == "observe" }); len(got) > 0 {
		t.Errorf("a number that is as it should be was changed: %q", got)
	}
}

// TestDrift corrects what differs, without a write where the ledger stays.
func TestDrift(t *testing.T) {
	w := established(t)
	w.carrier.All("Trunk")[0].Spec = "changed by hand"
	w.visited()
	if diff := cmp.Diff([]string{"update Trunk"}, w.mutations()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if len(w.writes()) > 0 {
		t.Errorf("nothing of the object differs, and there were %q", w.writes())
	}
}

// TestMadeAnew follows a trunk that somebody deleted: one read that does not
// find it is not believed, then it is made anew with all that was in it.
func TestMadeAnew(t *testing.T) {
	w := established(t)
	w.carrier.vanish(t, "Trunk")
	result := w.visited()
	number := w.number()
	if got := condition(number, v1alpha1.ConditionReady).Reason; got != v1alpha1.ReasonProvisioning || len(w.creates()) > 0 {
		t.Errorf("Ready says %s and %q was made, want only a second look to be waited for", got, w.creates())
	}
	if want := grace + time.Second; result.RequeueAfter > want || result.RequeueAfter <= grace-time.Second {
		t.Errorf("the second look is after %s, want the grace", result.RequeueAfter)
	}
	if diff := cmp.Diff([]string{"Normal Provisioning"}, w.events.reasons()); diff != "" {
		t.Errorf("events, -want +got:\n%s", diff)
	}
	w.clock.SetTime(w.clock.Now().Add(result.RequeueAfter - 2*time.Second))
	w.visited()
	if len(w.creates()) > 0 {
		t.Errorf("%q was made before the grace was over", w.creates())
	}
	w.clock.SetTime(w.clock.Now().Add(2 * time.Second))
	w.visited()
	w.holds("after the grace", oneOfEach)
	if got := w.number(); got.Status.Problem != "" || condition(got, v1alpha1.ConditionReady).Status != metav1.ConditionTrue {
		t.Errorf("the status is %+v, want Active", got.Status)
	}
}

// TestMadeAnewAfterAFailure follows a trunk that somebody deleted while the number
// shows another trouble: the grace counts from the first look all the same.
func TestMadeAnewAfterAFailure(t *testing.T) {
	w := established(t)
	w.carrier.vanish(t, "Trunk")
	w.carrier.Fail(fake.Fault{Operation: fake.Observe, Kind: "Number", Nth: 1, Err: &external.Error{Class: external.NetworkError, Message: "no answer"}})
	w.visited()
	if got := condition(w.number(), v1alpha1.ConditionReady).Reason; got != v1alpha1.ClassNetworkError {
		t.Fatalf("Ready says %s, want what happened", got)
	}
	w.settle("after a failure")
	w.holds("after a failure", oneOfEach)
}

// TestLostAnswer lets the answer to a create be lost while lists lag: the
// resource is found once lists can be believed, and not made twice.
func TestLostAnswer(t *testing.T) {
	w := newWorld(t)
	w.platform.Lag = grace - 5*time.Second
	w.platform.Fail(fake.Fault{Operation: fake.Create, Kind: "Rule", Nth: 1, Applied: true, Err: &external.Error{Class: external.NetworkError, Message: "no answer"}})
	w.visited()
	if got := condition(w.number(), v1alpha1.ConditionReady).Reason; got != v1alpha1.ClassNetworkError {
		t.Errorf("Ready says %s, want what happened", got)
	}
	w.clock.SetTime(w.clock.Now().Add(time.Second))
	if result := w.visited(); result.RequeueAfter > grace+time.Second {
		t.Errorf("it is looked at again after %s, want soon after the grace", result.RequeueAfter)
	}
	w.settle("after a lost answer")
	w.holds("after a lost answer", oneOfEach)
}
