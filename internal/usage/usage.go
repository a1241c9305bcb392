// Package usage says which numbers and trunks use an account, a project, a trunk or an
// agent, how the cache finds them, and how that is shown in a status without a write
// per number. It does not decide what may be deleted. What it lists is the cache's own:
// nothing that a listed number points to may be changed.
package usage

import (
	"context"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
)

// Indexes of PhoneNumbers in the cache. IndexConnection is one of SIPTrunks, too.
const (
	IndexGroup      = "group"
	IndexConnection = "connection"
	IndexAgent      = "agent"
	IndexTrunk      = "trunk"
	IndexContainer  = "container"
)

// IndexContents is one of SIPTrunks, by the ids of what they have at the providers.
const IndexContents = "contents"

// Indexes computes the keys of a PhoneNumber in each index.
var Indexes = map[string]client.IndexerFunc{
	IndexGroup: func(object client.Object) []string {
		return []string{group(object.(*v1alpha1.PhoneNumber).Spec.Number)}
	},
	IndexConnection: connectionKeys,
	IndexAgent: func(object client.Object) []string {
		return Agents(object.(*v1alpha1.PhoneNumber))
	},
	IndexTrunk: func(object client.Object) []string {
		if trunk := Trunk(object.(*v1alpha1.PhoneNumber)); trunk != "" {
			return []string{trunk}
		}
		return nil
	},
	IndexContainer: func(object client.Object) []string {
		return Containers(object.(*v1alpha1.PhoneNumber))
	},
}

// FieldNumber is what the API server selects PhoneNumbers by, looking through them all.
const FieldNumber = "spec.number"

// groups are so many that a group of a million numbers is looked through in no time.
const groups = 1024

// group is which numbers are looked through for one: an index with an entry for each
// weighs a tenth of what it is an index of.
func group(number string) string {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(number))
	return strconv.FormatUint(uint64(hash.Sum32()%groups), 36)
}

// TrunkIndexes computes the keys of a SIPTrunk in each index.
var TrunkIndexes = map[string]client.IndexerFunc{
	IndexConnection: connectionKeys,
	IndexContents: func(object client.Object) []string {
		return ledger.IDs(object.(*v1alpha1.SIPTrunk).Status.ExternalResources)
	},
}

func connectionKeys(object client.Object) []string {
	keys := map[string]struct{}{}
	for _, used := range Connections(object.(v1alpha1.Owner)) {
		keys[connectionKey(used)] = struct{}{}
	}
	return slices.Collect(maps.Keys(keys))
}

func connectionKey(used v1alpha1.Connection) string { return used.Kind + "/" + used.Name }

// References are the connections that the spec of an owner names, the carrier's first.
// A number on a shared trunk has none to the carrier: the trunk has.
func References(owner v1alpha1.Owner) []v1alpha1.Connection {
	switch owner := owner.(type) {
	case *v1alpha1.PhoneNumber:
		platform := v1alpha1.Connection(owner.Spec.PlatformRef)
		if Trunk(owner) != "" {
			return []v1alpha1.Connection{platform}
		}
		return []v1alpha1.Connection{v1alpha1.Connection(owner.Spec.CarrierRef), platform}
	case *v1alpha1.SIPTrunk:
		platform := v1alpha1.Connection(owner.Spec.PlatformRef)
		if owner.Spec.Twilio == nil {
			return []v1alpha1.Connection{platform}
		}
		return []v1alpha1.Connection{{Kind: v1alpha1.KindTwilioAccount, Name: owner.Spec.Twilio.AccountRef.Name}, platform}
	}
	return nil
}

// Trunk is the SIPTrunk that the spec of a number names; empty for a trunk of its own.
func Trunk(number *v1alpha1.PhoneNumber) string {
	if number.Spec.CarrierRef.Kind != v1alpha1.KindSIPTrunk {
		return ""
	}
	return number.Spec.CarrierRef.Name
}

