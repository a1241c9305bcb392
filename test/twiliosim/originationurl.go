package twiliosim

import "strings"

// OriginationURL is where a trunk sends incoming calls.
type OriginationURL struct {
	Resource
	TrunkSID     string
	FriendlyName string
	SIPURL       string
	Priority     int
	Weight       int
	Enabled      bool
}

func originationURLs() collection[OriginationURL] {
	return collection[OriginationURL]{
		key: "origination_urls", prefix: "OU", invalid: codeTrunkInvalid,
		required: []string{"FriendlyName", "SipUrl", "Priority", "Weight", "Enabled"},
		rows:     func(s *Simulator) table[OriginationURL] { return s.originationURLs },
		parent:   trunkExists,
		within: func(c *call, u *OriginationURL) bool {
			return u.AccountSID == c.account && u.TrunkSID == c.vars["TK"]
		},
		quota:  func(c *call) (int, int) { return c.sim.settings.Quotas.OriginationURLsPerTrunk, codeOriginationQuota },
		read:   readOriginationURL,
		view:   viewOriginationURL,
		forget: func(s *Simulator, u *OriginationURL) { delete(s.originationURLs, u.SID) },
	}
}

func readOriginationURL(c *call, f *form, u *OriginationURL) {
	u.TrunkSID = c.vars["TK"]
	f.text("FriendlyName", 64, &u.FriendlyName)
	f.number("Priority", 0, 65535, &u.Priority)
	f.number("Weight", 1, 65535, &u.Weight)
	f.truth("Enabled", &u.Enabled)
	if !f.has("SipUrl") {
		return
	}
	// Twilio routes to sip: only; sips: is refused although it looks like a stricter variant.
	if host, isSIP := strings.CutPrefix(f.get("SipUrl"), "sip:"); !isSIP || strings.Trim(host, "/ ") == "" {
		f.refuse("SipUrl")
		return
	}
	u.SIPURL = f.get("SipUrl")
}

func viewOriginationURL(c *call, u *OriginationURL) object {
	return object{
		"sid": u.SID, "account_sid": u.AccountSID, "trunk_sid": u.TrunkSID, "friendly_name": u.FriendlyName, "sip_url": u.SIPURL,
		"priority": u.Priority, "weight": u.Weight, "enabled": u.Enabled,
		"date_created": trunkingDate(u.DateCreated), "date_updated": trunkingDate(u.DateUpdated),
		"url": c.base() + "/v1/Trunks/" + u.TrunkSID + "/OriginationUrls/" + u.SID,
	}
}
