package brake

import (
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/types"
)

// A Register keeps the places of those that were admitted until a cache shows that
// they have begun: without it, several workers would see the same place free. It
// need not outlive the process, since who has begun is in the status.
type Register struct {
	mu sync.Mutex
	// admitted by account; nothing is known of them yet but that they may begin.
	admitted map[string][]types.UID
}

// A View lists the numbers of an account that have begun or wait, as they were at
// one moment. It may lag, as caches do; but a later call must not show an earlier
// moment, and a number that asks to be admitted must be in it as it is known to
// the asker, or later.
type View func() ([]Number, error)

// Admit reports whether a number may begin. If so, it has a place from now on. It
// returns the error of the view.
func (r *Register) Admit(account string, uid types.UID, limit int, view View) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	next, err := r.next(account, limit, view)
	if err != nil {
		return false, err
	}
	if slices.ContainsFunc(next, func(n Number) bool { return n.UID == uid }) {
		r.admitted[account] = append(r.admitted[account], uid)
	}
	return slices.Contains(r.admitted[account], uid), nil
}

// Next lists who would be admitted and was not yet. It returns the error of the
// view.
func (r *Register) Next(account string, limit int, view View) ([]Number, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.next(account, limit, view)
}

func (r *Register) next(account string, limit int, view View) ([]Number, error) {
	numbers, err := view()
	if err != nil {
		return nil, err
	}
	// Whoever was admitted and does not wait any more has begun, or was held before it
	// could: the view tells which.
	var admitted []types.UID
	for i := range numbers {
		if !numbers[i].Begun && slices.Contains(r.admitted[account], numbers[i].UID) {
			admitted = append(admitted, numbers[i].UID)
			numbers[i].Begun = true
		}
	}
	r.keep(account, admitted)
	return Next(numbers, limit), nil
}

func (r *Register) keep(account string, admitted []types.UID) {
	if r.admitted == nil {
		r.admitted = map[string][]types.UID{}
	}
	if len(admitted) == 0 {
		delete(r.admitted, account)
		return
	}
	r.admitted[account] = admitted
}
