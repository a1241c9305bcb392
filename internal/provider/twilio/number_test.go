package twilio

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/test/twiliosim"
)

const (
	testNumber   = "+14155550100"
	otherTrunk   = "TK99999999999999999999999999999999"
	application  = "AP99999999999999999999999999999999"
	emergencyFix = "remove the address in the Twilio console"
)

func TestNumberIsFoundExactly(t *testing.T) {
	w := newWorld(t)
	w.sim.AddNumber(w.account.SID, testNumber+"0", twiliosim.NumberOptions{})
	call := external.Call{Spec: NumberSpec{E164: testNumber}}
	_, err := w.driver(KindNumber).Observe(t.Context(), call)
	wantClass(t, "a number that merely contains it is another one", err, external.NotFound)
	for _, part := range []string{testNumber, w.account.SID} {
		if !strings.Contains(external.MessageOf(err), part) {
			t.Errorf("%q does not name %s", external.MessageOf(err), part)
		}
	}

	id := w.sim.AddNumber(w.account.SID, testNumber, twiliosim.NumberOptions{})
	seen := must[external.Observation](t)(w.driver(KindNumber).Observe(t.Context(), call))
	want := external.Observation{ID: id, Outputs: map[string]string{OutputHolder: ""}}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("observed by number: %s", diff)
	}
	for _, call := range []external.Call{{ID: id}, {ID: id, Spec: NumberSpec{E164: testNumber}}} {
		seen = must[external.Observation](t)(w.driver(KindNumber).Observe(t.Context(), call))
		if diff := cmp.Diff(want, seen); diff != "" {
			t.Errorf("observed by id: %s", diff)
		}
	}
	_, err = w.driver(KindNumber).Observe(t.Context(), external.Call{ID: id, Spec: NumberSpec{E164: testNumber + "0"}})
	wantClass(t, "the id of another number", err, external.InvalidConfiguration)
	_, err = w.driver(KindNumber).Observe(t.Context(), external.Call{Spec: NumberSpec{E164: "+1415*"}})
	wantClass(t, "wildcards are not for us", err, external.InvalidConfiguration)
}

func TestNumberInUse(t *testing.T) {
	cases := map[string]struct {
		reason  string
		options twiliosim.NumberOptions
		own     []string
		holder  string
	}{
		"Free":        {"a free number may be used", twiliosim.NumberOptions{VoiceURL: "https://example.com"}, nil, ""},
		"OwnTrunk":    {"so may one on our trunk", twiliosim.NumberOptions{TrunkSID: otherTrunk}, []string{otherTrunk}, ""},
		"OtherTrunk":  {"one on another trunk serves that", twiliosim.NumberOptions{TrunkSID: otherTrunk}, nil, otherTrunk},
		"Application": {"one with an application serves that", twiliosim.NumberOptions{VoiceApplicationSID: application}, nil, application},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			id := w.sim.AddNumber(w.account.SID, testNumber, tc.options)
			_, err := w.driver(KindNumber).Observe(t.Context(), external.Call{Own: tc.own, Spec: NumberSpec{E164: testNumber}})
			if tc.holder == "" {
				if err != nil {
					t.Errorf("%s: %v", tc.reason, err)
				}
				return
			}
			wantClass(t, tc.reason, err, external.NumberInUse)
			if !strings.Contains(external.MessageOf(err), tc.holder) {
				t.Errorf("%s: %q does not name %s", tc.reason, external.MessageOf(err), tc.holder)
			}
			if _, err := w.driver(KindNumber).Observe(t.Context(), external.Call{ID: id}); err != nil {
				t.Errorf("a teardown must be able to look at the number: %v", err)
			}
		})
	}
}

