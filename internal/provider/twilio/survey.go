package twilio

import (
	"context"
	"slices"

	accounts "github.com/twilio/twilio-go/rest/api/v2010"
	trunking "github.com/twilio/twilio-go/rest/trunking/v1"

	"github.com/callplane/callplane/internal/external"
)

var _ external.Surveyed = (*session)(nil)

// Survey lists numbers, trunks, and the lists that are on these.
func (s *session) Survey(ctx context.Context) ([]external.Holding, error) {
	numbers, err := s.numbers(ctx)
	if err != nil {
		return nil, err
	}
	trunks, err := s.trunks(ctx)
	if err != nil {
		return nil, err
	}
	holdings := slices.Concat(describeHoldings(numbers, heldNumber), describeHoldings(trunks, heldTrunk))
	for _, kind := range []struct {
		slot  external.Slot
		links links
		lists external.Listed
	}{
		{external.SlotCredentialList, credentialListLinks, credentialListDriver{s}},
		{external.SlotIPAccessList, ipAccessListLinks, ipAccessListDriver{s}},
	} {
		lists, err := s.heldLists(ctx, kind.slot, kind.links, kind.lists, trunks)
		if err != nil {
			return nil, err
		}
		holdings = append(holdings, lists...)
	}
	return holdings, nil
}

func describeHoldings[T any](records []T, describe func(T) external.Holding) []external.Holding {
	holdings := make([]external.Holding, len(records))
	for i, record := range records {
		holdings[i] = describe(record)
	}
	return holdings
}

func heldNumber(n number) external.Holding {
	ties := slices.DeleteFunc([]string{deref(n.TrunkSid), deref(n.VoiceApplicationSid)}, func(sid string) bool { return sid == "" })
	return external.Holding{
		Slot: external.SlotNumber, ID: deref(n.Sid), Name: deref(n.FriendlyName), Numbers: []string{deref(n.PhoneNumber)}, Ties: ties,
	}
}

func heldTrunk(t trunking.TrunkingV1Trunk) external.Holding {
	return external.Holding{
		Slot: external.SlotTrunk, ID: *t.Sid, Name: deref(t.FriendlyName), Host: deref(t.DomainName), Encrypted: deref(t.Secure),
	}
}

// numbers lists all numbers of the account with all that Twilio says of them.
func (s *session) numbers(ctx context.Context) ([]number, error) {
	return ask(ctx, s, inAccount("the collection of numbers"), func(c clients) ([]number, error) {
		return c.accounts.ListIncomingPhoneNumber(new(accounts.ListIncomingPhoneNumberParams).SetPageSize(pageSize))
	})
}

// heldLists asks each trunk that can have such lists which it has: a list does not say
// where it is.
func (s *session) heldLists(ctx context.Context, slot external.Slot, links links, all external.Listed, trunks []trunking.TrunkingV1Trunk) ([]external.Holding, error) {
	lists, err := all.List(ctx, "")
	if err != nil {
		return nil, err
	}
	ties := map[string][]string{}
	for _, trunk := range trunks {
		if !mayHave(trunk, links) {
			continue
		}
		linked, err := s.linked(ctx, links, *trunk.Sid)
		if err != nil {
			return nil, err
		}
		for _, list := range linked {
			ties[list] = append(ties[list], *trunk.Sid)
		}
	}
	return describeHoldings(lists, func(list external.Observation) external.Holding {
		return external.Holding{Slot: slot, ID: list.ID, Name: list.Name, Ties: ties[list.ID]}
	}), nil
}
