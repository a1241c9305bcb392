package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// patience bounds every command; those that wait have shorter bounds of their own.
const patience = 2 * time.Minute

// shell types commands as a person would: what it shows is what sh runs.
type shell struct {
	*screen
	dir string
	env []string
}

// run shows a command and its output as it comes, and returns the output.
func (s *shell) run(ctx context.Context, command string) (string, error) {
	s.prompt(command)
	var output bytes.Buffer
	err := s.execute(ctx, command, io.MultiWriter(&output, s))
	if text := output.String(); text != "" && !strings.HasSuffix(text, "\n") {
		fmt.Fprintln(s)
	}
	return output.String(), err
}

// runBriefly is run for a command that says more than anybody would read: it
// shows the first lines.
func (s *shell) runBriefly(ctx context.Context, command string, lines int) error {
	s.prompt(command)
	var output bytes.Buffer
	err := s.execute(ctx, command, &output)
	shown := strings.SplitAfterN(output.String(), "\n", lines+1)
	rest := ""
	if err == nil && len(shown) > lines {
		rest, shown = shown[lines], shown[:lines]
	}
	fmt.Fprint(s, strings.Join(shown, ""))
	if more := strings.Count(rest, "\n"); more > 0 {
		fmt.Fprintf(s, "(and %d lines more)\n", more)
	}
	return err
}

func (s *shell) prompt(command string) {
	fmt.Fprintf(s, "\n%s\n", s.paint(bold, "$ "+command))
}

func (s *shell) execute(ctx context.Context, line string, output io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	command := exec.CommandContext(ctx, "/bin/sh", "-c", line)
	command.Dir, command.Env = s.dir, s.env
	command.Stdout, command.Stderr = output, output
	// A group of its own: Ctrl-C comes to the demo alone, which ends all of the command.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGTERM) }
	command.WaitDelay = time.Second
	if err := command.Run(); err != nil {
		return fmt.Errorf("%s: %w", line, err)
	}
	return nil
}