func TestNumberIsReleased(t *testing.T) {
	cases := map[string]struct {
		reason  string
		options twiliosim.NumberOptions
		own     []string
		want    external.Class
	}{
		"Free":         {"a number on no trunk goes", twiliosim.NumberOptions{}, nil, ""},
		"OwnTrunk":     {"so does one on our trunk", twiliosim.NumberOptions{TrunkSID: otherTrunk}, []string{otherTrunk}, ""},
		"OtherTrunk":   {"one on another trunk stays", twiliosim.NumberOptions{TrunkSID: otherTrunk}, nil, external.NumberInUse},
		"Registered":   {"one for emergencies stays", twiliosim.NumberOptions{EmergencyAddressStatus: "registered"}, nil, external.ResourceInUse},
		"Pending":      {"and one that is about to be", twiliosim.NumberOptions{EmergencyAddressStatus: "pending-registration"}, nil, external.ResourceInUse},
		"Leaving":      {"and one that is not quite free of it", twiliosim.NumberOptions{EmergencyAddressStatus: "pending-unregistration"}, nil, external.ResourceInUse},
		"Active":       {"and one that is active with an address", twiliosim.NumberOptions{EmergencyStatus: "Active", EmergencyAddressStatus: "unknown"}, nil, external.ResourceInUse},
		"Unregistered": {"an address that is no longer registered is no matter", twiliosim.NumberOptions{EmergencyStatus: "Inactive", EmergencyAddressStatus: "unregistered"}, nil, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			call := external.Call{ID: w.sim.AddNumber(w.account.SID, testNumber, tc.options), Own: tc.own}
			err := w.driver(KindNumber).Delete(t.Context(), call)
			if tc.want != "" {
				wantClass(t, tc.reason, err, tc.want)
				if tc.want == external.ResourceInUse && !strings.Contains(external.MessageOf(err), emergencyFix) {
					t.Errorf("%q does not say what to do", external.MessageOf(err))
				}
				if len(w.sim.Numbers(w.account.SID)) != 1 {
					t.Errorf("%s: it is gone", tc.reason)
				}
				return
			}
			if err != nil {
				t.Fatalf("%s: %v", tc.reason, err)
			}
			_, err = w.driver(KindNumber).Observe(t.Context(), call)
			wantClass(t, "a released number is gone", err, external.NotFound)
			wantClass(t, "to release it twice says so", w.driver(KindNumber).Delete(t.Context(), call), external.NotFound)
		})
	}
}

func TestReleaseLooksAtTheNumberAsItIs(t *testing.T) {
	w := newWorld(t)
	call := external.Call{ID: w.sim.AddNumber(w.account.SID, testNumber, twiliosim.NumberOptions{})}
	driver := driverOf(t, w.session(), KindNumber)
	must[external.Observation](t)(driver.Observe(t.Context(), call))
	w.sim.MoveNumber(call.ID, otherTrunk)
	wantClass(t, "it was taken after it was first read", driver.Delete(t.Context(), call), external.NumberInUse)
}

func TestNumberIsNotMovedAway(t *testing.T) {
	cases := map[string]struct {
		reason string
		taken  func(*world, string)
		own    []string
		want   external.Class
	}{
		"Free":        {"a free number is attached", func(*world, string) {}, nil, ""},
		"OwnTrunk":    {"one on an earlier trunk of ours moves", func(w *world, id string) { w.sim.MoveNumber(id, otherTrunk) }, []string{otherTrunk}, ""},
		"OtherTrunk":  {"one on another trunk stays", func(w *world, id string) { w.sim.MoveNumber(id, otherTrunk) }, nil, external.NumberInUse},
		"Application": {"one with an application keeps it", func(w *world, id string) { w.setApplication(id) }, nil, external.NumberInUse},
		"Released":    {"one that was released is gone", func(w *world, id string) { w.sim.RemoveNumber(id) }, nil, external.NotFound},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			id := w.sim.AddNumber(w.account.SID, testNumber, twiliosim.NumberOptions{})
			call := external.Call{ParentID: w.ownTrunk(), Own: tc.own, Inputs: map[string]string{InputNumberSID: id}}
			driver := driverOf(t, w.session(), KindTrunkPhoneNumber)
			_, err := driver.Observe(t.Context(), call)
			wantClass(t, "it is not there yet", err, external.NotFound)

			tc.taken(w, id)
			w.sim.ResetLog()
			_, err = driver.Create(t.Context(), call)
			if tc.want == "" {
				if err != nil || len(w.sim.NumbersOn(call.ParentID)) != 1 {
					t.Errorf("%s: %v", tc.reason, err)
				}
				return
			}
			wantClass(t, tc.reason, err, tc.want)
			if made := w.sim.Mutations(); len(made) > 0 {
				t.Errorf("%s: %v was sent", tc.reason, made)
			}
		})
	}
}

