package twilio

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/test/twiliosim"
)

// held is a number of the account that serves something, such as a trunk named "theirs".
func (w *world) held(trunkName string) (number, trunk string) {
	trunk = w.sim.AddTrunk(w.account.SID, trunkName, "")
	return w.sim.AddNumber(w.account.SID, testNumber, twiliosim.NumberOptions{TrunkSID: trunk}), trunk
}

// applied is a number of the account that serves a voice application.
func (w *world) applied() (number, application string) {
	application = w.sim.AddApplication(w.account.SID, "ivr")
	return w.sim.AddNumber(w.account.SID, testNumber, twiliosim.NumberOptions{VoiceApplicationSID: application}), application
}

// serves is what a number serves: a trunk or a voice application.
func (w *world) serves(number string) string {
	for _, n := range w.sim.Numbers(w.account.SID) {
		if n.SID == number {
			return n.TrunkSID + n.VoiceApplicationSID
		}
	}
	return "nothing, and is gone"
}

func TestWhatANumberIsTakenFrom(t *testing.T) {
	cases := map[string]struct {
		reason string
		// setUp returns what the number serves then.
		setUp func(*world) string
		own   bool
		want  external.Class
	}{
		"Free": {"it serves nothing", func(w *world) string {
			w.sim.AddNumber(w.account.SID, testNumber, twiliosim.NumberOptions{})
			return ""
		}, false, ""},
		"Trunk":       {"it is on a trunk of people", func(w *world) string { _, trunk := w.held("theirs"); return trunk }, false, ""},
		"Application": {"it serves a voice application", func(w *world) string { _, sid := w.applied(); return sid }, false, ""},
		"Own":         {"it is on our trunk already", func(w *world) string { _, trunk := w.held(testMarker); return trunk }, true, ""},
		"Ours":        {"another PhoneNumber has it", func(w *world) string { _, trunk := w.held(testMarker); return trunk }, false, external.NumberInUse},
		"Callplane": {"another installation has it", func(w *world) string {
			_, trunk := w.held(strings.Replace(testMarker, "abcdef", "zzzzzz", 1))
			return trunk
		}, false, external.NumberInUse},
		"Hidden": {"what cannot be read may be anybody's", func(w *world) string {
			w.sim.AddNumber(w.account.SID, testNumber, twiliosim.NumberOptions{TrunkSID: otherTrunk})
			return otherTrunk
		}, false, external.NumberInUse},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			holder := tc.setUp(w)
			call := external.Call{Spec: NumberSpec{E164: testNumber, TakeOver: true}}
			if tc.own {
				call.Own, holder = []string{holder}, ""
			}
			seen, err := w.driver(KindNumber).Observe(t.Context(), call)
			if tc.want != "" {
				wantClass(t, tc.reason, err, tc.want)
				if !strings.Contains(external.MessageOf(err), holder) {
					t.Errorf("%s: %q does not name %s", tc.reason, external.MessageOf(err), holder)
				}
				return
			}
			if err != nil || seen.Outputs[OutputHolder] != holder {
				t.Errorf("%s: it can be taken from %q, and is to be from %q: %v", tc.reason, seen.Outputs[OutputHolder], holder, err)
			}
		})
	}
}

// TestTakenFromTheOneThatIsKnown moves a number only from what is on record.
func TestTakenFromTheOneThatIsKnown(t *testing.T) {
	cases := map[string]struct {
		reason string
		// meanwhile happens between the record and the move.
		meanwhile func(w *world, number string)
		want      external.Class
	}{
		"As known":    {reason: "it is where it was", meanwhile: func(*world, string) {}},
		"Freed":       {reason: "nobody uses it any more", meanwhile: func(w *world, number string) { w.sim.MoveNumber(number, "") }},
		"Moved":       {reason: "whose trunk that is nobody has looked at", meanwhile: func(w *world, number string) { w.sim.MoveNumber(number, otherTrunk) }, want: external.NumberInUse},
		"Application": {reason: "it would be lost", meanwhile: func(w *world, number string) { w.setApplication(number) }, want: external.NumberInUse},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			number, trunk := w.held("theirs")
			call := external.Call{ParentID: w.ownTrunk(), Inputs: map[string]string{InputNumberSID: number}, Previous: trunk}
			tc.meanwhile(w, number)
			serves := w.serves(number)
			_, err := w.driver(KindTrunkPhoneNumber).Create(t.Context(), call)
			if tc.want == "" {
				serves = call.ParentID
				if err != nil {
					t.Errorf("%s: %v", tc.reason, err)
				}
			} else {
				wantClass(t, tc.reason, err, tc.want)
			}
			if got := w.serves(number); got != serves {
				t.Errorf("%s: it serves %s, want %s", tc.reason, got, serves)
			}
		})
	}
}