// Containers are the ids of what a number is in, or was and may be still: the trunks
// that it is on, of its own or of a SIPTrunk.
func Containers(number *v1alpha1.PhoneNumber) []string {
	var ids []string
	for _, slot := range []external.Slot{external.SlotAttachment, external.SlotOutboundTrunk} {
		entry, _ := ledger.Find(number.Status.ExternalResources, slot)
		for _, id := range []string{entry.ParentID, entry.Previous} {
			if id != "" {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// Carrier is the connection to the account that carries the calls of a number: the
// one that it is recorded in or else what its spec names.
func Carrier(number *v1alpha1.PhoneNumber) v1alpha1.Connection {
	for _, slot := range []external.Slot{external.SlotTrunk, external.SlotNumber} {
		if entry, ok := ledger.Find(number.Status.ExternalResources, slot); ok {
			return entry.Connection
		}
	}
	return v1alpha1.Connection(number.Spec.CarrierRef)
}

// Connections lists what an owner needs credentials of: what its ledger was
// made with and, unless it is being deleted, what its spec names.
func Connections(owner v1alpha1.Owner) []v1alpha1.Connection {
	var used []v1alpha1.Connection
	if owner.GetDeletionTimestamp().IsZero() {
		used = References(owner)
	}
	for _, entry := range owner.Lifecycle().ExternalResources {
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

// AsItIs reads a cache without waiting until it shows all that this process has written, or
// is writing: among thousands of numbers a list would wait for the writes of others, and keep
// its worker. Nobody needs that: what must not be missed is looked for live before anything
// is let go of, whoever claims a number waits for its own write, and every change that a cache shows later wakes whoever it concerns.
const AsItIs = client.DisableReadYourWritesConsistency

// OfNumber lists the objects of all namespaces that name a number, as the cache has them.
func OfNumber(ctx context.Context, cached client.Reader, number string) ([]v1alpha1.PhoneNumber, error) {
	numbers, err := list(ctx, cached, client.MatchingFields{IndexGroup: group(number)})
	return slices.DeleteFunc(numbers, func(n v1alpha1.PhoneNumber) bool { return n.Spec.Number != number }), err
}

// OfNumberNow is OfNumber as the API server knows it. It is dear, and dearer the more
// numbers there are.
func OfNumberNow(ctx context.Context, live client.Reader, number string) ([]v1alpha1.PhoneNumber, error) {
	return list(ctx, live, client.MatchingFields{FieldNumber: number})
}

// OfConnection lists the numbers that use an account or a project.
func OfConnection(ctx context.Context, reader client.Reader, namespace string, used v1alpha1.Connection) ([]v1alpha1.PhoneNumber, error) {
	return list(ctx, reader, client.InNamespace(namespace), client.MatchingFields{IndexConnection: connectionKey(used)})
}

// TrunksOfConnection lists the trunks that use an account or a project.
func TrunksOfConnection(ctx context.Context, reader client.Reader, namespace string, used v1alpha1.Connection) ([]v1alpha1.SIPTrunk, error) {
	var trunks v1alpha1.SIPTrunkList
	err := reader.List(ctx, &trunks, client.InNamespace(namespace), client.MatchingFields{IndexConnection: connectionKey(used)}, AsItIs)
	return trunks.Items, err
}

// TrunksThatHave lists the trunks of which something at the providers has an id, without
// a copy of each.
func TrunksThatHave(ctx context.Context, reader client.Reader, namespace, id string) ([]v1alpha1.SIPTrunk, error) {
	var trunks v1alpha1.SIPTrunkList
	err := reader.List(ctx, &trunks, client.InNamespace(namespace), client.MatchingFields{IndexContents: id}, AsItIs, client.UnsafeDisableDeepCopy)
	return trunks.Items, err
}

// InUse reports whether the cache shows any number or trunk that uses an account or a
// project.
func InUse(ctx context.Context, cached client.Reader, namespace string, used v1alpha1.Connection) (bool, error) {
	numbers, err := OfConnection(ctx, cached, namespace, used)
	if err != nil || len(numbers) > 0 {
		return true, err
	}
	trunks, err := TrunksOfConnection(ctx, cached, namespace, used)
	return err != nil || len(trunks) > 0, err
}

// InUseNow is InUse as the API server knows it, before anything is let go of: a cache
// may not show yet who came. It lists the namespace.
func InUseNow(ctx context.Context, live client.Reader, namespace string, used v1alpha1.Connection) (bool, error) {
	owners, err := Owners(ctx, live, client.InNamespace(namespace))
	return err != nil || slices.ContainsFunc(owners, func(owner v1alpha1.Owner) bool { return slices.Contains(Connections(owner), used) }), err
}

// Names are those of numbers.
func Names(numbers []v1alpha1.PhoneNumber) []string {
	names := make([]string, len(numbers))
	for i := range numbers {
		names[i] = numbers[i].Name
	}
	return names
}

// Owners lists everything that has external resources, in all namespaces.
func Owners(ctx context.Context, reader client.Reader, options ...client.ListOption) ([]v1alpha1.Owner, error) {
	options = append(slices.Clone(options), AsItIs)
	var numbers v1alpha1.PhoneNumberList
	if err := reader.List(ctx, &numbers, options...); err != nil {
		return nil, err
	}
	var trunks v1alpha1.SIPTrunkList
	if err := reader.List(ctx, &trunks, options...); err != nil {
		return nil, err
	}
	var owners []v1alpha1.Owner
	for i := range numbers.Items {
		owners = append(owners, &numbers.Items[i])
	}
	for i := range trunks.Items {
		owners = append(owners, &trunks.Items[i])
	}
	return owners, nil
}

// Within lists the numbers that are in something that is no resource of theirs.
func Within(ctx context.Context, reader client.Reader, namespace, id string) ([]v1alpha1.PhoneNumber, error) {
	return list(ctx, reader, client.InNamespace(namespace), client.MatchingFields{IndexContainer: id})
}

// OfTrunk lists the numbers that name a SIPTrunk.
func OfTrunk(ctx context.Context, reader client.Reader, namespace, trunk string) ([]v1alpha1.PhoneNumber, error) {
	return list(ctx, reader, client.InNamespace(namespace), client.MatchingFields{IndexTrunk: trunk})
}

// OfAgent lists the numbers that need an agent.
func OfAgent(ctx context.Context, reader client.Reader, namespace, agent string) ([]v1alpha1.PhoneNumber, error) {
	return list(ctx, reader, client.InNamespace(namespace), client.MatchingFields{IndexAgent: agent})
}

// list returns numbers as the cache has them, without a copy of each: there may be thousands.
func list(ctx context.Context, reader client.Reader, options ...client.ListOption) ([]v1alpha1.PhoneNumber, error) {
	var numbers v1alpha1.PhoneNumberList
	err := reader.List(ctx, &numbers, append(slices.Clone(options), AsItIs, client.UnsafeDisableDeepCopy)...)
	return numbers.Items, err
}
