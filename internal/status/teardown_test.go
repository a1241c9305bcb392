package status

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/external"
)

func TestCorrupted(t *testing.T) {
	failingFor := func(d time.Duration) v1alpha1.LifecycleStatus {
		since := metav1.NewTime(instant.Add(-d))
		return v1alpha1.LifecycleStatus{Teardown: &v1alpha1.TeardownStatus{FailingSince: &since}}
	}
	gone := engine.Outcome{Entry: v1alpha1.ExternalResource{Slot: "gone"}, Gone: true}
	waiting := engine.Outcome{Entry: v1alpha1.ExternalResource{Slot: "waits"}, Until: instant.Add(time.Second)}
	awaited := engine.Outcome{Entry: v1alpha1.ExternalResource{Slot: "awaited"}, Awaits: "waiting for the trunk"}
	cases := map[string]struct {
		reason    string
		current   v1alpha1.LifecycleStatus
		failures  []error
		count     int
		others    []engine.Outcome
		corrupted bool
		class     string
		deleting  string
		says      string
	}{
		"a lasting cause": {
			reason: "what will fail again is said at once", failures: []error{refusal(external.PermissionDenied)}, count: 1,
			corrupted: true, class: "PermissionDenied", deleting: "CleanupFailed",
		},
		"a lasting cause among passing ones": {
			reason: "one is enough", failures: []error{refusal(external.Throttled), refusal(external.ResourceInUse)}, count: 1,
			corrupted: true, class: "ResourceInUse", deleting: "CleanupFailed",
		},
		"a lasting cause in spite of progress": {
			reason: "what is left will fail again", failures: []error{refusal(external.AuthenticationFailed)}, count: 1, others: []engine.Outcome{gone},
			corrupted: true, class: "AuthenticationFailed", deleting: "CleanupFailed",
		},
		"a passing cause": {
			reason: "it may pass", failures: []error{refusal(external.NetworkError)}, count: 1, deleting: "Retrying",
		},
		"a passing cause, long, and two attempts": {
			reason: "two attempts are few, however long they took", current: failingFor(time.Hour), failures: []error{refusal(external.NetworkError)}, count: 2, deleting: "Retrying",
		},
		"a passing cause, many attempts, briefly": {
			reason: "many attempts in a short time are one outage", current: failingFor(2*time.Minute - time.Second), failures: []error{refusal(external.NetworkError)}, count: 50, deleting: "Retrying",
		},
		"a passing cause, three attempts, long enough": {
			reason: "then it counts", current: failingFor(2 * time.Minute), failures: []error{refusal(external.NetworkError)}, count: 3,
			corrupted: true, class: "NetworkError", deleting: "CleanupFailed",
		},
		"a passing cause, long, with progress": {
			reason: "progress begins it anew", current: failingFor(time.Hour), failures: []error{refusal(external.Throttled)}, count: 3, others: []engine.Outcome{gone}, deleting: "Retrying",
		},
		"an error that nobody classified": {
			reason: "it is a passing one", current: failingFor(time.Hour), failures: []error{http404{}}, count: 3,
			corrupted: true, class: "Unknown", deleting: "CleanupFailed",
		},
		"nothing failed": {
			reason: "absence is awaited", others: []engine.Outcome{waiting}, count: 9, current: failingFor(time.Hour), deleting: "Verifying",
		},
		"corrupted, then a passing cause": {
			reason: "it stays Corrupted, with what fails now", current: corrupted(external.AuthenticationFailed), failures: []error{refusal(external.Throttled)}, count: 1,
			corrupted: true, class: "Throttled", deleting: "CleanupFailed",
		},
		"corrupted, then progress": {
			reason: "it stays Corrupted until nothing is left", current: corrupted(external.AuthenticationFailed), failures: []error{refusal(external.Throttled)}, count: 1, others: []engine.Outcome{gone},
			corrupted: true, class: "Throttled", deleting: "CleanupFailed",
		},
		"awaited": {
			reason: "somebody else is to act, and nothing is wrong", others: []engine.Outcome{awaited}, count: 9, current: failingFor(time.Hour),
			deleting: "TearingDown", says: "waiting for the trunk",
		},
		"awaited, and something failed": {
			reason: "what fails is said first", failures: []error{refusal(external.NetworkError)}, others: []engine.Outcome{awaited}, count: 1,
			deleting: "Retrying", says: "NetworkError",
		},
		"corrupted, then awaited": {
			reason: "it says what it waits for by now", current: corrupted(external.AuthenticationFailed), others: []engine.Outcome{awaited}, count: 1,
			corrupted: true, class: "AuthenticationFailed", deleting: "CleanupFailed", says: "aiting for the trunk",
		},
		"corrupted, then nothing failed": {
			reason: "it stays Corrupted until nothing is left", current: corrupted(external.AuthenticationFailed), others: []engine.Outcome{waiting}, count: 1,
			corrupted: true, class: "AuthenticationFailed", deleting: "CleanupFailed",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			a := attempt(c.failures...)
			a.Count, a.Outcomes = c.count, append(a.Outcomes, c.others...)
			verdict := TornDown(c.current, a)
			if verdict.Corrupted != c.corrupted || verdict.Stalled != c.corrupted || verdict.Reconciling == c.corrupted || verdict.Ready {
				t.Errorf("got %+v, want corrupted %v: %s", verdict, c.corrupted, c.reason)
			}
			reason := c.class
			if reason == "" {
				reason = v1alpha1.ReasonDeleting
			}
			if verdict.Reason != reason || verdict.Deleting != c.deleting || verdict.Problem != c.class {
				t.Errorf("got %s, %s and the problem %q, want %s, %s and %q: %s", verdict.Reason, verdict.Deleting, verdict.Problem, reason, c.deleting, c.class, c.reason)
			}
			if c.corrupted != strings.HasPrefix(verdict.Message, "Failed to cleanup external resources. ") || !strings.Contains(verdict.Message, c.says) {
				t.Errorf("the message is %q: %s", verdict.Message, c.reason)
			}
		})
	}
}

