package rig

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
)

// Heap is what a program keeps on its Go heap, in bytes, once its garbage was collected. It
// must serve profiles.
func (p *Program) Heap(ctx context.Context) (float64, error) {
	const collected = "/debug/pprof/heap?gc=1&debug=1"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.Pprof+collected, nil)
	if err != nil {
		return 0, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, fmt.Errorf("weighing: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		if value, found := strings.CutPrefix(lines.Text(), "# HeapAlloc = "); found {
			return strconv.ParseFloat(value, 64)
		}
	}
	return 0, errors.Join(lines.Err(), fmt.Errorf("the program answered %s and does not say what is on its heap", response.Status))
}

// RSS is the memory of a program in bytes, as the kernel counts it; on systems without
// /proc it is an error.
func (p *Program) RSS() (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID()))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if value, found := strings.CutPrefix(line, "VmRSS:"); found {
			kilobytes, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")), 64)
			return kilobytes * 1024, err
		}
	}
	return 0, fmt.Errorf("the kernel does not say how much memory process %d has", p.PID())
}
