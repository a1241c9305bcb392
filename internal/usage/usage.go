// Package usage says which numbers use an account, a project or an agent, how
// the cache finds them, and how that is shown in a status without a write per
// number. It does not decide what may be deleted.
package usage

import (
	"context"
	"maps"
	"slices"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
)

// Indexes of PhoneNumbers in the cache. IndexNumber is a selectable field too, so
// that it also finds them live.
const (
	IndexNumber     = "spec.number"
	IndexConnection = "connection"
	IndexAgent      = "agent"
)

// Indexes computes the keys of a PhoneNumber in each index.
var Indexes = map[string]client.IndexerFunc{
	IndexNumber: func(object client.Object) []string {
		return []string{object.(*v1alpha1.PhoneNumber).Spec.Number}
	},
	IndexConnection: func(object client.Object) []string {
		keys := map[string]struct{}{}
		for _, used := range Connections(object.(*v1alpha1.PhoneNumber)) {
			keys[connectionKey(used)] = struct{}{}
		}
		return slices.Collect(maps.Keys(keys))
	},
	IndexAgent: func(object client.Object) []string {
		return Agents(object.(*v1alpha1.PhoneNumber))
	},
}

func connectionKey(used v1alpha1.Connection) string { return used.Kind + "/" + used.Name }

// References are the connections that the spec of a number names, the carrier's first.
func References(number *v1alpha1.PhoneNumber) []v1alpha1.Connection {
	return []v1alpha1.Connection{
		{Kind: number.Spec.CarrierRef.Kind, Name: number.Spec.CarrierRef.Name},
		{Kind: number.Spec.PlatformRef.Kind, Name: number.Spec.PlatformRef.Name},
	}
}

// Carrier is the connection to the account that carries the calls of a number: the
// one that its trunk was made with or, without a trunk, the one that its spec names.
func Carrier(number *v1alpha1.PhoneNumber) v1alpha1.Connection {
	if trunk, ok := ledger.Find(number.Status.ExternalResources, external.SlotTrunk); ok {
		return trunk.Connection
	}
	return References(number)[0]
}

// Connections lists what a number needs credentials of: what its ledger was
// made with and, unless it is being deleted, what its spec names.
func Connections(number *v1alpha1.PhoneNumber) []v1alpha1.Connection {
	var used []v1alpha1.Connection
	if number.DeletionTimestamp.IsZero() {
		used = References(number)
	}
	for _, entry := range number.Status.ExternalResources {
		used = append(used, entry.Connection)
	}
	return used
}

// Agents are those that a number needs: the one that it is linked to and, unless it
// is being deleted, the one that its spec names.
func Agents(number *v1alpha1.PhoneNumber) []string {
	var agents []string
	if number.Spec.AgentRef != nil && number.DeletionTimestamp.IsZero() {
		agents = append(agents, number.Spec.AgentRef.Name)
	}
	if linked := Linked(number); linked != "" && !slices.Contains(agents, linked) {
		agents = append(agents, linked)
	}
	return agents
}

// Linked is the agent that calls are dispatched to as long as the dispatch rule is
// there, or may be; empty for none.
func Linked(number *v1alpha1.PhoneNumber) string {
	rule, ok := ledger.Find(number.Status.ExternalResources, external.SlotDispatchRule)
	switch {
	case !ok:
		return ""
	case rule.State == v1alpha1.StatePending && number.Spec.AgentRef != nil:
		return number.Spec.AgentRef.Name
	default:
		return number.Status.LinkedAgent
	}
}

// OfNumber lists the objects of all namespaces that name a number.
func OfNumber(ctx context.Context, reader client.Reader, number string) ([]v1alpha1.PhoneNumber, error) {
	return list(ctx, reader, client.MatchingFields{IndexNumber: number})
}

// OfConnection lists the numbers that use an account or a project.
func OfConnection(ctx context.Context, reader client.Reader, namespace string, used v1alpha1.Connection) ([]v1alpha1.PhoneNumber, error) {
	return list(ctx, reader, client.InNamespace(namespace), client.MatchingFields{IndexConnection: connectionKey(used)})
}

// OfAgent lists the numbers that need an agent.
func OfAgent(ctx context.Context, reader client.Reader, namespace, agent string) ([]v1alpha1.PhoneNumber, error) {
	return list(ctx, reader, client.InNamespace(namespace), client.MatchingFields{IndexAgent: agent})
}

func list(ctx context.Context, reader client.Reader, options ...client.ListOption) ([]v1alpha1.PhoneNumber, error) {
	var numbers v1alpha1.PhoneNumberList
	err := reader.List(ctx, &numbers, options...)
	return numbers.Items, err
}
