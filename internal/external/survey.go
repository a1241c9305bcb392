package external

import "context"

// Surveyed is implemented by sessions that show what their account holds for calls,
// whoever made it, so that it can be imported.
type Surveyed interface {
	// Survey lists what could take a slot of a number, and the numbers themselves. It is
	// complete or fails, and changes nothing.
	Survey(ctx context.Context) ([]Holding, error)
}

// A Holding is something in an account, with what it belongs to.
type Holding struct {
	// Slot that it could take.
	Slot Slot
	ID   string
	// Name that people gave it, or the owner marker.
	Name string
	// Numbers that it is, or serves, in E.164; none of what serves any number.
	Numbers []string
	// Ties are the ids of what it belongs to: the trunk that a number is on and the
	// application that it serves, the trunks that a list is on, or those whose calls a
	// rule dispatches.
	Ties []string
	// Host is the domain name of a trunk, or where an outbound trunk sends calls to.
	Host string
	// Agents that a rule dispatches calls to.
	Agents []string
	// Encrypted says that calls without encryption are refused.
	Encrypted bool
}
