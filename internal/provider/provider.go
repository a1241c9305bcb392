// Package provider says what a carrier (which carries calls) and a platform
// (whose agents answer them) must offer to the engine, and how the two ends of
// a number are wired together without knowing each other. The concrete
// providers live below it and are named in cmd only.
package provider

import (
	"context"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/budget"
	"github.com/callplane/callplane/internal/external"
)

// A Provider signs in to accounts.
type Provider interface {
	// Name in the ledger, in metrics and in messages.
	Name() string
	// Connect opens a session without calling the provider. Its errors are
	// CredentialsMissing (a key is not in the Secret) and InvalidConfiguration
	// (a value that cannot be sent, or a host that is not allowed).
	Connect(ctx context.Context, access Access) (external.Session, error)
	// Terms are what an account is worked with at most, where it asks for the limit, in
	// the unit of the provider: calls at once, or in a minute. 0 asks for nothing.
	Terms(limit int) budget.Terms
	// Resources lists what the number needs at the provider, in the order in which
	// it is made. It is pure.
	Resources(number *v1alpha1.PhoneNumber, wiring Wiring) []external.Resource
	// TrunkResources lists what a trunk that many numbers share needs there. It is pure.
	TrunkResources(trunk *v1alpha1.SIPTrunk, wiring Wiring) []external.Resource
}

// A Carrier carries the calls of a number.
type Carrier interface {
	Provider
	// Termination is where the platform sends outbound calls to.
	Termination() external.Ref
}

// A Platform answers the calls of a number.
type Platform interface {
	Provider
	// Link is the resource whose deletion unlinks the agent: no new call is
	// dispatched without it.
	Link() external.Slot
}

// Wiring is what the two ends of a number need to know beyond its spec.
type Wiring struct {
	// SIPHost is where the carrier sends inbound calls: host or host:port.
	SIPHost string
	// Termination is where the platform sends outbound calls.
	Termination external.Ref
	// Link is what must exist before inbound calls are let through.
	Link external.Slot
	// Login is what the platform signs in with at the carrier; empty without
	// outbound calls.
	Login Login
	// Agent that answers; nil leaves it to the platform's automatic dispatch.
	Agent *v1alpha1.VoiceAgentSpec
	// Shared is the trunk that a number is to be on; nil for one of its own.
	Shared *SharedTrunk
	// Numbers that a shared trunk makes calls from, sorted.
	Numbers []string
}

// A SharedTrunk is what a number needs to know of the trunk that it shares.
type SharedTrunk struct {
	// CarrierID is the id of the trunk at the carrier; empty if nothing is made there.
	CarrierID string
	// OutboundID is that of the platform's outbound trunk; empty while it has none.
	OutboundID string
}

// A Login is a SIP user name and password.
type Login struct {
	Username string
	Password external.Secret
}

// Resources joins what a number needs at both ends. Without a carrier nothing is made
// there: the number is on a trunk with an address of its own.
func Resources(number *v1alpha1.PhoneNumber, wiring Wiring, carrier Carrier, platform Platform) []external.Resource {
	wiring.Link = platform.Link()
	if carrier == nil {
		return platform.Resources(number, wiring)
	}
	wiring.Termination = carrier.Termination()
	return imported(number, append(carrier.Resources(number, wiring), platform.Resources(number, wiring)...))
}

// TrunkResources joins what a shared trunk needs at both ends.
func TrunkResources(trunk *v1alpha1.SIPTrunk, wiring Wiring, carrier Carrier, platform Platform) []external.Resource {
	if carrier == nil {
		return platform.TrunkResources(trunk, wiring)
	}
	wiring.Termination = carrier.Termination()
	return append(carrier.TrunkResources(trunk, wiring), platform.TrunkResources(trunk, wiring)...)
}

// Everything joins what any number may need at both ends, whatever this one asks
// for: that is what an earlier object of its name may have had.
func Everything(number *v1alpha1.PhoneNumber, wiring Wiring, carrier Carrier, platform Platform) []external.Resource {
	return Resources(whole(number), wiring, carrier, platform)
}

// EverythingAt is what any number may have at one provider.
func EverythingAt(at Provider) []external.Resource {
	return at.Resources(whole(&v1alpha1.PhoneNumber{}), Wiring{})
}

func whole(number *v1alpha1.PhoneNumber) *v1alpha1.PhoneNumber {
	whole := number.DeepCopy()
	whole.Spec.Inbound = &v1alpha1.Inbound{}
	whole.Spec.Outbound = &v1alpha1.Outbound{AllowedAddresses: []string{"192.0.2.0/24"}}
	return whole
}
