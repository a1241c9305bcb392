package account

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider/fake"
)

func refusal(class external.Class) error {
	return &external.Error{Class: class, Message: "refused: " + string(class), Err: errors.New("request id 42")}
}

func TestVerified(t *testing.T) {
	w := newWorld(t, newAccount("main", "key"), newSecret("key"))
	wait := w.visited("main")
	want := metav1.Condition{
		Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonVerified, Message: "the credentials are accepted",
		ObservedGeneration: 1, LastTransitionTime: metav1.NewTime(instant.Truncate(time.Second).Local()),
	}
	if diff := cmp.Diff(want, w.ready("main")); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	status := w.account("main").Status
	if status.ObservedGeneration != 1 || status.Problem != "" || wait != recheck {
		t.Errorf("got %+v and another look after %s", status, wait)
	}
}

func TestNotVerified(t *testing.T) {
	cases := map[string]struct {
		reason    string
		operation fake.Operation
		class     external.Class
		want      string
	}{
		"key missing":       {reason: "the Secret lacks something", operation: fake.Connect, class: external.CredentialsMissing, want: v1alpha1.ReasonSecretNotFound},
		"cannot be sent":    {reason: "a value, or a host, is refused by name", operation: fake.Connect, class: external.InvalidConfiguration, want: v1alpha1.ClassInvalidConfiguration},
		"refused":           {reason: "the class is the reason", operation: fake.Verify, class: external.AuthenticationFailed, want: v1alpha1.ClassAuthenticationFailed},
		"another account":   {reason: "the class is the reason", operation: fake.Verify, class: external.AccountMismatch, want: v1alpha1.ClassAccountMismatch},
		"suspended":         {reason: "the account may do nothing", operation: fake.Verify, class: external.PermissionDenied, want: v1alpha1.ReasonAccountSuspended},
		"throttled":         {reason: "whether they are accepted is not known", operation: fake.Verify, class: external.Throttled, want: v1alpha1.ReasonUnreachable},
		"no network":        {reason: "whether they are accepted is not known", operation: fake.Verify, class: external.NetworkError, want: v1alpha1.ReasonUnreachable},
		"provider is down":  {reason: "whether they are accepted is not known", operation: fake.Verify, class: external.ProviderUnavailable, want: v1alpha1.ReasonUnreachable},
		"nobody knows":      {reason: "whether they are accepted is not known", operation: fake.Verify, class: external.Unknown, want: v1alpha1.ReasonUnreachable},
		"not our mistake":   {reason: "quotas say nothing of credentials", operation: fake.Verify, class: external.QuotaExceeded, want: v1alpha1.ReasonUnreachable},
		"cannot sign in to": {reason: "a passing error of signing in is one, too", operation: fake.Connect, class: external.Unknown, want: v1alpha1.ReasonUnreachable},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, newAccount("main", "key"), newSecret("key"))
			w.cloud.Fail(fake.Fault{Operation: c.operation, Err: refusal(c.class)})
			wait := w.visited("main")
			got := w.ready("main")
			if got.Status != metav1.ConditionFalse || got.Reason != c.want || w.account("main").Status.Problem != c.want {
				t.Errorf("%s: got %+v, want %s", c.reason, got, c.want)
			}
			if !strings.HasPrefix(got.Message, "refused") || strings.Contains(got.Message, "42") {
				t.Errorf("%s: the message is %q, want the message without the cause", c.reason, got.Message)
			}
			if wait <= 0 || wait > time.Second {
				t.Errorf("%s: looked at again after %s, want a second at first", c.reason, wait)
			}
			w.writes = nil
			if next := w.visited("main"); next <= wait || len(w.writes) > 0 {
				t.Errorf("%s: the next look is after %s and wrote %q, want it later and nothing new", c.reason, next, w.writes)
			}
			w.cloud.Heal()
			w.visited("main")
			if got := w.ready("main").Reason; got != v1alpha1.ReasonVerified {
				t.Errorf("%s: once it is mended it says %s", c.reason, got)
			}
		})
	}
}

func TestSecretMissing(t *testing.T) {
	w := newWorld(t, newAccount("main", "key"))
	w.visited("main")
	if got := w.ready("main"); got.Reason != v1alpha1.ReasonSecretNotFound || !strings.Contains(got.Message, `the Secret "key"`) {
		t.Errorf("got %+v", got)
	}
	if got := w.cloud.Log(); len(got) > 0 {
		t.Errorf("%v, want nobody to be called", got)
	}
	w.create(newSecret("key"))
	w.visited("main")
	if got := w.ready("main").Reason; got != v1alpha1.ReasonVerified {
		t.Errorf("once it is there it says %s", got)
	}
}

