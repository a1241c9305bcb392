package twiliosim

import (
	"path"
	"slices"
)

// Forever as a Count never wears off.
const Forever = -1

// Match picks requests; an empty field picks all. Operation and Path are patterns as path.Match has them, such as "trunk.*".
type Match struct {
	Method    string
	Path      string
	Operation string
	Account   string // of the credentials
}

// Fault is one entry of the fault plan.
type Fault struct {
	Match  Match
	Nth    int // the first matching request that is hit; zero as one
	Count  int // how many are hit from there; zero as one
	Action Action
}

// Injected is a fault that was put into the plan.
type Injected struct {
	simulator  *Simulator
	fault      Fault
	seen, hits int
}

// Inject adds a fault to the plan. Where several want the same request, the one that was added first has it.
func (s *Simulator) Inject(f Fault) *Injected {
	f.Nth, f.Count = max(f.Nth, 1), orOne(f.Count)
	s.mu.Lock()
	defer s.mu.Unlock()
	injected := &Injected{simulator: s, fault: f}
	s.faults = append(s.faults, injected)
	return injected
}

func orOne(count int) int {
	if count == 0 {
		return 1
	}
	return count
}

// ClearFaults empties the plan and ends random faults. Requests that hang go on hanging.
func (s *Simulator) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults, s.background = nil, nil
}

// Remove takes the fault out of the plan.
func (i *Injected) Remove() {
	i.simulator.mu.Lock()
	defer i.simulator.mu.Unlock()
	i.simulator.faults = slices.DeleteFunc(i.simulator.faults, func(other *Injected) bool { return other == i })
}

// Hits is how many requests the fault has met.
func (i *Injected) Hits() int {
	i.simulator.mu.Lock()
	defer i.simulator.mu.Unlock()
	return i.hits
}

// chooseAction counts the request for every fault that matches, so that "the nth" means the same whatever else is planned.
func (s *Simulator) chooseAction(c *call) Action {
	var chosen *Injected
	for _, i := range s.faults {
		if i.due(c) && chosen == nil {
			chosen = i
		}
	}
	if chosen != nil {
		chosen.hits++
		return chosen.fault.Action
	}
	return s.background.choose(c)
}

func (i *Injected) due(c *call) bool {
	if !i.fault.Match.fits(c) {
		return false
	}
	i.seen++
	past := i.seen - i.fault.Nth
	return past >= 0 && (i.fault.Count == Forever || past < i.fault.Count)
}

func (m Match) fits(c *call) bool {
	operation := ""
	if c.operation != nil {
		operation = c.operation.name
	}
	return (m.Method == "" || m.Method == c.request.Method) && (m.Account == "" || m.Account == c.caller) &&
		like(m.Operation, operation) && like(m.Path, c.request.URL.Path)
}

func like(pattern, text string) bool {
	if pattern == "" {
		return true
	}
	fits, err := path.Match(pattern, text)
	return err == nil && fits
}
