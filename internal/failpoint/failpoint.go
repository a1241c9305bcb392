// Package failpoint kills its own process with SIGKILL right before, or right
// after, one call to a provider or one write to the API server, chosen by name.
// What kills is compiled with the build tag failpoints only, into a manager for tests.
// It decides what such an effect is called. It does not know what the effect is
// for, or what is to become of a manager that died there.
package failpoint

// Variable names the environment variable with the folder through which a test
// and the manager talk. Without it nothing is named and nothing dies.
const Variable = "CALLPLANE_FAILPOINTS"

// Files in the folder.
const (
	// Armed is written by the test: "before" or "after", a space, and the name
	// of an effect. Whenever it changes, effects are counted anew.
	Armed = "armed"
	// Reached is written by the manager: the name of every effect, when it is
	// reached, and a last line with what was armed.
	Reached = "reached"
)

// Moments at which a process can be killed.
const (
	Before = "before" // the request was not sent
	After  = "after"  // it was answered, and nobody has seen the answer
)
