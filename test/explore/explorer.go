package explore

import (
	"runtime/debug"
	"slices"
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

// An arrival is a system that is in a known state, with views of its own.
type arrival struct {
	at     *state
	system *system
	views  []digest
	// scene is what of the state matters to a visit that sees a view: such a visit
	// has its writes refused, so what only decides what is written is left out.
	scene digest
	// carries is how many writes further what is news here can still be seen.
	carries int
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
	// moves are, by state or by scene and view, one step for each place that can be
	// reached.
	moves map[place][]move
	// done are the states and views that were left by every visit, shown those
	// that were carried on from there.
	done  map[place]bool
	shown map[sight]bool
}

// A place is a state or a scene and what is seen there: nothing for things as they
// are.
type place struct{ at, view digest }

// A sight is a view that is so many writes behind.
type sight struct {
	place
	lag int
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
		known: map[digest]*state{}, quiet: map[digest]bool{}, moves: map[place][]move{},
		done: map[place]bool{}, shown: map[sight]bool{},
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
		e.addAll(d.state, place{at: d.state.key}, all)
		d.system.begun[0] = true
	})
}

// leaveArrivals leaves all arrivals.
func (e *explorer) leaveArrivals() {
	arrivals := e.arrivals
	e.arrivals = nil
	for lag := 1; lag <= e.world.lags; lag++ {
		e.leaveBehind(arrivals, lag)
	}
	e.addEach(arrivals, e.carryOn)
}

// leaveBehind makes the visits that see a view, once for each scene and view; in
// the other states of a scene it repeats those that led somewhere.
func (e *explorer) leaveBehind(arrivals []arrival, lag int) {
	var first, again []arrival
	for _, a := range arrivals {
		here, scene := place{a.at.key, a.views[lag-1]}, place{a.scene, a.views[lag-1]}
		if here.view == (digest{}) || e.done[here] {
			continue
		}
		e.done[here], a.system.begun[lag] = true, true
		if _, known := e.moves[scene]; known {
			again = append(again, a)
			continue
		}
		e.moves[scene] = nil
		first = append(first, a)
	}
	sideBySide(e.Workers, each(first), func(a arrival) []transition { return e.world.leaveBehind(a.system, lag) }, func(a arrival, all []transition) {
		e.addAll(a.at, place{a.scene, a.views[lag-1]}, all)
	})
	e.addEach(again, func(a arrival) []transition { return e.repeat(a, e.moves[place{a.scene, a.views[lag-1]}], mostWrites) })
}

// carryOn repeats one step to each state that can be reached from an arrival with
// fewer writes than caches are behind: with it goes what they show. Steps that were
// made from this very system have done so.
func (e *explorer) carryOn(a arrival) []transition {
	var moves []move
	if !a.system.begun[0] {
		moves = slices.Clone(e.moves[place{at: a.at.key}])
	}
	for i, view := range a.views {
		if view != (digest{}) && !a.system.begun[i+1] {
			moves = append(moves, e.moves[place{a.scene, view}]...)
		}
	}
	return e.repeat(a, moves, a.carries)
}

// mostWrites is more than any visit makes.
const mostWrites = 1000

func (e *explorer) repeat(a arrival, moves []move, writes int) []transition {
	defer a.system.heard.forget()
	var all []transition
	for _, move := range moves {
		if move.writes >= writes {
			continue
		}
		if t := e.world.repeat(a.system, move); t.to != nil {
			all = append(all, t)
		}
	}
	return all
}

// addAll adds the steps from a state, and notes one to each state that they reach
// with so many writes. A visit that leads back without any takes nothing along.
func (e *explorer) addAll(from *state, seen place, transitions []transition) {
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

// addEach adds what is found from each of the arrivals.
func (e *explorer) addEach(arrivals []arrival, find func(arrival) []transition) {
	sideBySide(e.Workers, each(arrivals), find, func(a arrival, all []transition) {
		for _, t := range all {
			e.add(a.at, t)
		}
	})
}

// add counts a step and queues the state and the views that it leads to, if they
// are new.
func (e *explorer) add(from *state, t transition) *state {
	e.report.Transitions++
	e.report.Matrix.count(t.effects)
	for _, violation := range t.violations {
		e.violate(violation, from, t.step)
	}
	to, known := e.known[t.key]
	if !known {
		to = &state{id: len(e.known), key: t.key, parent: from, step: t.step}
		e.known[t.key] = to
		if problem := e.world.settles(t.to, e.quiet); problem != "" {
			e.violate("ESR: "+problem, from, t.step)
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

// arrive queues an arrival whose caches show something that was not shown there
// before.
func (e *explorer) arrive(at *state, t transition) {
	carries := 0
	for lag, view := range t.views {
		shown := sight{place{at.key, view}, lag}
		if view != (digest{}) && !e.shown[shown] {
			e.shown[shown] = true
			carries = max(carries, len(t.views)-lag)
		}
	}
	if carries > 0 {
		e.arrivals = append(e.arrivals, arrival{at: at, system: t.to, views: t.views, scene: t.scene, carries: carries})
	}
}

func (e *explorer) violate(what string, from *state, step string) {
	path := []string{step}
	if from != nil {
		path = append(from.path(), step)
	}
	e.report.Violations = append(e.report.Violations, Violation{What: what, Path: path})
}