func TestRetryAfter(t *testing.T) {
	w := newWorld(t, newAccount("main", "key"), newSecret("key"))
	w.cloud.Fail(fake.Fault{Operation: fake.Verify, Err: &external.Error{Class: external.Throttled, RetryAfter: 42 * time.Second}})
	if wait := w.visited("main"); wait != 42*time.Second {
		t.Errorf("looked at again after %s, want what the provider asked for", wait)
	}
}

// TestWhenItIsVerified counts calls: only a change, or the time, asks for one.
func TestWhenItIsVerified(t *testing.T) {
	cases := map[string]struct {
		reason string
		change func(*world)
		want   int
	}{
		"nothing":       {reason: "a visit alone is no reason", change: func(*world) {}},
		"soon":          {reason: "it is not due", change: func(w *world) { w.pass(recheck*4/5 - time.Second) }},
		"due":           {reason: "credentials are revoked elsewhere", change: func(w *world) { w.pass(recheck) }, want: 1},
		"a number":      {reason: "who uses it does not matter", change: func(w *world) { w.create(newNumber("another", "main")) }},
		"Secret":        {reason: "other credentials are others", change: func(w *world) { s := w.secret("key"); s.Data["authToken"] = []byte("x"); w.update(s) }, want: 1},
		"another key":   {reason: "what else is in it may matter", change: func(w *world) { s := w.secret("key"); s.Data["apiKeySid"] = []byte("x"); w.update(s) }, want: 1},
		"Secret's look": {reason: "what is around the credentials does not matter", change: func(w *world) { s := w.secret("key"); s.Labels = map[string]string{"a": "b"}; w.update(s) }},
		"generation":    {reason: "another spec may lead elsewhere", change: func(w *world) { a := w.account("main"); a.Generation++; w.update(a) }, want: 1},
		"label":         {reason: "labels mean nothing to it", change: func(w *world) { a := w.account("main"); a.Labels = map[string]string{"a": "b"}; w.update(a) }},
		"restart":       {reason: "what was accepted is remembered in memory only", change: func(w *world) { w.Reconciler = w.newReconciler() }, want: 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := used(t)
			c.change(w)
			for range 3 {
				w.visited("main")
			}
			if got := w.verifications(); got != c.want {
				t.Errorf("%s: the credentials were tried %d times, want %d", c.reason, got, c.want)
			}
			if got := w.ready("main").Reason; got != v1alpha1.ReasonVerified {
				t.Errorf("%s: it says %s", c.reason, got)
			}
		})
	}
}

// TestNextLook is when the verification ends to hold.
func TestNextLook(t *testing.T) {
	w := used(t)
	w.pass(time.Minute)
	wait := w.visited("main")
	if wait > recheck-time.Minute || wait < recheck*4/5-time.Minute {
		t.Errorf("looked at again after %s, want what is left of the time until a recheck", wait)
	}
	w.pass(wait)
	w.visited("main")
	if w.verifications() != 1 {
		t.Errorf("tried %d times, want a recheck then", w.verifications())
	}
}

// TestNoFlapping keeps a verified account Ready while its provider cannot be
// reached, and no longer once it is refused.
func TestNoFlapping(t *testing.T) {
	w := used(t)
	w.cloud.Fail(fake.Fault{Operation: fake.Verify, Err: refusal(external.NetworkError)})
	w.pass(recheck)
	before := w.account("main").ResourceVersion
	first := w.visited("main")
	if second := w.visited("main"); second <= first || second > 2*time.Second {
		t.Errorf("looked at again after %s, then %s, want it to back off", first, second)
	}
	if got := w.account("main"); got.ResourceVersion != before || w.verifications() != 2 {
		t.Errorf("an account that passes over a failure was written, or not tried: %+v", got.Status)
	}
	w.cloud.Heal()
	w.cloud.Fail(fake.Fault{Operation: fake.Verify, Err: refusal(external.AuthenticationFailed)})
	w.visited("main")
	if got := w.ready("main").Reason; got != v1alpha1.ClassAuthenticationFailed {
		t.Errorf("it says %s, want what the provider said", got)
	}
}

// TestNothingIsWrittenWithoutNeed visits an account that is as it should be.
func TestNothingIsWrittenWithoutNeed(t *testing.T) {
	w := used(t)
	for range 3 {
		w.pass(recheck)
		w.visited("main")
	}
	if len(w.writes) > 0 {
		t.Errorf("%q, want no write", w.writes)
	}
}
