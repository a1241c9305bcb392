package twiliosim

// IPAccessControlList holds the addresses that may call through a trunk.
type IPAccessControlList struct {
	Resource
	FriendlyName string
}

func accessLists() collection[IPAccessControlList] {
	return collection[IPAccessControlList]{
		key: "ip_access_control_lists", prefix: "AL", invalid: codeIPListInvalid, required: []string{"FriendlyName"},
		rows:   func(s *Simulator) table[IPAccessControlList] { return s.accessLists },
		within: func(c *call, l *IPAccessControlList) bool { return l.AccountSID == c.account },
		quota:  func(c *call) (int, int) { return c.sim.settings.Quotas.AccessControlListsPerAccount, codeIPListQuota },
		read:   readAccessList,
		view:   viewAccessList,
		refuse: refuseAccessListDelete,
		forget: (*Simulator).forgetAccessList,
	}
}

func accessListExists(c *call) *failure {
	_, failed := accessLists().find(c)
	return failed
}

func readAccessList(c *call, f *form, l *IPAccessControlList) {
	f.text("FriendlyName", 255, &l.FriendlyName)
	sameName := func(other *IPAccessControlList) bool { return other.FriendlyName == l.FriendlyName }
	if accessLists().taken(c, l, sameName) {
		f.refuse("a list of this FriendlyName exists")
	}
}

func refuseAccessListDelete(c *call, l *IPAccessControlList) *failure {
	onList := func(a *Attachment) bool { return a.SID == l.SID }
	if c.sim.settings.MappedListsBlock && len(c.sim.trunkAccessLists.oldestFirst(onList)) > 0 {
		return fail(codeIPListMapped)
	}
	return nil
}

func (s *Simulator) forgetAccessList(l *IPAccessControlList) {
	s.trunkAccessLists.removeAll(func(a *Attachment) bool { return a.SID == l.SID })
	s.ipAddresses.removeAll(func(a *IPAddress) bool { return a.IPAccessControlListSID == l.SID })
	delete(s.accessLists, l.SID)
}

func viewAccessList(_ *call, l *IPAccessControlList) object {
	address := accountPath(l.AccountSID) + "/SIP/IpAccessControlLists/" + l.SID
	return object{
		"sid": l.SID, "account_sid": l.AccountSID, "friendly_name": l.FriendlyName,
		"date_created": accountDate(l.DateCreated), "date_updated": accountDate(l.DateUpdated),
		"subresource_uris": object{"ip_addresses": address + "/IpAddresses.json"}, "uri": address + ".json",
	}
}
