package budget

import (
	"context"
	"slices"
)

// places bound how many calls are under way: whoever asks for one while all are taken
// waits until it is his turn. How many there may be is found out: a provider that has too
// many is given fewer, and then step by step more again. It is guarded by its account.
type places struct {
	ceiling
	taken   int
	waiting []chan struct{}
}

// bounded reports whether there is a bound at all.
func (p *places) bounded() bool { return p.most > 0 }

func (p *places) free() bool { return !p.bounded() || p.taken < p.size }

// fill lets in whoever waits while there are places.
func (p *places) fill() {
	for len(p.waiting) > 0 && p.free() {
		p.taken++
		close(p.waiting[0])
		p.waiting = p.waiting[1:]
	}
}

// take waits for a place, in the order of asking.
func (a *Account) take(ctx context.Context) error {
	a.mu.Lock()
	if len(a.places.waiting) == 0 && a.places.free() {
		a.places.taken++
		a.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	a.places.waiting = append(a.places.waiting, turn)
	a.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	before := len(a.places.waiting)
	a.places.waiting = slices.DeleteFunc(a.places.waiting, func(other chan struct{}) bool { return other == turn })
	if len(a.places.waiting) == before {
		a.giveBack() // it was just given
	}
	return ctx.Err()
}

// giveBack frees a place.
func (a *Account) giveBack() {
	a.places.taken--
	a.places.fill()
}
