package twiliosim

// CredentialList holds the user names and passwords that may call through a trunk.
type CredentialList struct {
	Resource
	FriendlyName string
}

func credentialLists() collection[CredentialList] {
	return collection[CredentialList]{
		key: "credential_lists", prefix: "CL", invalid: codeListInvalid, required: []string{"FriendlyName"},
		rows:   func(s *Simulator) table[CredentialList] { return s.credentialLists },
		within: func(c *call, l *CredentialList) bool { return l.AccountSID == c.account },
		quota:  func(c *call) (int, int) { return c.sim.settings.Quotas.CredentialListsPerAccount, codeListQuota },
		read:   readCredentialList,
		view:   viewCredentialList,
		refuse: refuseCredentialListDelete,
		forget: (*Simulator).forgetCredentialList,
	}
}

func credentialListExists(c *call) *failure {
	_, failed := credentialLists().find(c)
	return failed
}

func readCredentialList(c *call, f *form, l *CredentialList) {
	f.text("FriendlyName", 64, &l.FriendlyName)
	sameName := func(other *CredentialList) bool { return other.FriendlyName == l.FriendlyName }
	if credentialLists().taken(c, l, sameName) {
		f.refuse("a list of this FriendlyName exists")
	}
}

func refuseCredentialListDelete(c *call, l *CredentialList) *failure {
	onList := func(a *Attachment) bool { return a.SID == l.SID }
	if c.sim.settings.MappedListsBlock && len(c.sim.trunkCredentials.oldestFirst(onList)) > 0 {
		return fail(codeListMapped)
	}
	inList := func(r *Credential) bool { return r.CredentialListSID == l.SID }
	if c.sim.settings.FilledListsBlock && len(c.sim.credentials.oldestFirst(inList)) > 0 {
		return fail(codeListInvalid, "the list holds credentials")
	}
	return nil
}

func (s *Simulator) forgetCredentialList(l *CredentialList) {
	s.trunkCredentials.removeAll(func(a *Attachment) bool { return a.SID == l.SID })
	for _, r := range s.credentials.oldestFirst(func(r *Credential) bool { return r.CredentialListSID == l.SID }) {
		s.forgetCredential(r.value)
	}
	delete(s.credentialLists, l.SID)
}

func viewCredentialList(_ *call, l *CredentialList) object {
	address := accountPath(l.AccountSID) + "/SIP/CredentialLists/" + l.SID
	return object{
		"sid": l.SID, "account_sid": l.AccountSID, "friendly_name": l.FriendlyName,
		"date_created": accountDate(l.DateCreated), "date_updated": accountDate(l.DateUpdated),
		"subresource_uris": object{"credentials": address + "/Credentials.json"}, "uri": address + ".json",
	}
}