func (w *world) setApplication(number string) {
	w.sim.EditNumber(number, func(n *twiliosim.Number) { n.VoiceApplicationSID = application })
}

func TestNumberThatWasTakenIsLeftAlone(t *testing.T) {
	w := newWorld(t)
	id := w.sim.AddNumber(w.account.SID, testNumber, twiliosim.NumberOptions{})
	call := external.Call{ID: id, ParentID: w.ownTrunk()}
	must[external.Observation](t)(w.driver(KindTrunkPhoneNumber).Create(t.Context(), call))
	theirs := w.sim.AddTrunk(w.account.SID, "theirs", "")
	w.sim.MoveNumber(id, theirs)

	_, err := w.driver(KindTrunkPhoneNumber).Observe(t.Context(), call)
	wantClass(t, "it serves somebody else now", err, external.MovedAway)
	want := testNumber + " (" + id + ") is left alone: it is now on trunk " + theirs
	if got := external.MessageOf(err); got != want {
		t.Errorf("the message is %q, want %q", got, want)
	}
	err = w.driver(KindTrunkPhoneNumber).Delete(t.Context(), call)
	wantClass(t, "to delete it finds nothing", err, external.NotFound)
	if len(w.sim.NumbersOn(theirs)) != 1 {
		t.Error("it was taken from its new trunk")
	}
}

func TestAttachmentIsReadBackWhereTheAnswerLeavesItOpen(t *testing.T) {
	for _, moved := range []bool{true, false} {
		trunk := ""
		s := served(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				if moved {
					trunk = call32("TK")
				}
				fmt.Fprintf(w, `{"sid": %q}`, call32("PN"))
				return
			}
			fmt.Fprintf(w, `{"sid": %q, "phone_number": %q, "trunk_sid": %q}`, call32("PN"), testNumber, trunk)
		})
		_, err := driverOf(t, s, KindTrunkPhoneNumber).Create(t.Context(), external.Call{ID: call32("PN"), ParentID: call32("TK")})
		if moved && err != nil {
			t.Errorf("the number is on the trunk: %v", err)
		}
		if !moved {
			wantClass(t, "a success that moved nothing is none", err, external.ProviderUnavailable)
		}
	}
}

func TestWhatHasNoRecordIsAbsent(t *testing.T) {
	w := newWorld(t)
	for _, kind := range []string{
		KindNumber, KindOriginationURL, KindCredential, KindTrunkCredentialList, KindTrunkIPAccessList, KindTrunkPhoneNumber,
	} {
		_, err := w.driver(kind).Observe(t.Context(), external.Call{Marker: testMarker})
		wantClass(t, "a "+kind+" of a parent that was never recorded", err, external.NotFound)
		w.fault("number.list", twiliosim.Fail(401, 20003))
		_, err = w.driver(kind).Observe(t.Context(), external.Call{Marker: testMarker})
		wantClass(t, "which takes proof as ever", err, external.AccountMismatch)
	}
}

// TestHolder names the trunk that a number is on.
func TestHolder(t *testing.T) {
	w := newWorld(t)
	held, ok := w.driver(KindNumber).(external.Held)
	if !ok {
		t.Fatal("the driver of numbers does not tell what a number is on")
	}
	call := external.Call{Spec: NumberSpec{E164: testNumber}}
	_, err := held.Holder(t.Context(), call)
	wantClass(t, "a number that is not in the account", err, external.NotFound)

	id := w.sim.AddNumber(w.account.SID, testNumber, twiliosim.NumberOptions{})
	if seen := must[external.Observation](t)(held.Holder(t.Context(), call)); seen.ID != "" {
		t.Errorf("a free number is on %s", seen.ID)
	}
	trunk := w.sim.AddTrunk(w.account.SID, "theirs", "theirs.pstn.twilio.com")
	w.sim.MoveNumber(id, trunk)
	held = w.driver(KindNumber).(external.Held)
	if seen := must[external.Observation](t)(held.Holder(t.Context(), call)); seen.ID != trunk || seen.Name != "theirs" {
		t.Errorf("it is on %s, named %s, want %s", seen.ID, seen.Name, trunk)
	}
}
