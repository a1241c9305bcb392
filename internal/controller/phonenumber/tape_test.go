package phonenumber

import (
	"context"
	"errors"
	"slices"
	"testing"
)

// An effect is what a reconcile does to the world: a write to the API server, or
// a call to a provider.
type effect struct {
	visit int
	// what was done, such as "status PhoneNumber" or "create Trunk".
	what string
	// write is one to the API server.
	write bool
	// creates is the kind of what a provider was asked to make.
	creates string
	// fences are conditional writes of the status of a number that is held by the
	// finalizer and not being deleted.
	fences bool
	// intends are the kinds that a status names as about to be created.
	intends []string
	err     error
}

// A tape records effects in their order, and lets a test meddle with each.
type tape struct {
	effects []effect
	// seen counts effects since the last rewind.
	seen int
	// meddle decides what becomes of the nth effect; by default it happens.
	meddle func(nth int, e effect, work func() error) error
	dead   bool
}

// errDied is what every effect answers once the process has died.
var errDied = errors.New("the process has died")

type visitKey struct{}

// take lets an effect happen, or not.
func (t *tape) take(ctx context.Context, e effect, work func() error) error {
	e.visit, _ = ctx.Value(visitKey{}).(int)
	t.seen++
	if t.meddle != nil {
		e.err = t.meddle(t.seen, e, work)
	} else {
		e.err = work()
	}
	t.effects = append(t.effects, e)
	return e.err
}

// rewind counts from anew and lets everything happen again.
func (t *tape) rewind() {
	t.seen, t.meddle, t.dead = 0, nil, false
}

// forget empties the tape.
func (t *tape) forget() {
	t.rewind()
	t.effects = nil
}

// dieAt lets the process die at the nth effect, before or after it.
func (t *tape) dieAt(nth int, applied bool) {
	t.meddle = func(seen int, _ effect, work func() error) error {
		if seen < nth {
			return work()
		}
		if seen == nth && applied {
			_ = work() // nobody hears the answer
		}
		t.dead = true
		return errDied
	}
}

// pauseAt lets something else happen before the nth effect.
func (t *tape) pauseAt(nth int, meanwhile func()) {
	t.meddle = func(seen int, _ effect, work func() error) error {
		if seen == nth {
			t.meddle = nil
			meanwhile()
		}
		return work()
	}
}

// failAt lets the nth effect of a kind fail, without being carried out.
func (t *tape) failAt(what string, nth int, err error) {
	matching := 0
	t.meddle = func(_ int, e effect, work func() error) error {
		if e.what != what {
			return work()
		}
		matching++
		if matching == nth || nth == 0 {
			return err
		}
		return work()
	}
}

// happened lists what was done, in order; what failed is marked.
func (t *tape) happened() []string {
	var all []string
	for _, e := range t.effects {
		what := e.what
		if e.err != nil {
			what += " (failed)"
		}
		all = append(all, what)
	}
	return all
}

// writes lists the writes to the API server.
func (t *tape) writes() []string {
	return t.chosen(func(e effect) bool { return e.write })
}

// calls lists the calls to the providers.
func (t *tape) calls() []string {
	return t.chosen(func(e effect) bool { return !e.write })
}

// creates lists the kinds of what was made.
func (t *tape) creates() []string {
	return t.chosen(func(e effect) bool { return e.creates != "" && e.err == nil })
}

func (t *tape) chosen(wanted func(effect) bool) []string {
	var all []string
	for _, e := range t.effects {
		if wanted(e) {
			all = append(all, e.what)
		}
	}
	return all
}

// audit holds every create against invariant I6: a fence stands before it in
// its own visit, and the last one that was accepted intends it.
func (w *world) audit(t *testing.T) {
	t.Helper()
	for i, e := range w.effects {
		if e.creates == "" || e.err != nil {
			continue
		}
		fence := slices.IndexFunc(w.effects[:i], func(earlier effect) bool {
			return earlier.visit == e.visit && earlier.fences && earlier.err == nil && slices.Contains(earlier.intends, e.creates)
		})
		if fence < 0 {
			t.Errorf("%s was not intended by a conditional write in its own visit:\n%q", e.what, w.happened()[:i+1])
		}
	}
}
