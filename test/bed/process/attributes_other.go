//go:build unix && !linux

package process

import "syscall"

// attributes puts the program into a process group of its own, so that Ctrl-C in
// a terminal reaches the test alone. These systems have no parent-death signal:
// a test that is killed leaves its programs behind.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
