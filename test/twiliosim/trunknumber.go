package twiliosim

// trunkNumbers are the numbers on a trunk: no resources of their own, but a view of the numbers' trunk_sid.
func trunkNumbers() collection[Number] {
	return collection[Number]{
		key: "phone_numbers", prefix: "PN", parent: trunkExists,
		rows: func(s *Simulator) table[Number] { return s.numbers },
		within: func(c *call, n *Number) bool {
			return n.AccountSID == c.account && n.TrunkSID == c.vars["TK"]
		},
		view:   viewAttachedNumber,
		hidden: func(c *call, n *Number) bool { return c.sim.attachedVisible[n.SID].After(c.now) },
	}
}

// attachNumber answers 201 whatever the number did before: it leaves another trunk without a word, and loses its voice application.
func attachNumber(c *call) reply {
	if failed := trunkExists(c); failed != nil {
		return refuse(failed)
	}
	sid := c.form(codeTrunkInvalid).get("PhoneNumberSid")
	if !isSID("PN", sid) {
		return refuse(fail(codeTrunkInvalid, "PhoneNumberSid"))
	}
	n := c.sim.numbers.get(sid)
	if n == nil || n.AccountSID != c.account {
		return refuse(fail(codeNotFound, "PhoneNumberSid"))
	}
	n.TrunkSID, n.VoiceApplicationSID, n.DateUpdated = c.vars["TK"], "", c.now
	c.sim.attachedVisible[n.SID] = c.visibleAt()
	return created(viewAttachedNumber(c, n))
}

// detachNumber is 404 when the number has meanwhile gone to another trunk.
func detachNumber(c *call) reply {
	n, failed := trunkNumbers().find(c)
	if failed != nil {
		return refuse(failed)
	}
	n.TrunkSID, n.DateUpdated = "", c.now
	return gone()
}
