package twiliosim

// Attachment is a credential list or an IP access control list on a trunk. Its SID is that of the list.
type Attachment struct {
	Resource
	TrunkSID string
}

func attachmentKey(trunk, list string) string { return trunk + "/" + list }

func trunkCredentials() collection[Attachment] {
	k := attachments("CL", "credential_lists", "CredentialLists")
	k.rows = func(s *Simulator) table[Attachment] { return s.trunkCredentials }
	return k
}

func trunkAccessLists() collection[Attachment] {
	k := attachments("AL", "ip_access_control_lists", "IpAccessControlLists")
	k.rows = func(s *Simulator) table[Attachment] { return s.trunkAccessLists }
	return k
}

func attachments(prefix, key, path string) collection[Attachment] {
	k := collection[Attachment]{key: key, prefix: prefix, parent: trunkExists}
	k.rowKey = func(c *call) string { return attachmentKey(c.vars["TK"], c.vars[prefix]) }
	k.within = func(c *call, a *Attachment) bool {
		return a.AccountSID == c.account && a.TrunkSID == c.vars["TK"]
	}
	k.view = func(c *call, a *Attachment) object { return viewAttachment(c, a, path) }
	return k
}

func attachCredentialList(c *call) reply {
	return attach(c, trunkCredentials(), "CredentialListSid")
}

func attachAccessList(c *call) reply {
	return attach(c, trunkAccessLists(), "IpAccessControlListSid")
}

// attach puts a list on a trunk of the same account; twice is an error, unlike with numbers.
func attach(c *call, k collection[Attachment], param string) reply {
	if failed := trunkExists(c); failed != nil {
		return refuse(failed)
	}
	list := c.form(codeTrunkInvalid).get(param)
	if !isSID(k.prefix, list) {
		return refuse(fail(codeTrunkInvalid, param))
	}
	if !c.sim.owns(c.account, list) {
		return refuse(fail(codeNotFound, param))
	}
	key := attachmentKey(c.vars["TK"], list)
	if k.rows(c.sim).get(key) != nil {
		return refuse(fail(codeTrunkInvalid, "the list is already on the trunk"))
	}
	a := &Attachment{Resource: c.stamp(k.prefix), TrunkSID: c.vars["TK"]}
	a.SID = list
	insert(c.sim, k.rows(c.sim), key, a, c.visibleAt())
	return created(k.view(c, a))
}

func detachCredentialList(c *call) reply { return detach(c, trunkCredentials()) }
func detachAccessList(c *call) reply     { return detach(c, trunkAccessLists()) }

func detach(c *call, k collection[Attachment]) reply {
	if _, failed := k.find(c); failed != nil {
		return refuse(failed)
	}
	delete(k.rows(c.sim), k.rowKey(c))
	return gone()
}

func (s *Simulator) owns(account, list string) bool {
	if l := s.credentialLists.get(list); l != nil {
		return l.AccountSID == account
	}
	l := s.accessLists.get(list)
	return l != nil && l.AccountSID == account
}

func (s *Simulator) listName(list string) string {
	if l := s.credentialLists.get(list); l != nil {
		return l.FriendlyName
	}
	if l := s.accessLists.get(list); l != nil {
		return l.FriendlyName
	}
	return ""
}

func viewAttachment(c *call, a *Attachment, path string) object {
	return object{
		"sid": a.SID, "account_sid": a.AccountSID, "trunk_sid": a.TrunkSID, "friendly_name": orNull(c.sim.listName(a.SID)),
		"date_created": trunkingDate(a.DateCreated), "date_updated": trunkingDate(a.DateUpdated),
		"url": c.base() + "/v1/Trunks/" + a.TrunkSID + "/" + path + "/" + a.SID,
	}
}
