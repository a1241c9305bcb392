//go:build linux

package process_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/callplane/callplane/test/bed/process"
)

const (
	limit = 20 * time.Second
	// parentOf names the variable that makes the test binary start a program
	// and die without stopping it.
	parentOf = "PROCESS_TEST_PARENT"
)

func TestMain(m *testing.M) {
	if os.Getenv(parentOf) != "" {
		dieAsParent()
	}
	os.Exit(m.Run())
}

func shell(script string, grace time.Duration) process.Spec {
	return process.Spec{Name: "script", Path: "/bin/sh", Args: []string{"-c", script}, Env: process.Environment(), Grace: grace}
}

func start(t *testing.T, script string, grace time.Duration) *process.Process {
	t.Helper()
	p, err := process.Start(shell(script, grace))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	return p
}

func printed(p *process.Process, text string) func(context.Context) error {
	return func(context.Context) error {
		if strings.Contains(p.Log(), text) {
			return nil
		}
		return fmt.Errorf("%q is not in the log", text)
	}
}

func TestAwait(t *testing.T) {
	cases := map[string]struct {
		reason string
		script string
		limit  time.Duration
		// want are parts of the error; none means success.
		want []string
	}{
		"Ready": {
			reason: "A program is ready when the probe says so.",
			script: "echo ready; exec sleep 60", limit: limit,
		},
		"EndsEarly": {
			reason: "A program that ends is not waited for, and its log is in the error.",
			script: "echo the cause >&2; exit 3", limit: limit, want: []string{"ended before", "exit status 3", "the cause"},
		},
		"TooLate": {
			reason: "A program that is never ready is given up with the last answer of the probe.",
			script: "echo still busy; exec sleep 60", limit: 300 * time.Millisecond, want: []string{"did not become ready", "is not in the log", "still busy"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := start(t, tc.script, 0)
			ctx, cancel := context.WithTimeout(t.Context(), tc.limit)
			defer cancel()
			err := p.Await(ctx, printed(p, "ready\n"))
			if (err != nil) != (len(tc.want) > 0) {
				t.Fatalf("%s\ngot %v", tc.reason, err)
			}
			for _, part := range tc.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%s\nwant %q in %v", tc.reason, part, err)
				}
			}
		})
	}
}

func TestStop(t *testing.T) {
	cases := map[string]struct {
		reason string
		script string
		pause  bool
		killed bool
	}{
		"Obeys":    {reason: "SIGTERM ends a program.", script: "echo ready; exec sleep 60"},
		"Paused":   {reason: "A paused program is stopped too.", script: "echo ready; exec sleep 60", pause: true},
		"Stubborn": {reason: "A program that ignores SIGTERM is killed, and that is told.", script: "trap '' TERM; echo ready; while :; do sleep 0.05; done", killed: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := start(t, tc.script, 500*time.Millisecond)
			if err := p.Await(t.Context(), printed(p, "ready\n")); err != nil {
				t.Fatal(err)
			}
			if tc.pause {
				if err := p.Pause(); err != nil {
					t.Fatal(err)
				}
			}
			if err := p.Stop(); (err != nil) != tc.killed {
				t.Errorf("%s\nkilled: want %t, got %v", tc.reason, tc.killed, err)
			}
			if p.Running() || p.Killed() != tc.killed {
				t.Errorf("%s\nruns: %t, killed: %t, want it ended and killed: %t", tc.reason, p.Running(), p.Killed(), tc.killed)
			}
			if err := p.Stop(); err != nil {
				t.Errorf("stopping twice is no error: %v", err)
			}
		})
	}
}

// TestPause wants a program that writes to write no more from the moment that it
// is paused.
func TestPause(t *testing.T) {
	written := filepath.Join(t.TempDir(), "written")
	p := start(t, "while :; do echo >>"+written+"; done", 0)
	begun := func(context.Context) error {
		_, err := os.Stat(written)
		return err
	}
	if err := p.Await(t.Context(), begun); err != nil {
		t.Fatal(err)
	}
	if err := p.Pause(); err != nil {
		t.Fatal(err)
	}
	paused := contents(t, written)
	time.Sleep(100 * time.Millisecond) // nothing is to happen, so nothing can be awaited
	if !bytes.Equal(contents(t, written), paused) || !p.Running() {
		t.Error("a paused program went on, or has ended")
	}
	if err := p.Resume(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	if err := p.Await(ctx, func(context.Context) error {
		if bytes.Equal(contents(t, written), paused) {
			return errors.New("nothing was written since")
		}
		return nil
	}); err != nil {
		t.Errorf("a program that was resumed goes on: %v", err)
	}
}

func contents(t *testing.T, path string) []byte {
	t.Helper()
	read, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

func TestCopy(t *testing.T) {
	var copied bytes.Buffer
	spec := shell("echo out; echo problem >&2", 0)
	spec.Copy = &copied
	p, err := process.Start(spec)
	if err != nil {
		t.Fatal(err)
	}
	for p.Running() {
		time.Sleep(10 * time.Millisecond)
	}
	if got := copied.String(); got != "out\nproblem\n" || got != p.Log() {
		t.Errorf("the copy is %q and the log %q, want both streams in each", got, p.Log())
	}
}

func TestOnFreePorts(t *testing.T) {
	final := errors.New("bad flag")
	cases := map[string]struct {
		reason   string
		errs     []error
		want     error
		attempts int
	}{
		"First":  {reason: "What starts is not started again.", errs: []error{nil}, attempts: 1},
		"Taken":  {reason: "A port that was taken is replaced.", errs: []error{errors.New("bind: address already in use"), nil}, attempts: 2},
		"Failed": {reason: "Another failure is final.", errs: []error{final}, want: final, attempts: 1},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			seen := map[int]bool{}
			attempts := 0
			err := process.OnFreePorts(2, func(ports []int) error {
				seen[ports[0]], seen[ports[1]] = true, true
				attempts++
				return tc.errs[attempts-1]
			})
			if !errors.Is(err, tc.want) || attempts != tc.attempts || len(seen) != 2*attempts {
				t.Errorf("%s\ngot %v after %d attempts with %d ports", tc.reason, err, attempts, len(seen))
			}
		})
	}
}

// dieAsParent runs in a child of the test: it starts a program, prints its
// process id and dies as a killed test does.
func dieAsParent() {
	p, err := process.Start(shell("exec sleep 60", 0))
	if err != nil {
		panic(err)
	}
	fmt.Println(p.PID())
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

func TestDiesWithParent(t *testing.T) {
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), parentOf+"=1")
	out, _ := parent.Output() // the parent kills itself
	pid, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil {
		t.Fatalf("no process id from the parent: %q", out)
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	for alive(pid) {
		select {
		case <-ctx.Done():
			t.Fatalf("process %d outlived its parent by %s", pid, limit)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// alive is false for a program that has died and that nobody has waited for.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}
