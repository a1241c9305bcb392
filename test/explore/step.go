package explore

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/callplane/callplane/api/v1alpha1"
)

// A move is how a system is changed: by an event, or else by a visit.
type move struct {
	event *Event
	visit Visit
	// writes counts those to numbers: caches are behind by so many more.
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
	// key, views and scene are those of the system that the step leads to.
	key, scene digest
	views      []digest
	// calm steps are visits without a fault.
	calm, mutates bool
	violations    []string
	effects       []Effect
	branches      [][]Effect
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
	return append(all, w.leaveBehind(s, 0)...)
}

// leaveBehind makes every visit with a cache that is some writes behind: without a
// fault, and then with every fault at every effect.
func (w World) leaveBehind(s *system, lag int) []transition {
	var all []transition
	for _, actor := range w.actors {
		clean := w.repeat(s, move{visit: Visit{Actor: actor, Lag: lag}})
		all = append(all, clean)
		for at, effect := range clean.effects {
			for _, fault := range faults[effect.nature] {
				visit := Visit{Actor: actor, Lag: lag, Injections: []Injection{{Branch: Anywhere, At: at, Fault: fault}}}
				all = append(all, w.repeat(s, move{visit: visit}))
			}
		}
	}
	return all
}

// repeat makes a move in a copy of a system. An event that cannot happen there
// leads nowhere.
func (w World) repeat(s *system, m move) transition {
	to := s.clone()
	t := transition{move: m, to: to}
	if m.event == nil {
		w.visit(&t)
	} else if t.step = m.event.Name; !m.event.happen(to) {
		return transition{}
	}
	t.writes = to.store.Writes(numberKind) - s.store.Writes(numberKind)
	t.violations = append(t.violations, to.check(s)...)
	return w.arrived(t)
}

func (w World) arrived(t transition) transition {
	t.key = t.to.key()
	if w.lags > 0 {
		t.scene, t.views = t.to.views(w.lags)
	}
	return t
}

var numberKind = reflect.TypeFor[*v1alpha1.PhoneNumber]()

func (w World) visit(t *transition) {
	done := t.visit.run(t.to)
	t.step, t.effects, t.violations = t.visit.describe(done), done.wire.effects, done.violations
	t.branches = done.wire.branches()
	t.calm = len(t.visit.Injections)+len(t.visit.Meanwhile) == 0
	t.mutates = slices.ContainsFunc(t.effects, func(e Effect) bool { return e.nature == mutation && e.Changed })
	if t.calm && t.visit.Lag == 0 {
		t.violations = append(t.violations, t.to.truthful()...)
	}
}

// describe says what a visit did, so that it can be done again.
func (v Visit) describe(done *visit) string {
	words := []string{fmt.Sprintf("%s, %d behind", v.Actor.Name, v.Lag)}
	if v.Order != nil {
		words[0] += ", " + v.Order.String()
	}
	if len(v.Meanwhile) > 0 {
		words[0] += fmt.Sprintf(", stopped at %d for %v", v.StoppedAt, v.Meanwhile)
	}
	for at, effect := range done.wire.effects {
		if effect.Fault != None {
			words = append(words, fmt.Sprintf("%s at %d %s", effect.Fault, at, effect))
		}
	}
	return strings.Join(words, ": ")
}
