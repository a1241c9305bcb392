package command

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestExitCode(t *testing.T) {
	cases := map[string]struct {
		reason  string
		err     error
		code    int
		message string
	}{
		"Done":        {"all is well", nil, 0, ""},
		"Failed":      {"it could not be done", errors.New("no"), 1, "error: no"},
		"Left":        {"the command has said what is left", left(), 2, ""},
		"Pending":     {"it is not over", pending("%s is still there.", "it"), 3, "it is still there."},
		"Wrapped":     {"an outcome is one wherever it comes from", fmt.Errorf("following: %w", left()), 2, "following: "},
		"Interrupted": {"whoever pressed Ctrl-C knows it", fmt.Errorf("reading: %w", context.Canceled), 130, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if code, message := ExitCode(tc.err), Message(tc.err); code != tc.code || message != tc.message {
				t.Errorf("%s: exit code %d and %q, want %d and %q", tc.reason, code, message, tc.code, tc.message)
			}
		})
	}
}

func TestWords(t *testing.T) {
	const file = "# cancelled\n+14155550100 # the first\n\n  support-line\tand more\n"
	got, err := words(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"+14155550100", "support-line"}, got); diff != "" {
		t.Errorf("the first word of each line that is no comment (-want +got):\n%s", diff)
	}
}

// TestFormat refuses what a command cannot print, before it does anything.
func TestFormat(t *testing.T) {
	f := format{value: "xml", allowed: []string{formatJSON, formatYAML}}
	if err := f.check(); err == nil || !strings.Contains(err.Error(), "json, yaml") {
		t.Errorf("the error is %v, want one that names json and yaml", err)
	}
	var out strings.Builder
	f.value = formatYAML
	if err := f.print(&out, map[string]any{"b": 1, "a": "x"}); err != nil || out.String() != "a: x\nb: 1\n" {
		t.Errorf("it printed %q, %v", out.String(), err)
	}
}
