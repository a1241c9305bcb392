package twilio

import (
	"context"
	"net/netip"
	"slices"

	accounts "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/callplane/callplane/internal/external"
)

// blocks is a set of addresses, each a masked prefix: a single address and its
// /32 are the same.
type blocks map[netip.Prefix]bool

// wantedBlocks reads the spec. An empty list would let nobody in by address, so
// it is not what anyone wants.
func wantedBlocks(call external.Call) (blocks, error) {
	spec, err := markedSpec[IPAccessListSpec](call)
	if err != nil {
		return nil, err
	}
	if len(spec.Addresses) == 0 {
		return nil, invalid("an IP access control list needs at least one address")
	}
	wanted := blocks{}
	for _, address := range spec.Addresses {
		block, ok := parseBlock(address)
		if !ok {
			return nil, invalid(address + " is neither an IPv4 address nor an IPv4 CIDR block")
		}
		wanted[block] = true
	}
	return wanted, nil
}

func parseBlock(text string) (netip.Prefix, bool) {
	block, err := netip.ParsePrefix(text)
	if err != nil {
		address, err := netip.ParseAddr(text)
		return netip.PrefixFrom(address, 32), err == nil && address.Is4()
	}
	return block.Masked(), block.Addr().Is4()
}

type address = accounts.ApiV2010SipIpAddress

// addresses are what is on a list.
type addresses []address

func (a addresses) blocks() blocks {
	live := blocks{}
	for _, address := range a {
		live[blockOf(address)] = true
	}
	return live
}

// unwanted are the addresses that are too much.
func (a addresses) unwanted(wanted blocks) addresses {
	return slices.DeleteFunc(slices.Clone(a), func(address address) bool { return wanted[blockOf(address)] })
}

// blockOf returns a block that nobody wants for what Twilio should not have.
func blockOf(address address) netip.Prefix {
	ip, err := netip.ParseAddr(deref(address.IpAddress))
	if err != nil {
		return netip.Prefix{}
	}
	length := address.CidrPrefixLength
	if length == 0 && !ip.IsUnspecified() {
		length = 32 // what Twilio takes an absent length for
	}
	return netip.PrefixFrom(ip, length).Masked()
}

// bringTo makes the list hold what is wanted: it adds before it removes, so that
// the list is never empty in between.
func (d ipAccessListDriver) bringTo(ctx context.Context, list string, wanted blocks) error {
	live, err := d.addresses(ctx, list)
	if err != nil {
		return err
	}
	has, unwanted := live.blocks(), live.unwanted(wanted)
	for block := range wanted {
		if has[block] {
			continue
		}
		if unwanted, err = d.admit(ctx, list, block, unwanted); err != nil {
			return err
		}
	}
	return d.removeAddresses(ctx, list, unwanted)
}

// admit adds an address. A list that is full has to lose one that is not wanted
// first; admit returns those that remain.
func (d ipAccessListDriver) admit(ctx context.Context, list string, block netip.Prefix, unwanted addresses) (addresses, error) {
	err := d.addAddress(ctx, list, block)
	if codeOf(err) != codeAddressQuota || len(unwanted) == 0 {
		return unwanted, err
	}
	if err := d.removeAddresses(ctx, list, unwanted[:1]); err != nil {
		return unwanted, err
	}
	return unwanted[1:], d.addAddress(ctx, list, block)
}

func (d ipAccessListDriver) clear(ctx context.Context, list string) error {
	live, err := d.addresses(ctx, list)
	if err != nil {
		return err
	}
	return d.removeAddresses(ctx, list, live)
}

func (d ipAccessListDriver) addresses(ctx context.Context, list string) (addresses, error) {
	return ask(ctx, d.session, inAccount(named("AL", list)), func(c clients) (addresses, error) {
		return c.accounts.ListSipIpAddress(list, new(accounts.ListSipIpAddressParams).SetPageSize(pageSize))
	})
}

func (d ipAccessListDriver) addAddress(ctx context.Context, list string, block netip.Prefix) error {
	params := new(accounts.CreateSipIpAddressParams).SetFriendlyName(block.String()).
		SetIpAddress(block.Addr().String()).SetCidrPrefixLength(block.Bits())
	_, err := ask(ctx, d.session, inAccount(named("AL", list)), func(c clients) (*address, error) {
		return c.accounts.CreateSipIpAddress(list, params)
	})
	if codeOf(err) != codeAddressListInvalid {
		return err
	}
	_, err = takenOrRefused(err, func() (struct{}, error) { return struct{}{}, d.confirm(ctx, list, block) })
	return err
}

// confirm returns NotFound if the address is not on the list.
func (d ipAccessListDriver) confirm(ctx context.Context, list string, block netip.Prefix) error {
	live, err := d.addresses(ctx, list)
	if err != nil || live.blocks()[block] {
		return err
	}
	return d.absent(ctx, inAccount(block.String()), nil)
}

func (d ipAccessListDriver) removeAddresses(ctx context.Context, list string, unwanted addresses) error {
	for _, address := range unwanted {
		err := tell(ctx, d.session, inAccount(named("IP", *address.Sid)), func(c clients) error {
			return c.accounts.DeleteSipIpAddress(list, *address.Sid, nil)
		})
		if err != nil && !external.IsNotFound(err) {
			return err
		}
	}
	return nil
}
