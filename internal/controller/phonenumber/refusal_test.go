package phonenumber

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider/fake"
)

// refusal is what a provider answers with; its cause is for logs only.
func refusal(class external.Class) error {
	return &external.Error{Class: class, Message: "refused: " + string(class), Err: errors.New("request id 42")}
}

// accountSays gives the account another condition.
func accountSays(reason string) func(*world) {
	return func(w *world) {
		account := newAccount()
		w.statusOf(account, func() {
			meta.SetStatusCondition(&account.Status.Conditions, metav1.Condition{Type: v1alpha1.ConditionReady, Status: metav1.ConditionFalse, Reason: reason, Message: "no"})
		})
	}
}

func carrierSays(operation fake.Operation, kind string, class external.Class) func(*world) {
	return func(w *world) {
		w.carrier.Fail(fake.Fault{Operation: operation, Kind: kind, Err: refusal(class)})
	}
}

func TestRefusals(t *testing.T) {
	cases := map[string]struct {
		reason string
		given  func(*world)
		want   string
		// silent numbers call nobody.
		silent bool
	}{
		"no account":           {reason: "a reference that leads nowhere is named", given: func(w *world) { w.remove(newAccount()) }, want: v1alpha1.ReasonReferenceNotFound, silent: true},
		"no project":           {reason: "a reference that leads nowhere is named", given: func(w *world) { w.remove(newProject()) }, want: v1alpha1.ReasonReferenceNotFound, silent: true},
		"no agent":             {reason: "a reference that leads nowhere is named", given: func(w *world) { w.remove(newAgent()) }, want: v1alpha1.ReasonReferenceNotFound, silent: true},
		"account deleting":     {reason: "nothing is begun with an account that goes", given: func(w *world) { _ = w.api.Delete(w.t.Context(), newAccount()) }, want: v1alpha1.ReasonReferenceNotFound, silent: true},
		"account without key":  {reason: "the account's SecretNotFound is CredentialsMissing here", given: accountSays(v1alpha1.ReasonSecretNotFound), want: v1alpha1.ClassCredentialsMissing, silent: true},
		"key terminating":      {reason: "credentials that go are as good as missing", given: accountSays(v1alpha1.ReasonSecretTerminating), want: v1alpha1.ClassCredentialsMissing, silent: true},
		"account suspended":    {reason: "the account's AccountSuspended is PermissionDenied here", given: accountSays(v1alpha1.ReasonAccountSuspended), want: v1alpha1.ClassPermissionDenied, silent: true},
		"account refused":      {reason: "other reasons are classes already", given: accountSays(v1alpha1.ClassAuthenticationFailed), want: v1alpha1.ClassAuthenticationFailed, silent: true},
		"account unreachable":  {reason: "an account that cannot be reached passes", given: accountSays(v1alpha1.ReasonUnreachable), want: v1alpha1.ClassProviderUnavailable, silent: true},
		"key refused locally":  {reason: "what cannot be sent is said", given: carrierSays(fake.Connect, "", external.InvalidConfiguration), want: v1alpha1.ClassInvalidConfiguration, silent: true},
		"key gone meanwhile":   {reason: "the Secret is read live", given: func(w *world) { w.remove(newSecret("twilio-key")) }, want: v1alpha1.ClassCredentialsMissing, silent: true},
		"number not there":     {reason: "a number must be in the account", given: func(w *world) { w.carrier.vanish(w.t, "Number") }, want: v1alpha1.ReasonReferenceNotFound},
		"number in use":        {reason: "a number that serves something else is not touched", given: carrierSays(fake.Observe, "Number", external.NumberInUse), want: v1alpha1.ReasonNumberInUse},
		"attached elsewhere":   {reason: "a number that serves something else is not touched", given: carrierSays(fake.Create, "Attachment", external.NumberInUse), want: v1alpha1.ReasonNumberInUse},
		"too many trunks":      {reason: "what the account cannot hold is said", given: carrierSays(fake.Create, "Trunk", external.QuotaExceeded), want: v1alpha1.ReasonQuotaExceeded},
		"throttled":            {reason: "the class is the reason", given: carrierSays(fake.Create, "Trunk", external.Throttled), want: v1alpha1.ClassThrottled},
		"unknown":              {reason: "what nobody foresaw is said too", given: carrierSays(fake.Create, "List", external.Unknown), want: v1alpha1.ClassUnknown},
		"refused while it was": {reason: "a look can be refused as well", given: carrierSays(fake.Observe, "", external.PermissionDenied), want: v1alpha1.ClassPermissionDenied},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			c.given(w)
			first := w.visited()
			number := w.number()
			ready := condition(number, v1alpha1.ConditionReady)
			if ready.Reason != c.want || number.Status.Problem != c.want || strings.Contains(ready.Message, "request id") {
				t.Errorf("%s: Ready is %+v and the problem %q, want %s", c.reason, ready, number.Status.Problem, c.want)
			}
			if calls := w.calls(); c.silent && (len(calls) > 0 || len(number.Finalizers) > 0) {
				t.Errorf("%s: %q, want nobody to be called", c.reason, calls)
			}
			if diff := cmp.Diff([]string{"Warning " + c.want}, w.events.reasons()); diff != "" {
				t.Errorf("%s: events, -want +got:\n%s", c.reason, diff)
			}
			if first.RequeueAfter <= 0 || first.RequeueAfter > time.Second {
				t.Errorf("%s: tried again after %s, want a second at first", c.reason, first.RequeueAfter)
			}
			version := number.ResourceVersion
			if c.silent {
				w.visited()
				if w.number().ResourceVersion != version || len(w.events.lines) > 0 {
					t.Errorf("%s: it is said again, with %q", c.reason, w.events.lines)
				}
			}
		})
	}
}

func TestNumberLost(t *testing.T) {
	w := established(t)
	w.carrier.vanish(t, "Attachment")
	w.carrier.vanish(t, "Number")
	w.visited()
	number := w.number()
	if got := condition(number, v1alpha1.ConditionReady).Reason; got != v1alpha1.ReasonNumberLost || condition(number, v1alpha1.ConditionStalled).Reason != got {
		t.Errorf("Ready says %s, want that the number is no longer there", got)
	}
	if len(w.mutations()) > 0 {
		t.Errorf("%q, want nothing to be made or bought", w.mutations())
	}
}

// TestWaitingForTheAccount is no problem, and no warning.
func TestWaitingForTheAccount(t *testing.T) {
	cases := map[string]struct {
		reason string
		given  func(*v1alpha1.TwilioAccount)
	}{
		"not seen yet": {reason: "an account that nobody verified is waited for", given: func(a *v1alpha1.TwilioAccount) { a.Status = v1alpha1.ConnectionStatus{} }},
		"Secret loose": {reason: "nothing is made before the Secret is kept", given: func(a *v1alpha1.TwilioAccount) { a.Status.SecretName = "another" }},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			account := newAccount()
			w.statusOf(account, func() { c.given(account) })
			w.visited()
			number := w.number()
			ready := condition(number, v1alpha1.ConditionReady)
			got := fmt.Sprint(ready.Reason, number.Status.Problem, w.events.reasons(), w.calls())
			if want := "Provisioning[Normal Provisioning] []"; got != want {
				t.Errorf("%s: got %s, want %s", c.reason, got, want)
			}
			w.statusOf(account, func() { account.Status = verified("twilio-key") })
			w.visited()
			w.holds("once it is verified", oneOfEach)
		})
	}
}
