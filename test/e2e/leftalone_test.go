package e2e

import (
	"context"
	"strings"
	"testing"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/twiliosim"
	"github.com/callplane/callplane/test/world"
)

// TestLeftAlone shows that a teardown takes nothing away from others, and says
// what it left.
func TestLeftAlone(t *testing.T) {
	const other = "+14155550177"
	cases := map[string]struct {
		reason string
		use    func(*world.World)
		check  func(*testing.T, *world.World)
		note   string
	}{
		"NumberMovedToAnotherTrunk": {
			reason: "The number now serves somebody else's trunk.",
			use: func(w *world.World) {
				theirs := w.Twilio.AddTrunk(w.Account.SID, "theirs", "")
				w.Twilio.MoveNumber(w.Twilio.Numbers(w.Account.SID)[0].SID, theirs)
			},
			check: func(t *testing.T, w *world.World) {
				trunks := w.Twilio.Trunks(w.Account.SID)
				if len(trunks) != 1 || trunks[0].FriendlyName != "theirs" || numberOnTrunk(t, w) != trunks[0].SID {
					t.Errorf("trunks %+v, number on %q: want the number on the trunk of the others, and no trunk of ours", trunks, numberOnTrunk(t, w))
				}
			},
			note: "is now on trunk",
		},
		"TrunkWithAnotherNumber": {
			reason: "Another number is answered over our trunk: it stays with all that is on it, and our number is taken off.",
			use: func(w *world.World) {
				w.Twilio.AddNumber(w.Account.SID, other, twiliosim.NumberOptions{TrunkSID: w.Twilio.Trunks(w.Account.SID)[0].SID})
			},
			check: func(t *testing.T, w *world.World) {
				trunks := w.Twilio.Trunks(w.Account.SID)
				if len(trunks) != 1 || len(w.Twilio.NumbersOn(trunks[0].SID)) != 1 || numberOnTrunk(t, w) != "" {
					t.Fatalf("trunks %+v, our number on %q: want the trunk kept for the other number only", trunks, numberOnTrunk(t, w))
				}
				if len(w.Twilio.OriginationURLs(trunks[0].SID)) != 1 || len(w.Twilio.CredentialListsOn(trunks[0].SID)) != 1 {
					t.Error("the trunk that others use has lost its origination URL or its credential list")
				}
			},
			note: other,
		},
		"CredentialListOnAnotherTrunk": {
			reason: "The credential list serves another trunk: it is taken off ours and kept, with its credential.",
			use: func(w *world.World) {
				theirs := w.Twilio.AddTrunk(w.Account.SID, "theirs", "theirs.pstn.twilio.com")
				attachList(w, theirs, w.Twilio.CredentialLists(w.Account.SID)[0].SID)
			},
			check: func(t *testing.T, w *world.World) {
				lists := w.Twilio.CredentialLists(w.Account.SID)
				if len(lists) != 1 || len(w.Twilio.Credentials(lists[0].SID)) != 1 {
					t.Errorf("credential lists %+v: want the one that others use, with its credential", lists)
				}
				if trunks := w.Twilio.Trunks(w.Account.SID); len(trunks) != 1 || trunks[0].FriendlyName != "theirs" {
					t.Errorf("trunks %+v: want that of the others only", trunks)
				}
			},
			note: "CredentialList",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w, _ := readyWorld(t)
			create(t, w, w.PhoneNumber("support-line", world.Outbound))
			number := awaitActive(t, w, "support-line")
			tc.use(w)
			remove(t, w, number)
			awaitGone(t, w, number)
			tc.check(t, w)
			wantNote(t, w, "LeftAlone", tc.note)
			if t.Failed() {
				t.Log(tc.reason)
			}
		})
	}
}

// wantNote sees that an event says something.
func wantNote(t *testing.T, w *world.World, reason, note string) {
	t.Helper()
	eventually(t, "an event "+reason, func(ctx context.Context) string {
		stdout, stderr, err := w.Plane.Kubectl(ctx, "get", "events.events.k8s.io", "-n", w.Namespace, "-o", `jsonpath={range .items[?(@.reason=="`+reason+`")]}{.note}{"\n"}{end}`)
		if err != nil {
			return stderr
		}
		if !strings.Contains(stdout, note) {
			return "the notes are " + stdout
		}
		return ""
	})
}

// TestNumberInUse shows that a number which serves something else is not
// touched, that its holder is named, and that it is used once it is free.
func TestNumberInUse(t *testing.T) {
	cases := map[string]struct {
		reason string
		use    func(*world.World) (holder string, release func())
	}{
		"OnATrunk": {
			reason: "Twilio would move it from there without a word.",
			use: func(w *world.World) (string, func()) {
				sid := w.Twilio.Numbers(w.Account.SID)[0].SID
				theirs := w.Twilio.AddTrunk(w.Account.SID, "theirs", "")
				w.Twilio.MoveNumber(sid, theirs)
				return theirs, func() { w.Twilio.MoveNumber(sid, ""); w.Twilio.RemoveTrunk(theirs) }
			},
		},
		"WithAVoiceApplication": {
			reason: "Twilio would drop the application without a word.",
			use: func(w *world.World) (string, func()) {
				sid := w.Twilio.Numbers(w.Account.SID)[0].SID
				const application = "AP00000000000000000000000000000000"
				w.Twilio.EditNumber(sid, func(n *twilioNumber) { n.VoiceApplicationSID = application })
				return application, func() { w.Twilio.EditNumber(sid, func(n *twilioNumber) { n.VoiceApplicationSID = "" }) }
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w, _ := readyWorld(t)
			holder, release := tc.use(w)
			w.Twilio.ResetLog()
			create(t, w, w.PhoneNumber("support-line"))
			number := awaitReason(t, w, "support-line", v1alpha1.ConditionReady, v1alpha1.ReasonNumberInUse)
			if _, message := condition(number, v1alpha1.ConditionReady); !strings.Contains(message, holder) {
				t.Errorf("the message does not name %s: %s", holder, message)
			}
			if changed := w.Twilio.Mutations(); len(changed) != 0 {
				t.Errorf("Twilio was changed: %+v", changed)
			}
			release()
			requestRetry(t, w, "support-line")
			awaitActive(t, w, "support-line")
			if t.Failed() {
				t.Log(tc.reason)
			}
		})
	}
}

// TestCleanedByHand shows that a number whose cleanup failed goes like any other
// once people have removed what was left.
func TestCleanedByHand(t *testing.T) {
	w, _ := readyWorld(t)
	create(t, w, w.PhoneNumber("support-line", world.Outbound))
	number := awaitActive(t, w, "support-line")
	w.Twilio.Inject(twiliosim.Fault{Match: twiliosim.Match{Operation: "trunk.delete"}, Action: twiliosim.Fail(403, 20403), Count: twiliosim.Forever})
	remove(t, w, number)
	awaitReason(t, w, "support-line", v1alpha1.ConditionCorrupted, v1alpha1.ClassPermissionDenied)
	for _, trunk := range w.Twilio.Trunks("") {
		w.Twilio.RemoveTrunk(trunk.SID)
	}
	requestRetry(t, w, "support-line")
	awaitGone(t, w, number)
	wantNote(t, w, "Deleted", "Phone number deleted successfully")
	wantHoldings(t, w, nothing)
}
