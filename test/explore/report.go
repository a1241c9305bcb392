package explore

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
)

// A Violation is a promise that was broken, and the way there.
type Violation struct {
	What string
	Path []string
}

// A Report is what an exploration has found.
type Report struct {
	World string
	// States of the world, and Views that a cache that is behind may show in them.
	States, Views int
	Transitions   int
	Seconds       float64
	Violations    []Violation
	// Matrix counts how often each effect met each fault.
	Matrix Matrix
}

// String is the report in a line.
func (r Report) String() string {
	return fmt.Sprintf("%s: %d states, %d views, %d transitions, %d violations, %.1f s", r.World, r.States, r.Views, r.Transitions, len(r.Violations), r.Seconds)
}

// A Matrix counts faults by effect.
type Matrix map[string]map[Fault]int

func (m Matrix) count(effects []Effect) {
	for _, effect := range effects {
		if m[effect.Name] == nil {
			m[effect.Name] = map[Fault]int{}
			for _, fault := range faults[effect.nature] {
				m[effect.Name][fault] = 0
			}
		}
		if effect.Fault != None {
			m[effect.Name][effect.Fault]++
		}
	}
}

// Uncovered lists what an effect never met.
func (m Matrix) Uncovered() []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		for fault, count := range m[name] {
			if count == 0 {
				all = append(all, name+": "+string(fault))
			}
		}
	}
	return all
}

// Add puts another matrix into this one.
func (m Matrix) Add(other Matrix) {
	for name, counts := range other {
		if m[name] == nil {
			m[name] = map[Fault]int{}
		}
		for fault, count := range counts {
			m[name][fault] += count
		}
	}
}

// every fault, in the order of the columns.
var every = []Fault{CrashBefore, CrashAfter, Unauthorized, NotFound, Conflict, Throttled, Unavailable, AppliedAndError, Reset, Malformed, NotYetListed}

// Print writes the matrix as a table, and how much of it is covered. A fault that an
// effect cannot meet is a dash.
func (m Matrix) Print(out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, "effect")
	for _, fault := range every {
		fmt.Fprintf(table, "\t%s", fault)
	}
	cells, covered := 0, 0
	for _, name := range slices.Sorted(maps.Keys(m)) {
		fmt.Fprintf(table, "\n%s", name)
		for _, fault := range every {
			count, possible := m[name][fault]
			if !possible {
				fmt.Fprint(table, "\t-")
				continue
			}
			cells++
			if count > 0 {
				covered++
			}
			fmt.Fprintf(table, "\t%d", count)
		}
	}
	fmt.Fprintln(table)
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "%d effects, %d of %d pairs of effect and fault covered\n", len(m), covered, cells)
	return err
}