// http404 is an error of somebody else, with a text that is not to be shown.
type http404 struct{}

func (http404) Error() string { return "request id 4711" }

func TestFailingSince(t *testing.T) {
	before := metav1.NewTime(instant.Add(-time.Minute))
	failed, gone := attempt(refusal(external.Throttled)), attempt()
	gone.Outcomes = []engine.Outcome{{Gone: true}}
	both := attempt(refusal(external.NetworkError))
	both.Outcomes = append(both.Outcomes, gone.Outcomes...)
	cases := map[string]struct {
		reason  string
		attempt Attempt
		before  *metav1.Time
		want    *metav1.Time
	}{
		"first failure":        {reason: "it begins now", attempt: failed, want: &instant},
		"another failure":      {reason: "another class does not begin it anew", attempt: failed, before: &before, want: &before},
		"failure and progress": {reason: "progress begins it anew", attempt: both, before: &before, want: &instant},
		"progress":             {reason: "nothing fails", attempt: gone, before: &before},
		"waiting":              {reason: "nothing fails", attempt: attempt(nil), before: &before},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, c.attempt.FailingSince(c.before)); diff != "" {
				t.Errorf("%s, -want +got:\n%s", c.reason, diff)
			}
		})
	}
	if !gone.Progress() || failed.Progress() {
		t.Error("progress is what has gone away, and nothing else")
	}
}

func TestRemaining(t *testing.T) {
	a := attempt(nil, refusal(external.Throttled), nil)
	a.Outcomes[0].Gone = true
	var slots []string
	for _, entry := range a.Remaining() {
		slots = append(slots, entry.Slot)
	}
	if diff := cmp.Diff([]string{"slot1", "slot2"}, slots); diff != "" {
		t.Errorf("what is not gone may be there, -want +got:\n%s", diff)
	}
}

func TestForemostCauseComesFirst(t *testing.T) {
	classes := []external.Class{
		external.CredentialsMissing, external.AuthenticationFailed, external.AccountMismatch, external.PermissionDenied,
		external.InvalidConfiguration, external.ResourceInUse, external.ProviderUnavailable, external.NetworkError, external.Throttled, external.Unknown,
	}
	current := corrupted(external.ResourceInUse)
	for i, foremost := range classes {
		var failures []error
		for _, class := range slices.Backward(classes[i:]) {
			failures = append(failures, refusal(class), refusal(class))
		}
		verdict := TornDown(current, attempt(failures...))
		if verdict.Reason != string(foremost) {
			t.Errorf("the reason is %s, want %s", verdict.Reason, foremost)
		}
		if want := "Failed to cleanup external resources. It said " + string(foremost); !strings.HasPrefix(verdict.Message, want) {
			t.Errorf("the message is %q, want it to begin with %q", verdict.Message, want)
		}
		for _, class := range classes[i:] {
			if strings.Count(strings.ToLower(verdict.Message), strings.ToLower("it said "+string(class))) != 1 {
				t.Errorf("the message is %q, want the cause %s in it once", verdict.Message, class)
			}
		}
	}
}

func TestIsCorrupted(t *testing.T) {
	status := corrupted(external.ResourceInUse)
	if !IsCorrupted(status) {
		t.Error("it is not corrupted after a cleanup that failed")
	}
	Apply(&status, generation, instant, Active())
	if IsCorrupted(status) || IsCorrupted(v1alpha1.LifecycleStatus{}) {
		t.Error("it is corrupted without a cleanup that failed")
	}
}
