package phonenumber

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider/fake"
)

// corrupted is the condition of the live object.
func (w *world) corrupted() metav1.Condition {
	w.t.Helper()
	return condition(w.number(), v1alpha1.ConditionCorrupted)
}

// later lets time pass, then visits.
func (w *world) later(pass time.Duration) time.Duration {
	w.t.Helper()
	w.clock.SetTime(w.clock.Now().Add(pass))
	return w.visited().RequeueAfter
}

// TestLastingFailures corrupt a number at once.
func TestLastingFailures(t *testing.T) {
	cases := map[string]struct {
		reason string
		given  func(*world)
		want   external.Class
		says   string
	}{
		"refused":         {reason: "a person must change something", given: carrierSays(fake.Delete, "Trunk", external.PermissionDenied), want: external.PermissionDenied, says: "Refused: PermissionDenied. Left: twilio Trunk Trunk-1, twilio URL URL-2, twilio ListLink List-3."},
		"key refused":     {reason: "a person must change something", given: carrierSays(fake.Observe, "", external.AuthenticationFailed), want: external.AuthenticationFailed, says: "Left: twilio"},
		"in use":          {reason: "somebody else uses it", given: carrierSays(fake.Delete, "List", external.ResourceInUse), want: external.ResourceInUse, says: "twilio List List-3"},
		"cannot be sent":  {reason: "what the provider's client refuses is the Secret's fault", given: carrierSays(fake.Connect, "", external.InvalidConfiguration), want: external.InvalidConfiguration, says: "Left: twilio"},
		"account gone":    {reason: "it can be created again for the same account", given: func(w *world) { w.remove(newAccount()) }, want: external.CredentialsMissing, says: "create it again for " + accountSID},
		"Secret gone":     {reason: "it can be created again", given: func(w *world) { w.remove(newSecret("livekit-key")) }, want: external.CredentialsMissing, says: `the Secret "livekit-key"`},
		"another account": {reason: "there, a 404 would mean nothing", given: (*world).otherAccount, want: external.AccountMismatch, says: "now stands for ACffff"},
		"of two classes":  {reason: "the foremost class speaks, and both are said", given: func(w *world) { w.remove(newProject()); carrierSays(fake.Observe, "", external.PermissionDenied)(w) }, want: external.CredentialsMissing, says: "; refused: PermissionDenied"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := deletedNumber(t)
			c.given(w)
			w.visited()
			got := w.corrupted()
			if got.Status != metav1.ConditionTrue || got.Reason != string(c.want) {
				t.Fatalf("%s: Corrupted is %+v, want %s", c.reason, got, c.want)
			}
			for _, part := range []string{"Failed to cleanup external resources.", c.says, "docs/cleanup.md#"} {
				if !strings.Contains(strings.ToLower(got.Message), strings.ToLower(part)) {
					t.Errorf("%s: the message is %q, want %q in it", c.reason, got.Message, part)
				}
			}
			if strings.Contains(got.Message, "request id") {
				t.Errorf("%s: the message is %q, want no cause in it", c.reason, got.Message)
			}
			number := w.number()
			for _, kind := range []string{v1alpha1.ConditionReady, v1alpha1.ConditionStalled} {
				if other := condition(number, kind); other.Reason != got.Reason || other.Message != got.Message {
					t.Errorf("%s: %s says %s, want what Corrupted says", c.reason, kind, other.Reason)
				}
			}
			if phase := condition(number, v1alpha1.ConditionDeleting).Reason; phase != v1alpha1.ReasonCleanupFailed || condition(number, v1alpha1.ConditionReconciling).Type != "" {
				t.Errorf("%s: Deleting says %s, want CleanupFailed and nothing to be reconciled", c.reason, phase)
			}
			if want := []string{"Normal Deleting", "Warning " + string(c.want)}; !slices.Equal(want, w.events.reasons()) {
				t.Errorf("%s: events, want %q", c.reason, want)
			}
		})
	}
}

// TestHealed creates again what was missing: the deletion ends as others do.
func TestHealed(t *testing.T) {
	w := deletedNumber(t)
	w.otherAccount()
	w.visited()
	if calls := slices.DeleteFunc(w.mutations(), func(call string) bool { return slices.Contains(platformDeletes, call) }); len(calls) > 0 {
		t.Errorf("%q, want nothing to be touched with the credentials of another account", calls)
	}
	w.remove(newAccount())
	if err := w.api.Create(t.Context(), newAccount()); err != nil {
		t.Fatal(err)
	}
	w.events.lines = nil
	w.settle("healed")
	w.holds("healed", onlyTheNumber)
	if diff := cmp.Diff([]string{"Normal Deleted"}, w.events.reasons()); diff != "" {
		t.Errorf("events, -want +got:\n%s", diff)
	}
}

var platformDeletes = []string{"delete Rule", "delete Inbound", "delete Outbound"}

