package main

import (
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// endLeftovers kills the programs that were started from a folder. Linux has
// killed them together with their demo; other systems leave them running.
func endLeftovers(folder string) error {
	list, err := exec.Command("ps", "-axww", "-o", "pid=", "-o", "command=").Output()
	if err != nil {
		return fmt.Errorf("listing processes: %w", err)
	}
	var failures []error
	for _, pid := range startedFrom(folder, string(list)) {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			failures = append(failures, fmt.Errorf("ending process %d: %w", pid, err))
		}
	}
	return errors.Join(failures...)
}

// startedFrom finds the processes of a list whose program is in a folder.
func startedFrom(folder, list string) []int {
	var pids []int
	for line := range strings.Lines(list) {
		number, command, _ := strings.Cut(strings.TrimSpace(line), " ")
		pid, err := strconv.Atoi(number)
		if err == nil && strings.HasPrefix(strings.TrimSpace(command), folder+"/") {
			pids = append(pids, pid)
		}
	}
	return pids
}
