package rig

import (
	"fmt"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// Exec replaces this process by a program that runs on one core only.
func Exec(core int, path string, args []string) error {
	// The affinity is that of a thread, and the new program begins with this one.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var set unix.CPUSet
	set.Set(core)
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		return fmt.Errorf("pinning to core %d: %w", core, err)
	}
	return syscall.Exec(path, append([]string{path}, args...), os.Environ())
}

// Cores are the first two that this process may use, for the manager and for the rest.
func Cores() (manager, rest int, ok bool) {
	var set unix.CPUSet
	if unix.SchedGetaffinity(0, &set) != nil || set.Count() < 2 {
		return 0, 0, false
	}
	var cores []int
	for core := 0; len(cores) < 2; core++ {
		if set.IsSet(core) {
			cores = append(cores, core)
		}
	}
	return cores[1], cores[0], true
}
