package twiliosim

import (
	"regexp"
	"strings"
)

// Trunk is an Elastic SIP trunk.
type Trunk struct {
	Resource
	FriendlyName           string
	DomainName             string
	DisasterRecoveryURL    string
	DisasterRecoveryMethod string
	TransferMode           string
	TransferCallerID       string
	Secure                 bool
	CnamLookupEnabled      bool
}

var trunkDomain = regexp.MustCompile(`^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.pstn\.twilio\.com$`)

func trunks() collection[Trunk] {
	return collection[Trunk]{
		key: "trunks", prefix: "TK", invalid: codeTrunkInvalid,
		rows:   func(s *Simulator) table[Trunk] { return s.trunks },
		within: func(c *call, t *Trunk) bool { return t.AccountSID == c.account },
		quota:  trunkQuota,
		read:   readTrunk,
		view:   viewTrunk,
		refuse: refuseTrunkDelete,
		forget: (*Simulator).forgetTrunk,
	}
}

// trunkExists is the parent check of everything below a trunk.
func trunkExists(c *call) *failure {
	_, failed := trunks().find(c)
	return failed
}

func trunkQuota(c *call) (int, int) {
	if c.sim.accounts[c.account].trial {
		return c.sim.settings.Quotas.TrunksPerTrialAccount, codeTrunkQuota
	}
	return c.sim.settings.Quotas.TrunksPerAccount, codeTrunkQuota
}

func readTrunk(c *call, f *form, t *Trunk) {
	if t.TransferMode == "" {
		t.TransferMode, t.TransferCallerID, t.DisasterRecoveryMethod = "disable-all", "from-transferee", "POST"
	}
	f.text("FriendlyName", 64, &t.FriendlyName)
	f.text("DisasterRecoveryUrl", 2048, &t.DisasterRecoveryURL)
	f.choice("DisasterRecoveryMethod", &t.DisasterRecoveryMethod, "GET", "POST")
	f.choice("TransferMode", &t.TransferMode, "disable-all", "enable-all", "sip-only")
	f.choice("TransferCallerId", &t.TransferCallerID, "from-transferee", "from-transferor")
	f.truth("Secure", &t.Secure)
	f.truth("CnamLookupEnabled", &t.CnamLookupEnabled)
	if f.has("DomainName") {
		readDomain(c, f, t)
	}
}

// readDomain comes last: a refused request must not put the old name into quarantine.
func readDomain(c *call, f *form, t *Trunk) {
	wanted := f.get("DomainName")
	if strings.EqualFold(wanted, t.DomainName) || f.failed != nil {
		return
	}
	if wanted != "" && !trunkDomain.MatchString(wanted) {
		f.refuse("DomainName")
		return
	}
	if wanted != "" && c.sim.domainTaken(wanted) {
		f.refuseWith(codeDomainTaken)
		return
	}
	c.sim.reserveDomain(t.DomainName)
	t.DomainName = wanted
}

// domainTaken looks at every account, and at the names of trunks that were deleted not long ago.
func (s *Simulator) domainTaken(name string) bool {
	if s.now().Before(s.reservedDomains[strings.ToLower(name)]) {
		return true
	}
	holders := s.trunks.oldestFirst(func(t *Trunk) bool { return strings.EqualFold(t.DomainName, name) })
	return len(holders) > 0
}

func (s *Simulator) reserveDomain(name string) {
	if name != "" {
		s.reservedDomains[strings.ToLower(name)] = s.now().Add(s.settings.DomainQuarantine)
	}
}

func refuseTrunkDelete(c *call, t *Trunk) *failure {
	if c.sim.subdomains[t.SID] {
		return fail(codeTrunkSubdomains)
	}
	for _, r := range c.sim.numbers.oldestFirst(func(n *Number) bool { return n.TrunkSID == t.SID }) {
		if c.sim.emergencyBound(r.value) {
			return fail(codeEmergency, r.value.PhoneNumber)
		}
	}
	return nil
}

// forgetTrunk takes the origination URLs along, and leaves numbers and lists in the account.
func (s *Simulator) forgetTrunk(t *Trunk) {
	s.reserveDomain(t.DomainName)
	s.originationURLs.removeAll(func(u *OriginationURL) bool { return u.TrunkSID == t.SID })
	s.trunkCredentials.removeAll(func(a *Attachment) bool { return a.TrunkSID == t.SID })
	s.trunkAccessLists.removeAll(func(a *Attachment) bool { return a.TrunkSID == t.SID })
	for _, r := range s.numbers {
		if r.value.TrunkSID == t.SID {
			r.value.TrunkSID = ""
		}
	}
	delete(s.subdomains, t.SID)
	delete(s.trunks, t.SID)
}

func viewTrunk(c *call, t *Trunk) object {
	address := c.base() + "/v1/Trunks/" + t.SID
	ways := c.sim.authTypes(t.SID)
	return object{
		"sid": t.SID, "account_sid": t.AccountSID, "friendly_name": orNull(t.FriendlyName), "domain_name": orNull(t.DomainName),
		"disaster_recovery_url": orNull(t.DisasterRecoveryURL), "disaster_recovery_method": t.DisasterRecoveryMethod,
		"transfer_mode": t.TransferMode, "transfer_caller_id": t.TransferCallerID, "secure": t.Secure,
		"cnam_lookup_enabled": t.CnamLookupEnabled, "symmetric_rtp_enabled": false,
		"recording": object{"mode": "do-not-record", "trim": "do-not-trim"},
		"auth_type": strings.Join(ways, ","), "auth_type_set": ways,
		"date_created": trunkingDate(t.DateCreated), "date_updated": trunkingDate(t.DateUpdated), "url": address,
		"links": object{
			"origination_urls": address + "/OriginationUrls", "credential_lists": address + "/CredentialLists",
			"ip_access_control_lists": address + "/IpAccessControlLists", "phone_numbers": address + "/PhoneNumbers",
		},
	}
}

// authTypes is how callers of the termination domain prove themselves: by what lists the trunk has at this moment.
func (s *Simulator) authTypes(trunk string) []string {
	ways := []string{}
	onTrunk := func(a *Attachment) bool { return a.TrunkSID == trunk }
	if len(s.trunkAccessLists.oldestFirst(onTrunk)) > 0 {
		ways = append(ways, "IP_ACL")
	}
	if len(s.trunkCredentials.oldestFirst(onTrunk)) > 0 {
		ways = append(ways, "CREDENTIAL_LIST")
	}
	return ways
}
