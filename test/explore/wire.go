package explore

import (
	"errors"
	"fmt"
)

// An Effect is one exchange between the manager and the world: a live read or a
// write of the API server, or a call to a provider.
type Effect struct {
	// Name is what a failpoint calls the effect.
	Name string
	// Nth counts the effects of the same name within a visit, from one.
	Nth int
	// Fault is what became of it.
	Fault Fault
	// Changed says that it changed something, whatever was answered.
	Changed bool

	nature nature
	branch int
}

func (e Effect) String() string { return fmt.Sprintf("%s #%d", e.Name, e.Nth) }

// An Injection spoils an effect of a visit, by its place among the effects of a
// branch, or among all.
type Injection struct {
	// Branch of a teardown, counted from zero; Anywhere for any.
	Branch int
	At     int
	Fault  Fault
}

// Anywhere in a visit, outside of branches too.
const Anywhere = -1

// errDied is what every effect answers once the process has died.
var errDied = errors.New("the process has died")

// A wire carries the effects of one visit, numbers them and spoils those it is
// told to spoil.
type wire struct {
	injections []Injection
	effects    []Effect
	// dead says that the process has died.
	dead bool
	// branch that the effects are of, and how many each has had.
	branch  int
	carried map[int]int
	// pause is called before each effect, and done after it with whether it changed
	// anything; nil for nothing.
	pause   func()
	done    func(changed bool)
	resumed bool
}

func newWire(injections []Injection) *wire {
	return &wire{injections: injections, branch: Anywhere, carried: map[int]int{}}
}

// enter says which branch the next effects are of.
func (w *wire) enter(branch int) { w.branch = branch }

// carry lets an effect happen: change carries it out and reports whether it
// changed anything, answer is told the fault and what change returned.
func carry[T any](w *wire, name string, of nature, change func() (T, bool), answer func(Fault, T) (T, error)) (T, error) {
	var none T
	if w.pause != nil {
		w.pause()
	}
	if w.dead {
		return none, errDied
	}
	fault := w.next(name, of)
	if fault == CrashBefore {
		w.dead = true
		return none, errDied
	}
	result := none
	if fault.applied() {
		result, w.effects[len(w.effects)-1].Changed = change()
	}
	if w.done != nil {
		w.done(w.effects[len(w.effects)-1].Changed)
	}
	if fault == CrashAfter {
		w.dead = true
		return none, errDied
	}
	return answer(fault, result)
}

// next puts an effect on the wire and says what is to become of it.
func (w *wire) next(name string, of nature) Fault {
	effect := Effect{Name: name, Nth: 1, nature: of, branch: w.branch}
	for _, earlier := range w.effects {
		if earlier.Name == name {
			effect.Nth++
		}
	}
	for _, injection := range w.injections {
		at := len(w.effects)
		if injection.Branch != Anywhere {
			at = w.carried[injection.Branch]
		}
		if injection.At == at && (injection.Branch == Anywhere || injection.Branch == w.branch) {
			effect.Fault = injection.Fault
		}
	}
	w.carried[w.branch]++
	w.effects = append(w.effects, effect)
	return effect.Fault
}

// branches lists the effects by branch; there are none where nothing branched.
func (w *wire) branches() [][]Effect {
	var all [][]Effect
	for _, effect := range w.effects {
		if effect.branch == Anywhere {
			continue
		}
		for len(all) <= effect.branch {
			all = append(all, nil)
		}
		all[effect.branch] = append(all[effect.branch], effect)
	}
	return all
}
