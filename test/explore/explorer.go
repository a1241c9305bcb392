package explore

import (
	"runtime/debug"
	"time"
)

// A state is a system in which no visit is under way, and how it came about. What a
// cache may still show is not part of it: one state has many views.
type state struct {
	id  int
	key digest
	// system waits to be left by every step, with as many faults to come as it has; nil
	// once that has begun.
	system  *system
	mayFail int
	// parent and step say how the state was reached first.
	parent *state
	step   string
	// calm are the visits without a fault.
	calm []edge
}

// path lists the steps from the beginning.
func (s *state) path() []string {
	if s.parent == nil {
		return nil
	}
	return append(s.parent.path(), s.step)
}

// An explorer goes through the states of a world.
type explorer struct {
	Options

	world  World
	begun  time.Time
	report Report

	known map[digest]*state
	quiet map[digest]bool
	// fresh states are to be left by every visit that sees things as they are, and
	// by every event; arrivals by visits that see one of their views.
	fresh    []*state
	arrivals []arrival
	// moves are, by what decides them, one step for each state that can be reached.
	moves map[digest][]move
	// more says of what is seen that visits depend on more.
	more map[digest]bool
	// done are the states and views that were left by every visit, shown those
	// that were carried on from there.
	done  map[place]bool
	shown map[shownAt]bool
}

// begins is the step that leads to the first state.
const begins = "begin"

// Options say how to explore.
type Options struct {
	// Workers make steps at the same time.
	Workers int
	// Limit ends a world after so many violations.
	Limit int
	// Watch is told how far it is, and how many states and arrivals wait; may be nil.
	Watch func(Report, int)
}

// Hurry lets garbage wait until it is worth while: next to nothing of what a step needs
// is kept. It returns what undoes that.
func Hurry() (undo func()) {
	percent, limit := debug.SetGCPercent(2400), debug.SetMemoryLimit(3<<30)
	return func() {
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
	}
}

// Explore goes to the fixpoint. Worlds may be explored at the same time.
func Explore(world World, options Options) Report {
	e := &explorer{
		Options: options, world: world,
		known: map[digest]*state{}, quiet: map[digest]bool{}, moves: map[digest][]move{}, more: map[digest]bool{},
		done: map[place]bool{}, shown: map[shownAt]bool{},
	}
	e.report = Report{World: world.Name, Matrix: Matrix{}}
	e.begun = time.Now()
	begin := world.newSystem()
	e.add(nil, world.arrived(begin, transition{step: begins, to: begin}))
	for e.goesOn() {
		if len(e.fresh) > 0 {
			e.leaveFresh()
		} else {
			e.leaveArrivals()
		}
	}
	e.report.Violations = append(e.report.Violations, e.hotLoops()...)
	return e.reported()
}

func (e *explorer) reported() Report {
	e.report.States, e.report.Views, e.report.Seconds = len(e.known), len(e.done), time.Since(e.begun).Seconds()
	return e.report
}

// goesOn reports whether there is more to explore, and not enough wrong yet.
func (e *explorer) goesOn() bool {
	return len(e.fresh)+len(e.arrivals) > 0 && len(e.report.Violations) < e.Limit
}

// leaveFresh leaves the states that are waiting, and those that come to wait meanwhile.
func (e *explorer) leaveFresh() {
	type departure struct {
		state  *state
		system *system
	}
	next := func() (departure, bool) {
		if len(e.fresh) == 0 || !e.goesOn() {
			return departure{}, false
		}
		s := e.fresh[0]
		d := departure{s, s.system}
		e.fresh, s.system = e.fresh[1:], nil
		return d, true
	}
	sideBySide(e.Workers, next, func(d departure) []transition { return e.world.leave(d.system) }, func(d departure, all []transition) {
		e.addAll(d.state, d.state.key, all)
		d.system.begins(Lag{})
	})
}

// addAll adds the steps from a state, and notes one to each state that they reach
// with so many writes. A visit that leads back without any takes nothing along.
func (e *explorer) addAll(from *state, seen digest, transitions []transition) {
	type end struct{ state, writes int }
	e.moves[seen] = nil
	reached := map[end]bool{}
	for _, t := range transitions {
		at := end{state: e.add(from, t).id, writes: t.writes}
		back := t.event == nil && at == end{state: from.id}
		if !back && !reached[at] {
			reached[at] = true
			e.moves[seen] = append(e.moves[seen], t.move)
		}
	}
	if e.Watch != nil {
		e.Watch(e.reported(), len(e.fresh)+len(e.arrivals))
	}
}

// add counts a step and queues the state and the views that it leads to, if they
// are new.
func (e *explorer) add(from *state, t transition) *state {
	e.report.Transitions++
	e.report.Matrix.count(t.effects)
	t.to.trail = &trail{step: t.step, before: t.before}
	for _, violation := range t.violations {
		e.violate(violation, t.to)
	}
	to, known := e.known[t.key]
	if !known {
		to = &state{id: len(e.known), key: t.key, parent: from, step: t.step}
		e.known[t.key] = to
		if problem := e.world.settles(t.to, e.quiet); problem != "" {
			e.violate("ESR: "+problem, t.to)
		}
	}
	if !known || t.to.mayFail > to.mayFail {
		e.queue(to, t.to)
	}
	if from != nil && t.calm {
		from.calm = append(from.calm, edge{to: to, mutates: t.mutates, step: t.step})
	}
	e.arrive(to, t)
	return to
}

// queue lets every step be taken from a state, for the first time or once more since
// more faults can follow.
func (e *explorer) queue(s *state, system *system) {
	if s.system == nil {
		e.fresh = append(e.fresh, s)
	}
	s.system, s.mayFail = system, system.mayFail
}

func (e *explorer) violate(what string, at *system) {
	e.report.Violations = append(e.report.Violations, Violation{What: what, Path: at.trail.steps()})
}
