package status

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/external"
)

// instant is a random one, in the resolution of the API.
var instant = metav1.Unix(rand.Int64N(4e9), 0)

const generation = 7

// shown is what a person sees of the conditions: status, reason and message.
func shown(status v1alpha1.LifecycleStatus) map[string]string {
	all := map[string]string{}
	for _, condition := range status.Conditions {
		all[condition.Type] = fmt.Sprintf("%s %s: %s", condition.Status, condition.Reason, condition.Message)
	}
	return all
}

// attempt is one that failed with the errors, and left as many entries.
func attempt(failures ...error) Attempt {
	a := Attempt{Count: 1, Now: instant, CorruptedAfter: 2 * time.Minute}
	for i, err := range failures {
		entry := v1alpha1.ExternalResource{Slot: fmt.Sprint("slot", i), Provider: "twilio", Kind: "Trunk", ID: fmt.Sprint("TK", i), Origin: v1alpha1.OriginCreated}
		a.Outcomes = append(a.Outcomes, engine.Outcome{Entry: entry, Err: err})
	}
	return a
}

func refusal(class external.Class) error {
	return &external.Error{Class: class, Message: "it said " + string(class)}
}

// corrupted is the status after an attempt that failed for good.
func corrupted(class external.Class) v1alpha1.LifecycleStatus {
	var status v1alpha1.LifecycleStatus
	Apply(&status, generation, instant, TornDown(status, attempt(refusal(class))))
	return status
}

const guide = "https://github.com/callplane/callplane/blob/main/docs/cleanup.md#twilio-trunk"

func TestVerdicts(t *testing.T) {
	const failed = "Failed to cleanup external resources. It said AuthenticationFailed. Left: twilio Trunk TK0. See " + guide
	cases := map[string]struct {
		verdict Verdict
		want    map[string]string
		problem string
	}{
		"active": {
			verdict: Active(),
			want:    map[string]string{"Ready": "True Active: everything is set up at the carrier and the platform", "Corrupted": "False NotCorrupted: "},
		},
		"provisioning": {
			verdict: Provisioning("waiting"),
			want:    map[string]string{"Ready": "False Provisioning: waiting", "Corrupted": "False NotCorrupted: ", "Reconciling": "True Provisioning: waiting"},
		},
		"failed for a passing cause": {
			verdict: Failed("Throttled", "slow down"), problem: "Throttled",
			want: map[string]string{"Ready": "False Throttled: slow down", "Corrupted": "False NotCorrupted: ", "Reconciling": "True Throttled: slow down"},
		},
		"failed for a lasting cause": {
			verdict: Failed("PermissionDenied", "no"), problem: "PermissionDenied",
			want: map[string]string{"Ready": "False PermissionDenied: no", "Corrupted": "False NotCorrupted: ", "Stalled": "True PermissionDenied: no"},
		},
		"deleting": {
			verdict: Deleting("Unlinking", "going"),
			want: map[string]string{
				"Ready": "False Deleting: going", "Corrupted": "False NotCorrupted: ", "Deleting": "True Unlinking: going", "Reconciling": "True Deleting: going",
			},
		},
		"paused": {
			verdict: Deleting("Paused", "held"),
			want:    map[string]string{"Ready": "False Deleting: held", "Corrupted": "False NotCorrupted: ", "Deleting": "True Paused: held"},
		},
		"corrupted": {
			verdict: TornDown(v1alpha1.LifecycleStatus{}, attempt(refusal(external.AuthenticationFailed))), problem: "AuthenticationFailed",
			want: map[string]string{
				"Ready": "False AuthenticationFailed: " + failed, "Corrupted": "True AuthenticationFailed: " + failed,
				"Deleting": "True CleanupFailed: " + failed, "Stalled": "True AuthenticationFailed: " + failed,
			},
		},
		"corrupted and held": {
			verdict: Held(corrupted(external.AuthenticationFailed), "Paused", "held"), problem: "AuthenticationFailed",
			want: map[string]string{
				"Ready": "False AuthenticationFailed: " + failed, "Corrupted": "True AuthenticationFailed: " + failed,
				"Deleting": "True Paused: held", "Stalled": "True AuthenticationFailed: " + failed,
			},
		},
		"held": {
			verdict: Held(v1alpha1.LifecycleStatus{}, "Blocked", "waiting for others"),
			want: map[string]string{
				"Ready": "False Deleting: waiting for others", "Corrupted": "False NotCorrupted: ",
				"Deleting": "True Blocked: waiting for others", "Reconciling": "True Deleting: waiting for others",
			},
		},
	}
	for before, start := range cases {
		for name, c := range cases {
			t.Run(before+", then "+name, func(t *testing.T) {
				status := v1alpha1.LifecycleStatus{ObservedGeneration: -1}
				Apply(&status, 1, instant, start.verdict)
				earlier := status.DeepCopy()
				Apply(&status, generation, metav1.NewTime(instant.Add(time.Hour)), c.verdict)
				if diff := cmp.Diff(c.want, shown(status)); diff != "" {
					t.Errorf("the conditions depend on those before, -want +got:\n%s", diff)
				}
				if status.Problem != c.problem || status.ObservedGeneration != generation {
					t.Errorf("problem %q, observed %d; want %q and %d", status.Problem, status.ObservedGeneration, c.problem, generation)
				}
				sinceTransition(t, *earlier, status)
				conforms(t, status)
			})
		}
	}
}

