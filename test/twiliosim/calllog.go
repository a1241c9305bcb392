package twiliosim

import (
	"slices"
	"time"
)

// Call is one request in the log. It has neither parameters nor passwords.
type Call struct {
	Seq       int
	Time      time.Time
	Answered  time.Time // zero while unanswered
	Operation string    // such as trunk.create; empty for a path that Twilio does not have
	Method    string
	Path      string
	Account   string // of the credentials; empty when they open none
	User      string // user name of the credentials: an account SID or a key SID
	Status    int    // zero while unanswered, and for good when the connection was cut or hung
	Code      int    // Twilio's error code
	Applied   bool   // whether the request changed anything, whatever it was answered
	Fault     string // the fault that hit it
	UserAgent string
}

// Calls returns the log since the start or the last ResetLog, in the order of arrival.
func (s *Simulator) Calls() []Call { return s.CallsSince(0) }

// CallsSince returns the calls with a sequence number over seq.
func (s *Simulator) CallsSince(seq int) []Call {
	return s.filterCalls(func(c Call) bool { return c.Seq > seq })
}

// CallCount is how many calls are in the log.
func (s *Simulator) CallCount() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.calls)
}

// Mutations returns the calls that changed something.
func (s *Simulator) Mutations() []Call {
	return s.filterCalls(func(c Call) bool { return c.Applied })
}

// ResetLog empties the log. Sequence numbers go on.
func (s *Simulator) ResetLog() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = nil
}

func (s *Simulator) filterCalls(keep func(Call) bool) []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.calls), func(c Call) bool { return !keep(c) })
}

func (s *Simulator) logArrival(c *call, user string) int {
	s.seq++
	entry := Call{
		Seq: s.seq, Time: s.now(), Method: c.request.Method, Path: c.request.URL.Path,
		Account: c.caller, User: user, UserAgent: c.request.UserAgent(),
	}
	if c.operation != nil {
		entry.Operation = c.operation.name
	}
	s.calls = append(s.calls, entry)
	return s.seq
}

// logAnswer finds its entry by sequence number, which has no gaps; the log may have been reset meanwhile.
func (s *Simulator) logAnswer(c *call, answer reply, applied bool) {
	if len(s.calls) == 0 || c.seq < s.calls[0].Seq {
		return
	}
	entry := &s.calls[c.seq-s.calls[0].Seq]
	entry.Applied, entry.Fault, entry.Answered = applied, c.action.name(), c.now
	if c.action.kind == silent || c.action.kind == cutOff {
		return
	}
	entry.Status = answer.status
	if answer.failed != nil {
		entry.Code = answer.failed.code
	}
}
