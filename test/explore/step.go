package explore

import (
	"fmt"
	"slices"
	"strings"
)

// A move is how a system is changed: by an event, or else by a visit.
type move struct {
	event *Event
	visit Visit
	// writes are those that caches are behind by more.
	writes int
}

func (m move) String() string {
	if m.event != nil {
		return m.event.Name
	}
	return m.visit.Actor.Name
}

// A transition is a step from a system to the one that it leads to.
type transition struct {
	move

	step string
	to   *system
	// before are the steps that led to where it begins.
	before *trail
	// portrait is that of the system that the step leads to.
	portrait
	// calm steps are visits without a fault that see things as they are: a cache that
	// falls back again and again would lead in circles.
	calm, mutates bool
	violations    []string
	effects       []Effect
	branches      [][]Effect
	// moments are what was there after each effect that changed something, and else nil.
	moments []*system
}

// leave takes every step from a system in which the cache is up to date.
func (w World) leave(s *system) []transition {
	var all []transition
	for _, event := range w.allEvents() {
		if t := w.repeat(s, move{event: &event}); t.to != nil {
			all = append(all, t)
		}
	}
	if w.pairwise {
		for _, actor := range w.actors {
			all = append(all, w.pairs(s, actor)...)
		}
	}
	if w.rivals {
		for _, actor := range w.actors {
			all = append(all, w.rivalry(s, actor)...)
		}
	}
	return append(all, w.leaveBehind(s, Lag{})...)
}

// leaveBehind makes every visit with a cache that lags, or does not: without a
// fault, and then with every fault at every effect.
func (w World) leaveBehind(s *system, lag Lag) []transition {
	defer s.heard.forget()
	var all []transition
	for _, actor := range w.actors {
		clean := w.repeat(s, move{visit: Visit{Actor: actor, Lag: lag, watched: true}})
		all = append(all, clean)
		if !actor.unharmed && s.mayFail != 0 {
			all = append(all, w.crashes(s, clean)...)
			if w.faultsBehind || lag == (Lag{}) {
				all = append(all, w.faults(s, clean)...)
			}
		}
	}
	return all
}

// faults makes a visit again with every fault that it survives at every effect.
func (w World) faults(s *system, clean transition) []transition {
	var all []transition
	for at, effect := range clean.effects {
		for _, fault := range faults[effect.nature] {
			if survived(fault) {
				all = append(all, w.repeat(s, clean.spoilt(at, fault)))
			}
		}
	}
	return all
}

// spoilt is the same visit with a fault.
func (t transition) spoilt(at int, fault Fault) move {
	visit := t.visit
	visit.Injections, visit.watched = []Injection{{Branch: Anywhere, At: at, Fault: fault}}, false
	return move{visit: visit}
}

// crashes are the deaths in a visit. They need not be gone through: what is left is
// what was there after so many effects.
func (w World) crashes(s *system, clean transition) []transition {
	var all []transition
	last := w.arrived(s, transition{to: s.clone().failing()})
	for at, effect := range clean.effects {
		next := last
		if moment := clean.moments[at]; moment != nil {
			next = w.arrived(s, transition{to: moment.failing()})
		}
		all = append(all, last.death(clean, at, CrashBefore))
		if slices.Contains(faults[effect.nature], CrashAfter) {
			all = append(all, next.death(clean, at, CrashAfter))
		}
		last = next
	}
	return all
}

// death is the step to what is left by a visit that dies at an effect.
func (t transition) death(clean transition, at int, crash Fault) transition {
	writes := t.writes
	t.move = clean.spoilt(at, crash)
	t.writes = writes
	t.effects = slices.Clone(clean.effects[:at+1])
	t.effects[at].Fault, t.effects[at].Changed = crash, crash == CrashAfter && t.effects[at].Changed
	t.step = t.visit.describe(t.effects)
	return t
}

// repeat makes a move in a copy of a system. An event that cannot happen there
// leads nowhere.
func (w World) repeat(s *system, m move) transition {
	t := transition{move: m, to: s.clone()}
	if m.event == nil {
		if len(m.visit.Injections) > 0 {
			t.to.failing()
		}
		w.visit(s, &t)
	} else if t.step = m.event.Name; !m.event.happen(t.to) {
		return transition{}
	}
	return w.arrived(s, t)
}

// arrived looks at the system to which a step has led.
func (w World) arrived(from *system, t transition) transition {
	t.before, t.writes = from.trail, w.writes(from, t.to)
	if from.pictured != nil && t.stays() {
		t.to.pictured = from.pictured
	} else {
		t.violations = append(t.violations, t.to.check(from)...)
		t.to.pictured = new(t.to.portrait(w.lags))
	}
	t.portrait = *t.to.pictured
	return t
}

// stays reports whether a step was a visit that changed nothing.
func (t transition) stays() bool {
	visited := t.visit.Actor.reconcile != nil && len(t.visit.Meanwhile) == 0
	return visited && !slices.ContainsFunc(t.effects, func(e Effect) bool { return e.Changed })
}

// visit makes the visit of a step from a system.
func (w World) visit(s *system, t *transition) {
	visit := t.visit
	if len(visit.Meanwhile) == 0 {
		visit.heard = &s.heard
	}
	done := visit.run(t.to)
	t.effects, t.branches, t.violations, t.moments = done.wire.effects, done.wire.branches(), done.violations, done.moments
	t.step = t.visit.describe(t.effects)
	t.calm = len(t.visit.Injections)+len(t.visit.Meanwhile) == 0 && t.visit.Lag == Lag{}
	t.mutates = slices.ContainsFunc(t.effects, func(e Effect) bool { return e.nature == mutation && e.Changed })
	if t.calm {
		t.violations = append(t.violations, t.to.truthful(done.seen)...)
	}
}

// describe says what a visit did, so that it can be done again.
func (v Visit) describe(effects []Effect) string {
	words := []string{fmt.Sprintf("%s, %s", v.Actor.Name, v.Lag)}
	if v.Order != nil {
		words[0] += ", " + v.Order.String()
	}
	if len(v.Meanwhile) > 0 {
		words[0] += fmt.Sprintf(", stopped at %d for %v", v.StoppedAt, v.Meanwhile)
	}
	for at, effect := range effects {
		if effect.Fault != None {
			words = append(words, fmt.Sprintf("%s at %d %s", effect.Fault, at, effect))
		}
	}
	return strings.Join(words, ": ")
}
