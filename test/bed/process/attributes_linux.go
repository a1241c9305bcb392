package process

import "syscall"

// attributes puts the program into a process group of its own, so that Ctrl-C in
// a terminal reaches the test alone and the test can stop things in order, and
// has the kernel kill the program when the test dies without stopping it.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
