package fake

import (
	"context"
	"slices"
	"strings"
)

// An Operation is what a provider can be asked for.
type Operation string

// Operations.
const (
	Connect Operation = "connect"
	Verify  Operation = "verify"
	Observe Operation = "observe"
	List    Operation = "list"
	UsedBy  Operation = "usedBy"
	Create  Operation = "create"
	Update  Operation = "update"
	Delete  Operation = "delete"
)

// A Call is one line of the log: what was asked for, and of what. The id is
// that of the request, or of what was made.
type Call struct {
	Operation         Operation
	Account, Kind, ID string
}

// String writes a call as a test wants to read it.
func (c Call) String() string {
	words := []string{string(c.Operation), c.Kind, c.ID}
	return strings.Join(slices.DeleteFunc(words, func(word string) bool { return word == "" }), " ")
}

// A Fault makes calls fail.
type Fault struct {
	// Operation, Account and Kind select calls; empty selects all.
	Operation     Operation
	Account, Kind string
	// Nth of the selected calls fails, from 1; 0 lets all of them fail.
	Nth int
	// Applied faults lose the answer, not the request.
	Applied bool
	// Down lets every later call fail too, without an effect: whoever called is
	// dead, or the network is.
	Down bool
	Err  error

	seen int
}

func (f *Fault) strikes(call Call) bool {
	if f.Down && f.Nth > 0 && f.seen >= f.Nth {
		f.seen++
		return true
	}
	if f.Operation != "" && f.Operation != call.Operation || f.Account != "" && f.Account != call.Account || f.Kind != "" && f.Kind != call.Kind {
		return false
	}
	f.seen++
	return f.Nth == 0 || f.seen == f.Nth
}

// applies reports whether the call that the fault strikes has its effect.
func (f *Fault) applies() bool { return f.Applied && !f.ended() }

// ended reports whether a Down has struck before.
func (f *Fault) ended() bool { return f.Down && f.seen > f.Nth }

// Fail adds a fault.
func (p *Provider) Fail(fault Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, &fault)
}

// Heal removes all faults.
func (p *Provider) Heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = nil
}

// Log returns the calls of the given operations so far, or all of them.
func (p *Provider) Log(operations ...Operation) []Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(p.log), func(call Call) bool {
		return len(operations) > 0 && !slices.Contains(operations, call.Operation)
	})
}

// Forget empties the log.
func (p *Provider) Forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log = nil
}

// do logs a call and carries it out, unless a fault is in the way.
func (p *Provider) do(ctx context.Context, call Call, work func(*Call) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, fault := range p.faults {
		if fault.strikes(call) {
			if fault.applies() {
				_ = work(&call) // nobody hears the answer
			}
			p.log = append(p.log, call)
			return fault.Err
		}
	}
	err := work(&call)
	p.log = append(p.log, call)
	return err
}
