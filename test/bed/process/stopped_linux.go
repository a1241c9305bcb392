package process

import (
	"errors"

	"golang.org/x/sys/unix"
)

// awaitStopped returns once a child that was sent SIGSTOP has stopped, all its
// threads with it: the signal itself promises that for some later time only.
// Nothing is reaped, and a child that has ended meanwhile is an error.
func awaitStopped(pid int) error {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WSTOPPED, nil)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
