package main

import (
	"bytes"
	"context"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func newShell(t *testing.T) (*shell, *bytes.Buffer) {
	t.Helper()
	shown := &bytes.Buffer{}
	return &shell{screen: &screen{Writer: shown}, dir: t.TempDir(), env: append(os.Environ(), "WHO=you")}, shown
}

func TestShellShows(t *testing.T) {
	brief := func(s *shell, ctx context.Context, command string) error { return s.runBriefly(ctx, command, 2) }
	full := func(s *shell, ctx context.Context, command string) error {
		_, err := s.run(ctx, command)
		return err
	}
	cases := map[string]struct {
		reason  string
		run     func(*shell, context.Context, string) error
		command string
		want    string
		fails   bool
	}{
		"Command":    {reason: "what is shown is what sh runs", run: full, command: `echo "hello $WHO"`, want: "\n$ echo \"hello $WHO\"\nhello you\n"},
		"BothOutput": {reason: "a terminal shows both streams", run: full, command: "echo a; echo b >&2", want: "\n$ echo a; echo b >&2\na\nb\n"},
		"NoNewline":  {reason: "what follows begins on a line of its own", run: full, command: "printf %d 7", want: "\n$ printf %d 7\n7\n"},
		"Silent":     {reason: "a command without output adds no empty line", run: full, command: "true", want: "\n$ true\n"},
		"Fails":      {reason: "a command that fails shows why", run: full, command: "echo why >&2; false", want: "\n$ echo why >&2; false\nwhy\n", fails: true},
		"Brief":      {reason: "a long output is cut", run: brief, command: "seq 5", want: "\n$ seq 5\n1\n2\n(and 3 lines more)\n"},
		"BriefShort": {reason: "a short output is whole", run: brief, command: "seq 2", want: "\n$ seq 2\n1\n2\n"},
		"BriefFails": {reason: "of a failure everything is shown", run: brief, command: "seq 4; false", want: "\n$ seq 4; false\n1\n2\n3\n4\n", fails: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			shell, shown := newShell(t)
			if err := tc.run(shell, t.Context(), tc.command); (err != nil) != tc.fails {
				t.Errorf("%s: got %v", tc.reason, err)
			}
			if diff := cmp.Diff(tc.want, shown.String()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

// TestShellIsInterrupted shows that an interrupt ends also what sh started.
func TestShellIsInterrupted(t *testing.T) {
	shell, _ := newShell(t)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	begin := time.Now()
	if _, err := shell.run(ctx, "sleep 60; true"); err == nil {
		t.Error("an interrupted command has not succeeded")
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("the command went on for %s", took)
	}
}
