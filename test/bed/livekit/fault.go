package livekit

import "time"

// Always as a Fault's Count makes it go on until Clear.
const Always = -1

// A Fault spoils some of the calls that pass through a Proxy.
type Fault struct {
	// Method is a twirp method, such as "CreateSIPDispatchRule"; empty means
	// every method.
	Method string
	// Nth is the first call to spoil, counted from 1 among the calls of Method
	// after the fault was added; 0 means 1.
	Nth int
	// Count is how many calls in a row are spoiled; 0 means 1.
	Count int
	// Latency delays the call before anything else happens.
	Latency time.Duration
	// Apply sends the call to the server before it is answered, whether or not
	// the client still waits. It is implied when Answer is the server's own.
	Apply bool
	// Answer is what the client gets.
	Answer Answer
	// Then, unless it is nil, is done before the client is answered.
	Then func()
}

// armed is a fault with the number of calls it has seen.
type armed struct {
	Fault
	seen int
}

// hits counts a call and says whether it is to be spoiled.
func (a *armed) hits(method string) bool {
	if a.Method != "" && a.Method != method {
		return false
	}
	a.seen++
	first, count := max(a.Nth, 1), a.Count
	if count == 0 {
		count = 1
	}
	return a.seen >= first && (count == Always || a.seen < first+count)
}
