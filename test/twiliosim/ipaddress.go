package twiliosim

import "net/netip"

// IPAddress is one entry of an IP access control list.
type IPAddress struct {
	Resource
	IPAccessControlListSID string
	FriendlyName           string
	IPAddress              string
	CIDRPrefixLength       int
}

func ipAddresses() collection[IPAddress] {
	return collection[IPAddress]{
		key: "ip_addresses", prefix: "IP", invalid: codeIPListInvalid, required: []string{"FriendlyName", "IpAddress"},
		rows:   func(s *Simulator) table[IPAddress] { return s.ipAddresses },
		parent: accessListExists,
		within: func(c *call, a *IPAddress) bool {
			return a.AccountSID == c.account && a.IPAccessControlListSID == c.vars["AL"]
		},
		quota:  func(c *call) (int, int) { return c.sim.settings.Quotas.AddressesPerList, codeAddressQuota },
		read:   readIPAddress,
		view:   viewIPAddress,
		forget: func(s *Simulator, a *IPAddress) { delete(s.ipAddresses, a.SID) },
	}
}

func readIPAddress(c *call, f *form, a *IPAddress) {
	if a.IPAccessControlListSID == "" {
		a.IPAccessControlListSID, a.CIDRPrefixLength = c.vars["AL"], 32
	}
	f.text("FriendlyName", 255, &a.FriendlyName)
	f.number("CidrPrefixLength", 1, 32, &a.CIDRPrefixLength)
	if f.has("IpAddress") {
		readAddress(f, a)
	}
	same := func(other *IPAddress) bool {
		return other.FriendlyName == a.FriendlyName ||
			other.IPAddress == a.IPAddress && other.CIDRPrefixLength == a.CIDRPrefixLength
	}
	if ipAddresses().taken(c, a, same) {
		f.refuse("an entry of this FriendlyName or IpAddress exists")
	}
}

func readAddress(f *form, a *IPAddress) {
	address, err := netip.ParseAddr(f.get("IpAddress"))
	if err != nil || !address.Is4() {
		f.refuse("IpAddress")
		return
	}
	a.IPAddress = address.String()
}

func viewIPAddress(_ *call, a *IPAddress) object {
	list := accountPath(a.AccountSID) + "/SIP/IpAccessControlLists/" + a.IPAccessControlListSID
	return object{
		"sid": a.SID, "account_sid": a.AccountSID, "ip_access_control_list_sid": a.IPAccessControlListSID,
		"friendly_name": a.FriendlyName, "ip_address": a.IPAddress, "cidr_prefix_length": a.CIDRPrefixLength,
		"date_created": accountDate(a.DateCreated), "date_updated": accountDate(a.DateUpdated),
		"uri": list + "/IpAddresses/" + a.SID + ".json",
	}
}
