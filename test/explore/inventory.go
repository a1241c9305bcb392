package explore

import (
	"slices"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/marker"
	"github.com/callplane/callplane/test/apistore"
)

// A thing is something at a provider whose name says whose it is.
type thing struct {
	provider, id, name string
	// uid and slot are what the marker says; empty without one.
	uid  string
	slot external.Slot
}

func newThing(provider, id, name string) thing {
	t := thing{provider: provider, id: id, name: name}
	t.uid, t.slot, _ = marker.Read(installation, name)
	return t
}

// things lists everything at both providers that can bear a marker of its own.
func (s *system) things() []thing {
	var all []thing
	for _, trunk := range s.twilio.Trunks("") {
		all = append(all, newThing("twilio", trunk.SID, trunk.FriendlyName))
	}
	for _, list := range s.twilio.CredentialLists("") {
		all = append(all, newThing("twilio", list.SID, list.FriendlyName))
	}
	for _, list := range s.twilio.IPAccessControlLists("") {
		all = append(all, newThing("twilio", list.SID, list.FriendlyName))
	}
	return append(all, s.platformThings()...)
}

func (s *system) platformThings() []thing {
	var all []thing
	for _, trunk := range s.livekit.InboundTrunks() {
		all = append(all, newThing("livekit", trunk.SipTrunkId, trunk.Name))
	}
	for _, trunk := range s.livekit.OutboundTrunks() {
		all = append(all, newThing("livekit", trunk.SipTrunkId, trunk.Name))
	}
	for _, rule := range s.livekit.DispatchRules() {
		all = append(all, newThing("livekit", rule.SipDispatchRuleId, rule.Name))
	}
	return all
}

// thingsOf lists what bears the marker of an object.
func (s *system) thingsOf(uid string) []thing {
	return slices.DeleteFunc(s.things(), func(t thing) bool { return t.uid != uid })
}

func (s *system) numbers() []*v1alpha1.PhoneNumber {
	return apistore.All[*v1alpha1.PhoneNumber](s.store)
}

// owners are all that have something at the providers.
func (s *system) owners() []v1alpha1.Owner {
	var owners []v1alpha1.Owner
	for _, number := range s.numbers() {
		owners = append(owners, number)
	}
	for _, trunk := range s.trunks() {
		owners = append(owners, trunk)
	}
	return owners
}

// owner is the live object with a UID; nil if there is none.
func (s *system) owner(uid string) v1alpha1.Owner {
	for _, owner := range s.owners() {
		if string(owner.GetUID()) == uid {
			return owner
		}
	}
	return nil
}

// number is the live object with a UID; nil if there is none.
func (s *system) number(uid string) *v1alpha1.PhoneNumber {
	for _, number := range s.numbers() {
		if string(number.UID) == uid {
			return number
		}
	}
	return nil
}

// recorded reports whether a ledger names a thing, or intends to make it.
func recorded(entries []ledger.Entry, t thing) bool {
	return slices.ContainsFunc(entries, func(entry ledger.Entry) bool {
		return entry.ID == t.id || entry.ID == "" && entry.Slot == string(t.slot)
	})
}

// onRecord reports whether an open OrphanRecord of the owner names a thing.
func (s *system) onRecord(t thing) bool {
	return slices.ContainsFunc(apistore.All[*v1alpha1.OrphanRecord](s.store), func(record *v1alpha1.OrphanRecord) bool {
		return record.Spec.Owner.UID == t.uid && record.Status.State == v1alpha1.OrphanOpen && recorded(record.Status.Resources, t)
	})
}
