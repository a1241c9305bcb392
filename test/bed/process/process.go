// Package process runs one program for a test: it starts it, waits until it
// answers, keeps the end of what it printed and ends it. It knows no program by
// name and decides nothing about configuration.
package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

const (
	defaultGrace = 8 * time.Second
	pollEvery    = 20 * time.Millisecond
	probeLimit   = 2 * time.Second
)

// Spec describes a program to start.
type Spec struct {
	// Name is what errors call the program.
	Name string
	Path string
	Args []string
	// Env is the whole environment. Nothing is inherited, because several of
	// the programs take settings from variables a developer may have set.
	Env []string
	Dir string
	// LogSize is how many bytes of its log are kept at least; 0 means 64 KiB.
	LogSize int
	// Copy gets everything that the program prints, beside its log; nil means
	// that nobody does.
	Copy io.Writer
	// Grace is how long Stop waits between SIGTERM and SIGKILL; 0 means 8 s.
	Grace time.Duration
}

// A Process is a program that was started. It does not outlive the process that
// started it, on systems whose kernel can promise that.
type Process struct {
	spec  Spec
	cmd   *exec.Cmd
	log   tail
	ended chan struct{}
	// err is how the program ended; it may be read once ended is closed.
	err error
}

// Environment is what a program needs of the test's own environment, plus extra.
// GODEBUG is emptied so that a setting made for the test does not leak in.
func Environment(extra ...string) []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir(), "GODEBUG="}
	return append(env, extra...)
}

// Start starts the program and returns without waiting for it to be ready.
func Start(spec Spec) (*Process, error) {
	p := &Process{spec: spec, log: tail{size: spec.LogSize}, ended: make(chan struct{})}
	p.cmd = exec.Command(spec.Path, spec.Args...)
	p.cmd.Env, p.cmd.Dir = spec.Env, spec.Dir
	p.cmd.Stdout = &p.log
	if spec.Copy != nil {
		p.cmd.Stdout = io.MultiWriter(&p.log, spec.Copy)
	}
	p.cmd.Stderr = p.cmd.Stdout
	p.cmd.WaitDelay = time.Second
	p.cmd.SysProcAttr = attributes()
	started := make(chan error, 1)
	go p.run(started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting %s: %w", spec.Name, err)
	}
	return p, nil
}

// run keeps one operating system thread for as long as the program lives: the
// kernel sends the parent-death signal when the thread that made the child
// ends, not when its process does (go.dev/issue/27505).
func (p *Process) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	p.err = p.cmd.Wait()
	close(p.ended)
}

// Await polls probe until it returns nil. It fails when the program ends or ctx
// does, with the end of the program's log in the error.
func (p *Process) Await(ctx context.Context, probe func(context.Context) error) error {
	for {
		err := limited(ctx, probe)
		if err == nil && p.Running() {
			return nil
		}
		select {
		case <-p.ended:
			return p.failure("ended before it was ready", p.err)
		case <-ctx.Done():
			return p.failure("did not become ready", errors.Join(ctx.Err(), err))
		case <-time.After(pollEvery):
		}
	}
}

func limited(ctx context.Context, probe func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	return probe(ctx)
}

func (p *Process) failure(what string, cause error) error {
	if cause == nil {
		cause = errors.New("exit status 0")
	}
	return fmt.Errorf("%s %s: %w; the end of its log:\n%s", p.spec.Name, what, cause, p.Log())
}

// Running reports whether the program has not ended yet. A paused program runs.
func (p *Process) Running() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// Killed reports whether the program has ended, and by SIGKILL.
func (p *Process) Killed() bool {
	if p.Running() {
		return false
	}
	status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// PID is the program's process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Log is the end of what the program printed, both streams in one.
func (p *Process) Log() string { return p.log.String() }

// Signal sends sig to the program.
func (p *Process) Signal(sig os.Signal) error {
	if err := p.cmd.Process.Signal(sig); err != nil {
		return fmt.Errorf("sending %s to %s: %w", sig, p.spec.Name, err)
	}
	return nil
}

// Pause freezes the program and returns once none of its threads runs any more.
func (p *Process) Pause() error {
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	if err := awaitStopped(p.PID()); err != nil {
		return fmt.Errorf("pausing %s: %w", p.spec.Name, err)
	}
	return nil
}

// Resume lets a paused program go on.
func (p *Process) Resume() error { return p.Signal(syscall.SIGCONT) }

// Stop ends the program with SIGTERM and, after the grace time, SIGKILL. Having
// had to kill is an error; stopping what has ended already is not.
func (p *Process) Stop() error {
	if !p.Running() {
		return nil
	}
	_ = p.Signal(syscall.SIGTERM)
	_ = p.Resume() // a paused program gets SIGTERM only once it continues
	grace := p.spec.Grace
	if grace == 0 {
		grace = defaultGrace
	}
	select {
	case <-p.ended:
		return nil
	case <-time.After(grace):
		p.Kill()
		return p.failure("was killed", fmt.Errorf("still running %s after SIGTERM", grace))
	}
}

// Kill ends the program as a crash would, and waits until it is gone.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}
