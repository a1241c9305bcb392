// Command demo shows Callplane on one machine: it starts a real Kubernetes
// control plane, a real LiveKit server, a simulated Twilio and the built
// manager, tells the story of three numbers with kubectl, and leaves the cluster
// up until Ctrl-C. `make demo` builds and runs it. `make playground` has it tell no
// story: docs/tutorial.md begins there.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/callplane/callplane/test/bed/assets"
)

// Exit codes of the program.
const (
	exitFailed      = 1
	exitInterrupted = 130
)

// errNotHeld is the verdict of a story whose check failed; the check has said why.
var errNotHeld = errors.New("the story did not hold")

func main() {
	exit := flag.Bool("exit", false, "end after the story, with its verdict as the exit code")
	playground := flag.Bool("playground", false, "tell no story: leave everything up for somebody to try")
	flag.Parse()
	log.SetLogger(logr.Discard())
	ctx := interrupts()
	os.Exit(exitCode(ctx, demo(ctx, newScreen(os.Stdout), *exit, *playground), *exit))
}

// interrupts ends a context when nobody wants the demo any more, or reads it. A
// second Ctrl-C does not wait for what the first one ends; a reader who is gone
// stays so, and must not kill what ends.
func interrupts() context.Context {
	read, _ := signal.NotifyContext(context.Background(), syscall.SIGPIPE)
	wanted, stop := signal.NotifyContext(read, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(wanted, stop)
	return wanted
}

// exitCode is 0 for an interrupt that was to be: without -exit it is how a demo
// ends.
func exitCode(ctx context.Context, err error, exit bool) int {
	if ctx.Err() != nil && (err == nil || errors.Is(err, ctx.Err())) {
		if exit {
			return exitInterrupted
		}
		return 0
	}
	if err == nil {
		return 0
	}
	if !errors.Is(err, errNotHeld) {
		fmt.Fprintln(os.Stderr, "demo:", err)
	}
	return exitFailed
}

func demo(ctx context.Context, screen *screen, exit, playground bool) error {
	root, err := assets.Root()
	if err != nil {
		return err
	}
	begin := time.Now()
	folder, err := openFolder(screen, filepath.Join(root, "bin", "demo"))
	if err != nil {
		return err
	}
	stage := &stage{screen: screen, root: root, folder: folder}
	if playground {
		err = play(ctx, stage)
	} else {
		err = perform(ctx, stage, begin, exit)
	}
	return errors.Join(err, stage.end())
}

func perform(ctx context.Context, stage *stage, begin time.Time, exit bool) error {
	if err := stage.raise(ctx); err != nil {
		return interrupted(ctx, err)
	}
	verdict := newStory(stage).tell(ctx, begin)
	if exit || ctx.Err() != nil {
		return interrupted(ctx, verdict)
	}
	stage.invite()
	return errors.Join(verdict, stage.stay(ctx))
}

// play leaves it to somebody else to make numbers.
func play(ctx context.Context, stage *stage) error {
	if err := stage.open(ctx); err != nil {
		return interrupted(ctx, err)
	}
	stage.inviteToPlay()
	return stage.stay(ctx)
}

// interrupted prefers the interrupt to what failed because of it.
func interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
