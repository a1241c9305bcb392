package explore

import "slices"

// An arrival is a system that is in a known state, with views of its own.
type arrival struct {
	at     *state
	system *system
	views  []digest
	// sights are those of the views.
	sights []sight
	// carries is how many writes further what is news here can still be seen.
	carries int
}

// A place is a state and what is seen there.
type place struct{ at, view digest }

// arrive queues an arrival whose caches show something that was not shown there
// before.
func (e *explorer) arrive(at *state, t transition) {
	carries := 0
	for i, view := range t.views {
		lag := e.world.lags[i]
		shown := shownAt{place{at.key, view}, lag}
		if view != (digest{}) && !e.shown[shown] {
			e.shown[shown] = true
			carries = max(carries, e.world.carries(lag))
		}
	}
	if carries > 0 {
		e.arrivals = append(e.arrivals, arrival{at: at, system: t.to, views: t.views, sights: e.world.sights(t), carries: carries})
	}
}

// leaveArrivals leaves all arrivals.
func (e *explorer) leaveArrivals() {
	arrivals := e.arrivals
	e.arrivals = nil
	for i := range e.world.lags {
		e.leaveBehind(arrivals, i)
	}
	e.addEach(arrivals, e.carryOn)
}

// leaveBehind makes the visits that see a view, once for all states where they do the
// same; in the others of these it repeats those that led somewhere.
func (e *explorer) leaveBehind(arrivals []arrival, at int) {
	var waiting []arrival
	for _, a := range arrivals {
		here := place{a.at.key, a.views[at]}
		if here.view == (digest{}) || e.done[here] {
			continue
		}
		e.done[here] = true
		a.system.begins(e.world.lags[at])
		waiting = append(waiting, a)
	}
	waiting = e.leaveFirst(waiting, at)
	waiting = e.leaveFirst(waiting, at) // of those that turned out to depend on more
	e.addEach(waiting, func(a arrival) []transition { return e.repeat(a, e.moves[e.decides(a, at)], mostWrites) })
}

// leaveFirst makes every visit where what decides them is new, and returns the others.
func (e *explorer) leaveFirst(arrivals []arrival, at int) (others []arrival) {
	var first []arrival
	for _, a := range arrivals {
		decides := e.decides(a, at)
		if _, known := e.moves[decides]; known {
			others = append(others, a)
			continue
		}
		e.moves[decides] = nil
		first = append(first, a)
	}
	leave := func(a arrival) []transition { return e.world.leaveBehind(a.system, e.world.lags[at]) }
	sideBySide(e.Workers, each(first), leave, func(a arrival, all []transition) {
		seen := a.sights[at].seen
		e.more[seen] = e.more[seen] || slices.ContainsFunc(all, transition.looksUp)
		e.addAll(a.at, e.decides(a, at), all)
	})
	return others
}

// decides is what decides the visits that see a view.
func (e *explorer) decides(a arrival, at int) digest {
	if sight := a.sights[at]; !e.more[sight.seen] {
		return sight.seen
	}
	return a.sights[at].whole
}

// carryOn repeats one step to each state that can be reached from an arrival with
// fewer writes than caches are behind: with it goes what they show. Steps that were
// made from this very system have done so.
func (e *explorer) carryOn(a arrival) []transition {
	var moves []move
	if !a.system.begun[Lag{}] {
		moves = slices.Clone(e.moves[a.at.key])
	}
	for i, view := range a.views {
		if view != (digest{}) && !a.system.begun[e.world.lags[i]] {
			moves = append(moves, e.moves[e.decides(a, i)]...)
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

// addEach adds what is found from each of the arrivals.
func (e *explorer) addEach(arrivals []arrival, find func(arrival) []transition) {
	sideBySide(e.Workers, each(arrivals), find, func(a arrival, all []transition) {
		for _, t := range all {
			e.add(a.at, t)
		}
	})
}
