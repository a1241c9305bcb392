package main

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestVerdict(t *testing.T) {
	cases := map[string]struct {
		reason string
		seen   string
		want   string
		held   bool
	}{
		"Held":    {"what was expected is said once", "nothing", "[ok] Twilio holds: nothing\n", true},
		"NotHeld": {"a failure says what was expected and what was seen", "trunk TK1", "[FAILED] Twilio holds:\n    expected: nothing\n    seen:     trunk TK1\n", false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var shown bytes.Buffer
			held := (&screen{Writer: &shown}).verdict("Twilio holds", "nothing", tc.seen)
			if diff := cmp.Diff(tc.want, shown.String()); diff != "" || held != tc.held {
				t.Errorf("%s: held is %t (-want +got):\n%s", tc.reason, held, diff)
			}
		})
	}
}

func TestExitCode(t *testing.T) {
	cases := map[string]struct {
		reason      string
		interrupted bool
		err         error
		exit        bool
		want        int
	}{
		"Held":                {"the story held", false, nil, true, 0},
		"NotHeld":             {"the story's verdict is the exit code", false, errNotHeld, true, exitFailed},
		"NotHeldAndLooked":    {"the verdict outlives the look around", true, errNotHeld, false, exitFailed},
		"Ended":               {"Ctrl-C is how a demo ends", true, nil, false, 0},
		"Interrupted":         {"a demo that nobody wants is no failure", true, context.Canceled, false, 0},
		"InterruptedVerdict":  {"without its end the story has no verdict", true, context.Canceled, true, exitInterrupted},
		"InterruptedAndStuck": {"what cannot be ended is said", true, errors.New("etcd was killed"), false, exitFailed},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if tc.interrupted {
				cancel()
			}
			if got := exitCode(ctx, tc.err, tc.exit); got != tc.want {
				t.Errorf("%s: got %d, want %d", tc.reason, got, tc.want)
			}
		})
	}
}
