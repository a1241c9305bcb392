package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/callplane/callplane/internal/plugin/advice"
)

// Exit codes.
const (
	exitDone        = 0
	exitFailed      = 1
	exitLeft        = 2
	exitPending     = 3
	exitInterrupted = 130
)

// An outcome ends a command that has said already what there is to say.
type outcome struct {
	code int
	// message is printed where the command has not said it; empty for nothing.
	message string
}

func (o outcome) Error() string { return o.message }

// left says that it was done, and something is left.
func left() error { return outcome{code: exitLeft} }

func pending(format string, arguments ...any) error {
	return outcome{code: exitPending, message: fmt.Sprintf(format, arguments...)}
}

// ExitCode is what the process ends with for the error of a command.
func ExitCode(err error) int {
	var ended outcome
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &ended):
		return ended.code
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	default:
		return exitFailed
	}
}

// Message is what is printed for the error of a command; empty for nothing.
func Message(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, context.Canceled):
		return ""
	case errors.As(err, new(outcome)):
		return err.Error()
	default:
		return "error: " + err.Error()
	}
}

// outcomeOf is how a command about one object ends.
func outcomeOf(state advice.State) error {
	switch state {
	case advice.Ready:
		return nil
	case advice.Corrupted:
		return left()
	default:
		return outcome{code: exitPending}
	}
}
