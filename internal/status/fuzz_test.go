package status

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/external"
)

// wantFits sees that a message is one line of text that any condition can hold.
func wantFits(t *testing.T, message string) {
	t.Helper()
	if len(message) > 1000 {
		t.Errorf("the message has %d bytes: %.80q", len(message), message)
	}
	if !utf8.ValidString(message) || strings.ContainsFunc(message, func(r rune) bool { return !unicode.IsPrint(r) }) {
		t.Errorf("the message is not one line of text: %q", message)
	}
}

func addMessages(f *testing.F) {
	f.Helper()
	for _, text := range []string{"", "Twilio refused the credentials", "two\r\nlines", "turned\u202earound", "broken\xff", strings.Repeat("é", 700), strings.Repeat("long ", 9000)} {
		f.Add(text, "twilio", "Trunk", text, text, uint8(len(text)))
	}
}

// FuzzConditions holds whatever a provider may put into an error or a name against
// what a status can hold: a status that the API server refuses tells nobody anything.
func FuzzConditions(f *testing.F) {
	addMessages(f)
	f.Fuzz(func(t *testing.T, text, provider, kind, id, name string, count uint8) {
		entry := v1alpha1.ExternalResource{Slot: "trunk", Provider: provider, Kind: kind, ID: id, Name: name}
		var outcomes []engine.Outcome
		for i := range 1 + int(count)%32 {
			outcome := engine.Outcome{Entry: entry, Err: &external.Error{Class: external.PermissionDenied, Message: text, Err: errors.New(text)}}
			if i%2 != int(count)%2 {
				outcome.Err = &external.Error{Class: external.NetworkError, Message: name}
			}
			outcomes = append(outcomes, outcome)
		}
		before := v1alpha1.LifecycleStatus{Teardown: &v1alpha1.TeardownStatus{Policy: v1alpha1.DeletionPolicyRelease}}
		for _, verdict := range []Verdict{
			Failed(v1alpha1.ReasonConflict, text), Provisioning(text), Deleting(v1alpha1.ReasonRetrying, text),
			Held(before, v1alpha1.ReasonBlocked, text), TornDown(before, Attempt{Outcomes: outcomes}), TornDown(before, Attempt{Outcomes: outcomes[:1]}),
		} {
			after := *before.DeepCopy()
			Apply(&after, 1, metav1.NewTime(time.Unix(0, 0)), verdict)
			for _, condition := range after.Conditions {
				wantFits(t, condition.Message)
			}
			if corrupted := after.Conditions[1]; IsCorrupted(after) && !strings.Contains(corrupted.Message, " See "+cleanupGuide) {
				t.Errorf("%q does not say where the way out is described", corrupted.Message)
			}
		}
	})
}
