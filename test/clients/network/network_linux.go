// Package network has a test run where nothing but loopback can be reached, and where
// nobody else can reach what it starts, whatever address that listens on.
package network

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// isolated tells a program that it is the copy.
const isolated = "CALLPLANE_TEST_NETWORK"

// Isolate runs run in a network of its own: this program starts itself once more there,
// and exits as that does. It needs a kernel that lets this user have one.
func Isolate(run func() int) {
	var code int
	var err error
	if os.Getenv(isolated) != "" {
		if err = loopbackUp(); err == nil {
			code = run()
		}
	} else {
		code, err = again()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// again runs this program in new namespaces. Who is not root there is root of them.
func again() (code int, err error) {
	path, err := os.Executable()
	if err != nil {
		return 0, err
	}
	command := exec.Command(path, os.Args[1:]...)
	command.Env = append(os.Environ(), isolated+"=1")
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	if uid := os.Getuid(); uid != 0 {
		command.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		command.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: uid, Size: 1}}
		command.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	err = command.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return max(exit.ExitCode(), 1), nil
	}
	if err != nil {
		return 0, fmt.Errorf("starting the tests in a network of their own, where nobody else reaches what they start: %w; the kernel has to let this user make a network namespace", err)
	}
	return 0, nil
}

// loopbackUp does what `ip link set lo up` does: in a new network it is down.
func loopbackUp() error {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("opening a socket: %w", err)
	}
	defer func() { _ = unix.Close(socket) }()
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP)
	if err := unix.IoctlIfreq(socket, unix.SIOCSIFFLAGS, request); err != nil {
		return fmt.Errorf("turning loopback on: %w", err)
	}
	return nil
}
