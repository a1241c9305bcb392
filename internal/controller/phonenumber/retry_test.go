package phonenumber

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider/fake"
)

// failing are numbers of which a set-up, or a teardown, fails for a while.
var failing = map[string]func(*testing.T) *world{
	"setup": func(t *testing.T) *world {
		t.Helper()
		w := newWorld(t)
		carrierSays(fake.Observe, "Number", external.Throttled)(w)
		return w
	},
	"teardown": func(t *testing.T) *world {
		t.Helper()
		w := deletedNumber(t)
		carrierSays(fake.Observe, "", external.Throttled)(w)
		carrierSays(fake.Connect, "", external.Throttled)(w)
		w.platform.Fail(fake.Fault{Operation: fake.Connect, Err: refusal(external.Throttled)})
		return w
	},
}

func TestRetriesBackOff(t *testing.T) {
	for name, given := range failing {
		t.Run(name, func(t *testing.T) {
			w := given(t)
			seen := map[time.Duration]bool{}
			want := time.Second
			for attempt := range 14 {
				got := w.later(0)
				if got > want || got <= want*4/5-time.Nanosecond {
					t.Errorf("attempt %d is followed by another one after %s, want four fifths of %s at least", attempt+1, got, want)
				}
				seen[got*1000/want] = true
				want = min(2*want, 10*time.Minute)
			}
			if len(seen) < 10 {
				t.Errorf("the shares are %v, want jitter", seen)
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	cases := map[string]struct {
		reason string
		asked  time.Duration
		least  time.Duration
		most   time.Duration
	}{
		"short":  {reason: "our own wait is longer", asked: time.Millisecond, least: 800 * time.Millisecond, most: time.Second},
		"longer": {reason: "a provider is not asked before it wants to be", asked: 42 * time.Second, least: 42 * time.Second, most: 42 * time.Second},
		"absurd": {reason: "a provider cannot stop us for years", asked: 1e9 * time.Second, least: 10 * time.Minute, most: 10 * time.Minute},
	}
	for name, c := range cases {
		for phase, given := range failing {
			t.Run(name+" "+phase, func(t *testing.T) {
				w := given(t)
				w.carrier.Heal()
				w.carrier.Fail(fake.Fault{Operation: fake.Observe, Err: &external.Error{Class: external.Throttled, Message: "slow down", RetryAfter: c.asked}})
				if got := w.later(0); got < c.least || got > c.most {
					t.Errorf("%s: looked at again after %s, want %s to %s", c.reason, got, c.least, c.most)
				}
			})
		}
	}
}

// TestUntil looks again when absence can be believed, not before.
func TestUntil(t *testing.T) {
	w := newWorld(t)
	w.platform.Lag = grace - time.Second
	w.platform.Fail(fake.Fault{Operation: fake.Create, Kind: "Inbound", Nth: 1, Applied: true, Err: refusal(external.NetworkError)})
	w.visited()
	w.delete()
	wait := w.later(time.Second)
	number := w.number()
	if got := condition(number, v1alpha1.ConditionDeleting).Reason; got != v1alpha1.ReasonVerifying || number.Status.Problem != "" {
		t.Errorf("Deleting says %s and the problem is %q, want Verifying and none", got, number.Status.Problem)
	}
	if wait > grace+time.Second || wait < grace-2*time.Second {
		t.Errorf("looked at again after %s, want when the grace since the create is over", wait)
	}
	w.later(wait)
	if w.number() != nil {
		t.Errorf("after the grace it is still there: %+v", w.number().Status)
	}
	w.holds("after the grace", onlyTheNumber)
}

func retryAt(value string) change {
	return func(n *v1alpha1.PhoneNumber) {
		metav1.SetMetaDataAnnotation(&n.ObjectMeta, v1alpha1.AnnotationRetryRequestedAt, value)
	}
}

// TestRetryRequested begins anew once per value of the annotation.
func TestRetryRequested(t *testing.T) {
	for name, given := range failing {
		t.Run(name, func(t *testing.T) {
			w := given(t)
			for range 5 {
				w.later(0)
			}
			w.edit(retryAt("2026-01-01T00:00:00Z"))
			if got := w.later(0); got > time.Second {
				t.Errorf("looked at again after %s, want the first wait once more", got)
			}
			if got := w.number().Status.LastHandledRetryAt; got != "2026-01-01T00:00:00Z" {
				t.Errorf("acknowledged is %q", got)
			}
			if got := w.later(0); got < time.Second {
				t.Errorf("looked at again after %s, want the wait to grow: the same request counts once", got)
			}
		})
	}
}

// TestRetryRequestedWhileWell is acknowledged, too.
func TestRetryRequestedWhileWell(t *testing.T) {
	w := established(t)
	w.edit(retryAt("now"))
	w.visited()
	if got := w.number().Status.LastHandledRetryAt; got != "now" {
		t.Errorf("acknowledged is %q", got)
	}
}

// TestRetryRequestedFromTheStart is not forgotten when the finalizer is written.
func TestRetryRequestedFromTheStart(t *testing.T) {
	w := newWorld(t, retryAt("now"))
	w.visited()
	if got := w.versions[0].Status.LastHandledRetryAt; got != "now" {
		t.Errorf("the first status acknowledges %q", got)
	}
}

// TestRetryRequestTooLong ignores what a status cannot hold.
func TestRetryRequestTooLong(t *testing.T) {
	w := established(t)
	w.edit(retryAt(strings.Repeat("x", 65)))
	version := w.number().ResourceVersion
	w.visited()
	if w.number().ResourceVersion != version {
		t.Errorf("acknowledged is %q", w.number().Status.LastHandledRetryAt)
	}
}
