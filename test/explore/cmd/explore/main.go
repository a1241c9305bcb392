// Command explore goes through every state of the worlds in which Callplane's
// promise is checked, prints what each effect met and every violation as a schedule
// that it can replay, and fails if there are any.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/callplane/callplane/test/explore"
)

func main() {
	only := flag.String("world", "", "explore this world alone, such as W1")
	schedule := flag.String("replay", "", "go through this schedule of the world instead, and print what happens")
	limit := flag.Int("limit", 20, "end a world after so many violations")
	flag.Parse()
	worlds := chosen(*only)
	if len(worlds) == 0 {
		fatal(fmt.Errorf("there is no world %q; there are %s", *only, names()))
	}
	if *schedule != "" {
		if err := explore.Replay(worlds[0], *schedule, os.Stdout); err != nil {
			fatal(err)
		}
		return
	}
	if run(worlds, *limit) > 0 {
		os.Exit(1)
	}
}

// run explores the worlds and returns the number of violations.
func run(worlds []explore.World, limit int) int {
	var states, transitions, violations int
	matrix := explore.Matrix{}
	for _, report := range explored(worlds, limit) {
		states, transitions, violations = states+report.States, transitions+report.Transitions, violations+len(report.Violations)
		matrix.Add(report.Matrix)
	}
	if err := matrix.Print(os.Stdout); err != nil {
		fatal(err)
	}
	if uncovered := matrix.Uncovered(); len(uncovered) > 0 && len(worlds) > 1 {
		fmt.Printf("never met: %q\n", uncovered)
		violations += len(uncovered)
	}
	fmt.Printf("explore: %d states, %d transitions, %d violations\n", states, transitions, violations)
	return violations
}

// explored explores the worlds and prints what is found in each. Two are under way at
// a time: no core waits while the last steps of one are made.
func explored(worlds []explore.World, limit int) []explore.Report {
	defer explore.Hurry()()
	reports := make([]explore.Report, len(worlds))
	var group errgroup.Group
	group.SetLimit(2)
	for i, world := range worlds {
		group.Go(func() error {
			reports[i] = explore.Explore(world, explore.Options{Workers: runtime.NumCPU(), Limit: limit, Watch: watch()})
			fmt.Print(found(reports[i], limit))
			return nil
		})
	}
	_ = group.Wait() // none fails
	return reports
}

// found is a report with the schedules of its violations.
func found(report explore.Report, limit int) string {
	var text strings.Builder
	fmt.Fprintln(&text, report)
	for _, violation := range report.Violations[:min(limit, len(report.Violations))] {
		fmt.Fprintf(&text, "  %s\n    -world %q -replay %q\n", violation.What, report.World, violation.Schedule())
	}
	return text.String()
}

// watch says how far a world is, at most twice a minute.
func watch() func(explore.Report, int) {
	next := 30.0
	return func(r explore.Report, waiting int) {
		if r.Seconds >= next {
			next = r.Seconds + 30
			fmt.Fprintf(os.Stderr, "  %s, %d wait\n", r, waiting)
		}
	}
}

func chosen(name string) []explore.World {
	var worlds []explore.World
	for _, world := range explore.Worlds() {
		if name == "" || world.Name == name {
			worlds = append(worlds, world)
		}
	}
	return worlds
}

func names() string {
	var names []string
	for _, world := range explore.Worlds() {
		names = append(names, world.Name)
	}
	return strings.Join(names, ", ")
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(2)
}