// TestNumberGoesBack restores what a number that was taken over was used by, whatever
// has become of that and of the number.
func TestNumberGoesBack(t *testing.T) {
	trunk := func(w *world) (string, string) { return w.held("theirs") }
	nothing := func(*world, string, string) {}
	cases := map[string]struct {
		reason   string
		setUp    func(*world) (number, previous string)
		happens  func(w *world, number, previous string)
		requests []string
		// serves is what the number serves then, if it is not what it served before.
		serves string
		class  external.Class
		says   string
	}{
		"Trunk":       {reason: "it moves in one step", setUp: trunk, happens: nothing, requests: []string{"number.fetch", "trunk.fetch", "number.attach"}},
		"Application": {reason: "it leaves the trunk by that", setUp: (*world).applied, happens: nothing, requests: []string{"number.fetch", "application.fetch", "number.update"}},
		"Trunk gone": {
			reason: "it is just taken off ours", setUp: trunk, happens: func(w *world, _, previous string) { w.sim.RemoveTrunk(previous) },
			requests: []string{"number.fetch", "trunk.fetch", "trunk.fetch", "number.detach"}, serves: "none", class: external.MovedAway, says: "is gone",
		},
		"Application gone": {
			reason: "it is just taken off ours", setUp: (*world).applied, happens: func(w *world, _, previous string) { w.sim.RemoveApplication(previous) },
			requests: []string{"number.fetch", "application.fetch", "application.fetch", "number.detach"}, serves: "none", class: external.MovedAway, says: "is gone",
		},
		"Not seen once": {
			reason: "one answer is no proof", setUp: trunk, happens: func(w *world, _, _ string) { w.fault("trunk.fetch", twiliosim.Fail(404, 20404)) },
			requests: []string{"number.fetch", "trunk.fetch", "trunk.fetch", "number.attach"},
		},
		"Not known": {
			reason: "what cannot be asked is not gone", setUp: trunk, happens: func(w *world, _, _ string) { w.fault("trunk.fetch", twiliosim.Fail(503, 20503)) },
			requests: []string{"number.fetch", "trunk.fetch"}, serves: "ours", class: external.ProviderUnavailable,
		},
		"Back already": {
			reason: "somebody was faster", setUp: trunk, happens: func(w *world, number, previous string) { w.sim.MoveNumber(number, previous) },
			requests: []string{"number.fetch"}, class: external.NotFound,
		},
		"Moved": {
			reason: "it is left where it is", setUp: trunk, happens: func(w *world, number, _ string) { w.sim.MoveNumber(number, otherTrunk) },
			requests: []string{"number.fetch"}, serves: otherTrunk, class: external.MovedAway, says: otherTrunk,
		},
		"Freed": {
			reason: "it is left as it is", setUp: trunk, happens: func(w *world, number, _ string) { w.sim.MoveNumber(number, "") },
			requests: []string{"number.fetch"}, serves: "none", class: external.NotFound,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			number, previous := tc.setUp(w)
			call := external.Call{ParentID: w.ownTrunk(), Inputs: map[string]string{InputNumberSID: number}, Previous: previous}
			must[external.Observation](t)(w.driver(KindTrunkPhoneNumber).Create(t.Context(), call))
			tc.happens(w, number, previous)
			call = teardown(call)
			call.ID = number
			driver := w.driver(KindTrunkPhoneNumber)
			var err error
			if diff := cmp.Diff(tc.requests, w.operations(func() { err = driver.Delete(t.Context(), call) })); diff != "" {
				t.Errorf("%s, -want +got:\n%s", tc.reason, diff)
			}
			if tc.class != "" {
				wantClass(t, tc.reason, err, tc.class)
			} else if err != nil {
				t.Errorf("%s: %v", tc.reason, err)
			}
			if !strings.Contains(external.MessageOf(err), tc.says) {
				t.Errorf("%s: it says %q", tc.reason, external.MessageOf(err))
			}
			want := map[string]string{"": previous, "none": "", "ours": call.ParentID, otherTrunk: otherTrunk}[tc.serves]
			if got := w.serves(number); got != want {
				t.Errorf("%s: it serves %q, want %q", tc.reason, got, want)
			}
		})
	}
}
