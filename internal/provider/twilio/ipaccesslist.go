package twilio

import (
	"context"
	"maps"

	accounts "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/callplane/callplane/internal/external"
)

// KindIPAccessList is a list of addresses that calls to be carried may come
// from, found by the marker in its friendly name. The addresses are part of it.
const KindIPAccessList = "IPAccessControlList"

// IPAccessListSpec says which addresses are on the list: IPv4 addresses and CIDR
// blocks, at least one.
type IPAccessListSpec struct {
	Addresses []string
}

const driftAddresses = "addresses"

type accessList = accounts.ApiV2010SipIpAccessControlList

type ipAccessListDriver struct{ *session }

var (
	_ external.Shared = ipAccessListDriver{}
	_ external.Listed = ipAccessListDriver{}
)

func (d ipAccessListDriver) Observe(ctx context.Context, call external.Call) (external.Observation, error) {
	list, err := d.find(ctx, call)
	if err != nil {
		return external.Observation{}, err
	}
	seen := observedIPAccessList(list, call)
	if call.Spec == nil {
		return seen, nil
	}
	wanted, err := wantedBlocks(call)
	if err != nil {
		return external.Observation{}, err
	}
	live, err := d.addresses(ctx, seen.ID)
	if err == nil && !maps.Equal(wanted, live.blocks()) {
		seen.Drift = append(seen.Drift, driftAddresses)
	}
	return seen, err
}

// Create makes the list without its addresses.
func (d ipAccessListDriver) Create(ctx context.Context, call external.Call) (external.Observation, error) {
	if _, err := markedSpec[IPAccessListSpec](call); err != nil {
		return external.Observation{}, err
	}
	params := new(accounts.CreateSipIpAccessControlListParams).SetFriendlyName(call.Marker)
	list, err := ask(ctx, d.session, inAccount("the collection of IP access control lists"), func(c clients) (*accessList, error) {
		return c.accounts.CreateSipIpAccessControlList(params)
	})
	if codeOf(err) == codeAddressListInvalid {
		list, err = takenOrRefused(err, func() (*accessList, error) { return d.findMarked(ctx, call.Marker) })
	}
	if err != nil {
		return external.Observation{}, err
	}
	seen := observedIPAccessList(list, call)
	seen.Drift = append(seen.Drift, driftAddresses)
	return seen, nil
}

func (d ipAccessListDriver) Update(ctx context.Context, call external.Call) (external.Observation, error) {
	wanted, err := wantedBlocks(call)
	if err != nil {
		return external.Observation{}, err
	}
	list, err := d.find(ctx, call)
	if err != nil {
		return external.Observation{}, err
	}
	if len(nameDrift(list.FriendlyName, call)) > 0 {
		list, err = d.rename(ctx, *list.Sid, call.Marker)
	}
	if err == nil {
		err = d.bringTo(ctx, *list.Sid, wanted)
	}
	if err != nil {
		return external.Observation{}, err
	}
	return observedIPAccessList(list, call), nil
}

// Delete removes the list with its addresses in one step: taking the addresses
// out first would lock out whoever still uses a list that is then refused to be
// deleted. Only if Twilio does not want a list that is not empty they go first.
func (d ipAccessListDriver) Delete(ctx context.Context, call external.Call) error {
	err := d.remove(ctx, call.ID)
	if codeOf(err) != codeAddressListInvalid {
		return err
	}
	if err := d.clear(ctx, call.ID); err != nil {
		return err
	}
	return d.remove(ctx, call.ID)
}

// UsedBy names trunks of others that the list is on.
func (d ipAccessListDriver) UsedBy(ctx context.Context, call external.Call) (string, error) {
	return d.trunksWith(ctx, ipAccessListLinks, call)
}

// List observes all IP access control lists of the account.
func (d ipAccessListDriver) List(ctx context.Context, _ string) ([]external.Observation, error) {
	all, err := d.all(ctx)
	return describe(all, func(l accessList) external.Observation { return observedIPAccessList(&l, external.Call{}) }), err
}

func (d ipAccessListDriver) find(ctx context.Context, call external.Call) (*accessList, error) {
	if call.ID == "" {
		return d.findMarked(ctx, call.Marker)
	}
	if err := checkSIDs("AL", call.ID); err != nil {
		return nil, err
	}
	return ask(ctx, d.session, inAccount(named("AL", call.ID)), func(c clients) (*accessList, error) {
		return c.accounts.FetchSipIpAccessControlList(call.ID, nil)
	})
}

func (d ipAccessListDriver) findMarked(ctx context.Context, marker string) (*accessList, error) {
	all, err := d.all(ctx)
	if err != nil {
		return nil, err
	}
	found := lowest(all,
		func(l accessList) bool { return bears(l.FriendlyName, marker) },
		func(l accessList) *string { return l.Sid })
	if found == nil {
		return nil, d.absent(ctx, inAccount("an IP access control list named "+marker), nil)
	}
	return found, nil
}

func (d ipAccessListDriver) all(ctx context.Context) ([]accessList, error) {
	return ask(ctx, d.session, inAccount("the collection of IP access control lists"), func(c clients) ([]accessList, error) {
		return c.accounts.ListSipIpAccessControlList(new(accounts.ListSipIpAccessControlListParams).SetPageSize(pageSize))
	})
}

func (d ipAccessListDriver) rename(ctx context.Context, id, name string) (*accessList, error) {
	params := new(accounts.UpdateSipIpAccessControlListParams).SetFriendlyName(name)
	return ask(ctx, d.session, inAccount(named("AL", id)), func(c clients) (*accessList, error) {
		return c.accounts.UpdateSipIpAccessControlList(id, params)
	})
}

func (d ipAccessListDriver) remove(ctx context.Context, id string) error {
	if err := checkSIDs("AL", id); err != nil {
		return err
	}
	return tell(ctx, d.session, inAccount(named("AL", id)), func(c clients) error {
		return c.accounts.DeleteSipIpAccessControlList(id, nil)
	})
}

func observedIPAccessList(list *accessList, call external.Call) external.Observation {
	return external.Observation{
		ID:    *list.Sid,
		Name:  deref(list.FriendlyName),
		Drift: nameDrift(list.FriendlyName, call),
	}
}