// TestPassingFailures corrupt a number only after three attempts and two minutes
// of unbroken failure, whichever comes later.
func TestPassingFailures(t *testing.T) {
	cases := map[string]struct {
		reason string
		// passes is the time before each attempt after the first one.
		passes []time.Duration
		want   bool
	}{
		"at first":               {reason: "one failure may pass"},
		"two, long after":        {reason: "two attempts are too few, however late", passes: []time.Duration{time.Hour}},
		"many, soon":             {reason: "two minutes are not over", passes: slices.Repeat([]time.Duration{10 * time.Second}, 11)},
		"many, at the threshold": {reason: "two minutes are over", passes: slices.Repeat([]time.Duration{10 * time.Second}, 12), want: true},
		"three, long after":      {reason: "three attempts and two minutes", passes: []time.Duration{time.Minute, time.Minute}, want: true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := deletedNumber(t)
			w.clock.SetTime(instant.Truncate(time.Second).Add(100 * time.Millisecond))
			classes := []external.Class{external.Throttled, external.NetworkError, external.ProviderUnavailable, external.Unknown}
			for i := range len(c.passes) + 1 {
				if i > 0 {
					w.clock.SetTime(w.clock.Now().Add(c.passes[i-1]))
				}
				w.carrier.Heal()
				carrierSays(fake.Delete, "Attachment", classes[i%len(classes)])(w)
				w.visited()
				if number := w.number(); i < len(c.passes) && condition(number, v1alpha1.ConditionDeleting).Reason != v1alpha1.ReasonRetrying {
					t.Fatalf("%s: attempt %d says %+v, want Retrying", c.reason, i+1, number.Status.Conditions)
				}
			}
			number := w.number()
			if got := w.corrupted().Status == metav1.ConditionTrue; got != c.want {
				t.Errorf("%s: Corrupted is %v, want %v", c.reason, got, c.want)
			}
			if reconciling := condition(number, v1alpha1.ConditionReconciling).Type != ""; reconciling == c.want {
				t.Errorf("%s: Reconciling is %v", c.reason, reconciling)
			}
			if since := number.Status.Teardown.FailingSince; !since.Time.Equal(instant.Truncate(time.Second)) {
				t.Errorf("%s: it fails since %s, want since the first attempt, at %s", c.reason, since, instant)
			}
			if warned := slices.ContainsFunc(w.events.reasons(), func(e string) bool { return strings.HasPrefix(e, "Warning") }); warned != c.want {
				t.Errorf("%s: warned %v, want a warning for what is corrupted only", c.reason, warned)
			}
		})
	}
}

// TestProgressBeginsAnew lets something go away between failures.
func TestProgressBeginsAnew(t *testing.T) {
	w := deletedNumber(t)
	carrierSays(fake.Delete, "Trunk", external.NetworkError)(w)
	carrierSays(fake.Delete, "List", external.NetworkError)(w)
	w.visited()
	w.later(time.Minute)
	w.carrier.Heal()
	carrierSays(fake.Delete, "Trunk", external.NetworkError)(w)
	if wait := w.later(time.Hour); wait > time.Second {
		t.Errorf("looked at again after %s, want the first wait once more", wait)
	}
	if w.corrupted().Status != metav1.ConditionFalse {
		t.Error("it is corrupted, though something went away")
	}
	if since := w.number().Status.Teardown.FailingSince; !since.Time.Equal(w.clock.Now().Truncate(time.Second)) {
		t.Errorf("it fails since %s, want since now", since)
	}
}

// TestCorruptedStays until nothing is left, without an event per retry and
// without a write where nothing differs.
func TestCorruptedStays(t *testing.T) {
	w := deletedNumber(t)
	carrierSays(fake.Delete, "Trunk", external.PermissionDenied)(w)
	w.visited()
	// What is inside of the trunk is known to be gone at the second attempt.
	w.visited()
	before := w.number()
	w.events.lines = nil
	for range 3 {
		w.later(10 * time.Minute)
	}
	if diff := cmp.Diff(before, w.number()); diff != "" || len(w.events.lines) > 0 {
		t.Errorf("an unchanged failure is said again with %q, -want +got:\n%s", w.events.lines, diff)
	}
	w.carrier.Heal()
	carrierSays(fake.Delete, "Trunk", external.Throttled)(w)
	w.later(time.Minute)
	if got := w.corrupted(); got.Status != metav1.ConditionTrue || got.Reason != v1alpha1.ClassThrottled {
		t.Errorf("Corrupted is %+v, want it to stay, for another reason", got)
	}
	if diff := cmp.Diff([]string{"Warning Throttled"}, w.events.reasons()); diff != "" {
		t.Errorf("events, -want +got:\n%s", diff)
	}
	w.carrier.Heal()
	w.settle("healed")
	w.holds("healed", onlyTheNumber)
}
