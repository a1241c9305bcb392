package explore

import (
	"fmt"

	"github.com/callplane/callplane/internal/engine"
)

// An Order lets one branch of a teardown come as far as some effects, then all
// others to their end, and then the first go on. Branches work at different
// providers and write nothing to the API server, so their effects change places
// without a difference; a crash is all that tells how far each has come.
type Order struct {
	// First branch, counted from zero, and how many effects it has before others.
	First, Effects int
}

func (o Order) String() string {
	return fmt.Sprintf("branch %d first for %d effects", o.First, o.Effects)
}

// scheduler runs the branches in the order, on goroutines that take turns.
func (o Order) scheduler(w *wire) engine.Scheduler {
	return func(branches ...func()) {
		if o.First >= len(branches) {
			engine.Serial(branches...)
			return
		}
		paused, resume, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
		w.enter(o.First)
		w.pause = func() {
			if w.branch != o.First || w.carried[o.First] < o.Effects || w.resumed {
				return
			}
			paused <- struct{}{}
			<-resume
		}
		go func() {
			branches[o.First]()
			close(ended)
		}()
		select {
		case <-paused:
			o.others(w, branches)
			w.enter(o.First)
			w.resumed = true
			resume <- struct{}{}
			<-ended
		case <-ended:
			o.others(w, branches)
		}
		w.enter(Anywhere)
	}
}

func (o Order) others(w *wire, branches []func()) {
	for i, branch := range branches {
		if i != o.First {
			w.enter(i)
			branch()
		}
	}
}

// toItsEnd is more effects than any branch has.
const toItsEnd = 1000

// pairs spoils two effects of a teardown that has two branches: every pair of
// faults that both branches survive, and every crash of one branch with the other
// as far as it can be by then, spoilt or not. Of faults that leave a branch alike one
// is taken: what one branch meets makes no difference to the other.
func (w World) pairs(s *system, actor Actor) []transition {
	alone := Visit{Actor: actor, Order: &Order{Effects: toItsEnd}}
	whole := w.repeat(s, move{visit: alone})
	if len(whole.branches) != 2 {
		return nil
	}
	spoils := [][]Injection{w.different(s, alone, 0, whole.branches[0]), w.different(s, alone, 1, whole.branches[1])}
	visits := bothSurvive(spoils)
	for crashing := range whole.branches {
		visits = append(visits, oneCrashes(crashing, whole.branches, spoils)...)
	}
	var all []transition
	for _, visit := range visits {
		visit.Actor = actor
		all = append(all, w.repeat(s, move{visit: visit}))
	}
	return all
}

// different are faults that a branch survives, one for each state that they lead to.
func (w World) different(s *system, alone Visit, branch int, effects []Effect) []Injection {
	var all []Injection
	led := map[digest]bool{}
	for _, injection := range injections(branch, effects, survived) {
		alone.Injections = []Injection{injection}
		if to := w.repeat(s, move{visit: alone}).key; !led[to] {
			led[to] = true
			all = append(all, injection)
		}
	}
	return all
}

func bothSurvive(spoils [][]Injection) []Visit {
	var visits []Visit
	for _, one := range spoils[0] {
		for _, other := range spoils[1] {
			visits = append(visits, Visit{Order: &Order{Effects: toItsEnd}, Injections: []Injection{one, other}})
		}
	}
	return visits
}

// oneCrashes lets a branch crash when the other has come to each of its effects,
// or was spoilt there and came to its end.
func oneCrashes(crashing int, branches [][]Effect, spoils [][]Injection) []Visit {
	other := 1 - crashing
	var visits []Visit
	for _, crash := range injections(crashing, branches[crashing], crashes) {
		for effects := range len(branches[other]) + 1 {
			visits = append(visits, Visit{Order: &Order{First: other, Effects: effects}, Injections: []Injection{crash}})
		}
		for _, spoilt := range spoils[other] {
			for _, effects := range []int{spoilt.At + 1, toItsEnd} {
				visits = append(visits, Visit{Order: &Order{First: other, Effects: effects}, Injections: []Injection{spoilt, crash}})
			}
		}
	}
	return visits
}

// injections lists each fault of a sort at each effect of a branch.
func injections(branch int, effects []Effect, sort func(Fault) bool) []Injection {
	var all []Injection
	for at, effect := range effects {
		for _, fault := range faults[effect.nature] {
			if sort(fault) {
				all = append(all, Injection{Branch: branch, At: at, Fault: fault})
			}
		}
	}
	return all
}

func crashes(f Fault) bool  { return f == CrashBefore || f == CrashAfter }
func survived(f Fault) bool { return !crashes(f) }