// sinceTransition sees that the time of a condition moves with its status only.
func sinceTransition(t *testing.T, before, after v1alpha1.LifecycleStatus) {
	t.Helper()
	for _, condition := range after.Conditions {
		want := metav1.NewTime(instant.Add(time.Hour))
		if old := meta.FindStatusCondition(before.Conditions, condition.Type); old != nil && old.Status == condition.Status {
			want = instant
		}
		if !condition.LastTransitionTime.Equal(&want) || condition.ObservedGeneration != generation {
			t.Errorf("%s: since %s, generation %d; want %s and %d", condition.Type, condition.LastTransitionTime, condition.ObservedGeneration, want, generation)
		}
	}
}

// conforms sees that kstatus reads the conditions as they are meant: a status of
// Ready is always there, and Reconciling and Stalled contradict neither it nor
// one another.
func conforms(t *testing.T, status v1alpha1.LifecycleStatus) {
	t.Helper()
	is := func(kind string) bool { return meta.IsStatusConditionTrue(status.Conditions, kind) }
	if meta.FindStatusCondition(status.Conditions, "Ready") == nil {
		t.Error("there is no Ready: kstatus takes that for ready")
	}
	if is("Ready") && (is("Stalled") || is("Reconciling")) || is("Reconciling") && is("Stalled") {
		t.Errorf("the conditions contradict one another: %v", shown(status))
	}
	for _, kind := range []string{"Reconciling", "Stalled", "Deleting"} {
		if meta.FindStatusCondition(status.Conditions, kind) != nil && !is(kind) {
			t.Errorf("%s is there without being True", kind)
		}
	}
	if is("Corrupted") && (is("Reconciling") || !is("Stalled") || !is("Deleting")) {
		t.Errorf("Corrupted goes with Stalled and Deleting, without Reconciling: %v", shown(status))
	}
	if meta.FindStatusCondition(status.Conditions, "Corrupted") == nil {
		t.Error("there is no Corrupted: a wait for it would never end")
	}
}

func TestUnchangedVerdictLeavesUnchangedStatus(t *testing.T) {
	for _, class := range []external.Class{external.AuthenticationFailed, external.ResourceInUse} {
		status := corrupted(class)
		before := status.DeepCopy()
		again := attempt(refusal(class))
		again.Now, again.Count = metav1.NewTime(instant.Add(time.Hour)), 99
		Apply(&status, generation, again.Now, TornDown(status, again))
		if diff := cmp.Diff(*before, status); diff != "" {
			t.Errorf("a failure that is unchanged changed the status, -before +after:\n%s", diff)
		}
	}
}

func TestWhatFailedMeansStalled(t *testing.T) {
	stalled := []string{
		"AuthenticationFailed", "AccountMismatch", "PermissionDenied", "InvalidConfiguration", "ResourceInUse",
		"NumberInUse", "Conflict", "NumberLost", "QuotaExceeded",
	}
	waits := []string{"CredentialsMissing", "ReferenceNotFound", "ProviderUnavailable", "NetworkError", "Throttled", "Unknown"}
	check := func(reasons []string, want bool, why string) {
		for _, reason := range reasons {
			if got := Failed(reason, "words"); got.Stalled != want || got.Reconciling == want || got.Ready || got.Problem != reason {
				t.Errorf("%s: got %+v, want Stalled %v: %s", reason, got, want, why)
			}
		}
	}
	check(stalled, true, "tools are to stop waiting for what a person must change")
	check(waits, false, "tools are to wait for what may come by itself, or is applied next")
}
