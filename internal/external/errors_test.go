package external

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"
)

func TestErrorsOf(t *testing.T) {
	throttled := &Error{Class: Throttled, Message: "slow down", RetryAfter: time.Minute, Err: errors.New("429 request id 4711")}
	cases := map[string]struct {
		reason  string
		err     error
		class   Class
		message string
		after   time.Duration
	}{
		"classified": {reason: "it says so itself", err: throttled, class: Throttled, message: "slow down", after: time.Minute},
		"wrapped": {
			reason: "what is said around it is for logs", err: fmt.Errorf("creating trunk: %w", fmt.Errorf("once more: %w", throttled)),
			class: Throttled, message: "slow down", after: time.Minute,
		},
		"joined": {
			reason: "an unclassified companion hides nothing", err: errors.Join(io.EOF, throttled),
			class: Throttled, message: "slow down", after: time.Minute,
		},
		"outermost": {
			reason: "who knows more speaks", err: &Error{Class: NotFound, Message: "gone", Err: throttled},
			class: NotFound, message: "gone",
		},
		"foreign": {
			reason: "its text may hold anything", err: errors.New("token " + canary),
			class: Unknown, message: "an unexpected error, see the log of the manager",
		},
		"ended": {
			reason: "a deadline is no class of its own", err: context.DeadlineExceeded,
			class: Unknown, message: "an unexpected error, see the log of the manager",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := ClassOf(c.err); got != c.class {
				t.Errorf("the class is %s, want %s: %s", got, c.class, c.reason)
			}
			if got := MessageOf(c.err); got != c.message {
				t.Errorf("the message is %q, want %q: %s", got, c.message, c.reason)
			}
			if got := RetryAfterOf(c.err); got != c.after {
				t.Errorf("it is to be tried again after %s, want %s: %s", got, c.after, c.reason)
			}
		})
	}
}

func TestErrorText(t *testing.T) {
	cause := errors.New("429")
	err := &Error{Class: Throttled, Message: "slow down", Err: cause}
	if got, want := err.Error(), "slow down: 429"; got != want {
		t.Errorf("got %q, want %q: a log needs the cause", got, want)
	}
	if !errors.Is(err, cause) {
		t.Error("the cause cannot be found")
	}
	if got, want := (&Error{Message: "slow down"}).Error(), "slow down"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestIsNotFound(t *testing.T) {
	for class, want := range map[Class]bool{
		NotFound: true, MovedAway: true, Unknown: false, NetworkError: false, AuthenticationFailed: false,
		PermissionDenied: false, Throttled: false, ProviderUnavailable: false, AccountMismatch: false, NumberInUse: false,
	} {
		if got := IsNotFound(fmt.Errorf("wrapped: %w", &Error{Class: class})); got != want {
			t.Errorf("%s counts as gone: %v, want %v", class, got, want)
		}
	}
	if IsNotFound(nil) || IsNotFound(errors.New("404 not found")) {
		t.Error("only a classified error is proof of absence")
	}
}

// ordered is the order that DESIGN.md gives, word for word.
var ordered = []Class{
	"CredentialsMissing", "AuthenticationFailed", "AccountMismatch", "PermissionDenied", "InvalidConfiguration",
	"ResourceInUse", "ProviderUnavailable", "NetworkError", "Throttled", "Unknown",
}

func TestForemost(t *testing.T) {
	for i, first := range ordered {
		for _, second := range ordered[i:] {
			for _, classes := range [][]Class{{first, second}, {second, first}, {second, NotFound, first}} {
				if got := Foremost(classes); got != first {
					t.Errorf("of %v the foremost is %s, want %s", classes, got, first)
				}
			}
		}
	}
	for _, classes := range [][]Class{nil, {}, {NotFound}, {QuotaExceeded}, {"Bogus"}} {
		if got := Foremost(classes); got != Unknown {
			t.Errorf("of %v the foremost is %s, want Unknown", classes, got)
		}
	}
}

func TestLasting(t *testing.T) {
	for i, class := range ordered {
		if got, want := class.Lasting(), i < 6; got != want {
			t.Errorf("%s lasts: %v, want %v", class, got, want)
		}
	}
	for _, class := range []Class{NotFound, MovedAway, QuotaExceeded, NumberInUse, "", "Bogus"} {
		if class.Lasting() {
			t.Errorf("%s lasts, want that of the classes of a failed cleanup only", class)
		}
	}
}
