package twiliosim

import (
	"net/url"
	"regexp"
	"strings"
)

// Number is a phone number that an account owns.
type Number struct {
	Resource
	PhoneNumber            string
	FriendlyName           string
	VoiceURL               string
	VoiceMethod            string
	VoiceFallbackURL       string
	VoiceFallbackMethod    string
	VoiceReceiveMode       string
	VoiceCallerIDLookup    bool
	VoiceApplicationSID    string
	SMSURL                 string
	SMSMethod              string
	SMSFallbackURL         string
	SMSFallbackMethod      string
	SMSApplicationSID      string
	StatusCallback         string
	StatusCallbackMethod   string
	TrunkSID               string
	AddressSID             string
	BundleSID              string
	IdentitySID            string
	EmergencyStatus        string
	EmergencyAddressSID    string
	EmergencyAddressStatus string
}

func numbers() collection[Number] {
	return collection[Number]{
		key: "incoming_phone_numbers", prefix: "PN", invalid: codeBadParameter,
		rows:   func(s *Simulator) table[Number] { return s.numbers },
		within: func(c *call, n *Number) bool { return n.AccountSID == c.account },
		read:   readNumber,
		view:   viewNumber,
		match:  matchNumbers,
		refuse: refuseNumberRelease,
		forget: (*Simulator).forgetNumber,
	}
}

func readNumber(c *call, f *form, n *Number) {
	f.text("FriendlyName", 64, &n.FriendlyName)
	readVoice(f, n)
	readMessaging(f, n)
	f.sid("AddressSid", "AD", &n.AddressSID)
	f.sid("BundleSid", "BU", &n.BundleSID)
	f.sid("IdentitySid", "RI", &n.IdentitySID)
	readRoute(c, f, n)
	if f.has("AccountSid") {
		readTransfer(c, f, n)
	}
	readEmergency(c, f, n)
}

func readVoice(f *form, n *Number) {
	f.text("VoiceUrl", 2048, &n.VoiceURL)
	f.choice("VoiceMethod", &n.VoiceMethod, "GET", "POST")
	f.text("VoiceFallbackUrl", 2048, &n.VoiceFallbackURL)
	f.choice("VoiceFallbackMethod", &n.VoiceFallbackMethod, "GET", "POST")
	f.choice("VoiceReceiveMode", &n.VoiceReceiveMode, "voice", "fax")
	f.truth("VoiceCallerIdLookup", &n.VoiceCallerIDLookup)
	f.text("StatusCallback", 2048, &n.StatusCallback)
	f.choice("StatusCallbackMethod", &n.StatusCallbackMethod, "GET", "POST")
}

func readMessaging(f *form, n *Number) {
	f.text("SmsUrl", 2048, &n.SMSURL)
	f.choice("SmsMethod", &n.SMSMethod, "GET", "POST")
	f.text("SmsFallbackUrl", 2048, &n.SMSFallbackURL)
	f.choice("SmsFallbackMethod", &n.SMSFallbackMethod, "GET", "POST")
	f.sid("SmsApplicationSid", "AP", &n.SMSApplicationSID)
}

// readRoute keeps the rule that a number has a trunk or a voice application: setting one deletes the other.
func readRoute(c *call, f *form, n *Number) {
	f.sid("VoiceApplicationSid", "AP", &n.VoiceApplicationSID)
	if f.get("VoiceApplicationSid") != "" {
		n.TrunkSID = ""
	}
	f.sid("TrunkSid", "TK", &n.TrunkSID)
	if f.get("TrunkSid") == "" {
		return
	}
	if t := c.sim.trunks.get(n.TrunkSID); t == nil || t.AccountSID != n.AccountSID {
		f.refuseWith(codeNotFound, "TrunkSid")
		return
	}
	n.VoiceApplicationSID = ""
}

// readTransfer moves a number between the accounts of one family; a trunk of the old account cannot come along.
func readTransfer(c *call, f *form, n *Number) {
	to := f.get("AccountSid")
	if to == n.AccountSID {
		return
	}
	if !c.sim.mayActFor(c.caller, to) {
		f.refuseWith(codeNotFound, "AccountSid")
		return
	}
	n.AccountSID, n.TrunkSID = to, ""
}

// matchNumbers filters as Twilio does: PhoneNumber is a part of the number, with * for any digit, never an exact match.
func matchNumbers(c *call) func(*Number) bool {
	query := c.request.URL.Query()
	digits := hasPart(query)
	return func(n *Number) bool {
		if query.Has("FriendlyName") && query.Get("FriendlyName") != n.FriendlyName {
			return false
		}
		if query.Get("Beta") == "true" || query.Get("Origin") == "hosted" {
			return false
		}
		return digits(n.PhoneNumber)
	}
}

// hasPart is partOfNumber for many numbers: without a * no pattern has to be matched.
func hasPart(query url.Values) func(number string) bool {
	if wanted := strings.TrimSpace(query.Get("PhoneNumber")); !strings.Contains(wanted, "*") {
		return func(number string) bool { return strings.Contains(number, wanted) }
	}
	return partOfNumber(query).MatchString
}

func partOfNumber(query url.Values) *regexp.Regexp {
	wanted := regexp.QuoteMeta(strings.TrimSpace(query.Get("PhoneNumber")))
	return regexp.MustCompile(strings.ReplaceAll(wanted, `\*`, `[0-9]`))
}

func refuseNumberRelease(c *call, n *Number) *failure {
	if c.sim.emergencyBound(n) {
		return fail(codeEmergency, n.PhoneNumber)
	}
	return nil
}

func (s *Simulator) forgetNumber(n *Number) {
	delete(s.emergencyEnds, n.SID)
	delete(s.attachedVisible, n.SID)
	delete(s.numbers, n.SID)
}
