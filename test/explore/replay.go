package explore

import (
	"fmt"
	"io"
	"strings"
)

// arrow stands between the steps of a schedule.
const arrow = " -> "

// Schedule writes the way to a violation as Replay reads it.
func (v Violation) Schedule() string { return strings.Join(v.Path, arrow) }

// Replay goes through a schedule of a world again and writes down what happens: the
// effects of each visit, what is wrong after it, and the state that it leads to.
func Replay(world World, schedule string, out io.Writer) error {
	s := world.newSystem()
	for step := range strings.SplitSeq(schedule, arrow) {
		if step == begins {
			continue
		}
		t, ok := world.find(s, step)
		if !ok {
			return fmt.Errorf("there is no step %q from here:\n%s", step, s.text())
		}
		fmt.Fprintf(out, "\n%s\n", t.step)
		for _, effect := range t.effects {
			fmt.Fprintf(out, "    %s %s\n", effect, effect.Fault)
		}
		for _, violation := range t.violations {
			fmt.Fprintf(out, "  ! %s\n", violation)
		}
		s = t.to
		fmt.Fprint(out, indented(s.text()))
	}
	if problem := world.settles(s, map[digest]bool{}); problem != "" {
		fmt.Fprintf(out, "  ! ESR: %s\n", problem)
	}
	return nil
}

// find makes the step with a description.
func (w World) find(s *system, step string) (transition, bool) {
	all := w.leave(s)
	for _, lag := range w.lags {
		all = append(all, w.leaveBehind(s, lag)...)
	}
	for _, t := range all {
		if t.step == step {
			return t, true
		}
	}
	return transition{}, false
}

func indented(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  ") + "\n"
}
