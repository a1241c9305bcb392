package explore

// A Fault is what becomes of one effect.
type Fault string

// None lets the effect happen.
const None Fault = ""

// Faults of both API server and providers. A crash ends the process: nothing
// happens any more in this visit, and what the manager remembered is lost.
const (
	CrashBefore     Fault = "crash before"
	CrashAfter      Fault = "crash after"
	NotFound        Fault = "404"
	Conflict        Fault = "409"
	Unavailable     Fault = "5xx"
	AppliedAndError Fault = "applied, then 5xx"
)

// Faults of providers alone.
const (
	Unauthorized Fault = "401"
	Throttled    Fault = "429"
	Reset        Fault = "reset"
	Malformed    Fault = "malformed success"
	NotYetListed Fault = "not visible yet"
)

// A nature is what kind of effect something is: it decides which faults there are.
type nature string

const (
	apiRead  nature = "API read"
	apiWrite nature = "API write"
	get      nature = "provider read"
	list     nature = "provider list"
	mutation nature = "provider change"
)

// faults lists what can become of an effect. Of a read it makes no difference
// whether it was carried out before the process died or the answer was lost.
var faults = map[nature][]Fault{
	apiRead:  {CrashBefore, NotFound, Unavailable},
	apiWrite: {CrashBefore, CrashAfter, NotFound, Conflict, Unavailable, AppliedAndError},
	get:      {CrashBefore, Unauthorized, NotFound, Conflict, Throttled, Unavailable, Reset, Malformed},
	list:     {CrashBefore, Unauthorized, NotFound, Conflict, Throttled, Unavailable, Reset, Malformed, NotYetListed},
	mutation: {CrashBefore, CrashAfter, Unauthorized, NotFound, Conflict, Throttled, Unavailable, AppliedAndError, Reset, Malformed},
}

// applied reports whether an effect with the fault is carried out.
func (f Fault) applied() bool {
	switch f {
	case None, CrashAfter, AppliedAndError, Reset, Malformed, NotYetListed:
		return true
	}
	return false
}
