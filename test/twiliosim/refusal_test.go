package twiliosim_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/callplane/callplane/test/twiliosim"
)

// requestCase is one request and what Twilio answers to it.
type requestCase struct {
	reason       string
	do           func(w *world) answer
	status, code int
}

func runRequests(t *testing.T, cases map[string]requestCase) {
	t.Helper()
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := tc.do(newWorld(t))
			if got.status != tc.status || got.code != tc.code {
				t.Errorf("%s: got %v, want %d/%d", tc.reason, got, tc.status, tc.code)
			}
			if want := fmt.Sprintf("https://www.twilio.com/docs/errors/%d", tc.code); tc.code != 0 && got.str("more_info") != want {
				t.Errorf("%s: more_info is %q, want %q", tc.reason, got.str("more_info"), want)
			}
		})
	}
}

const (
	nobody       = "00000000000000000000000000000000"
	goodPassword = "Abcdefgh1234"
)

var long = strings.Repeat("x", 65)

func origination(w *world, field, value string) answer {
	params := map[string]string{"FriendlyName": "o", "SipUrl": "sip:a.example", "Priority": "1", "Weight": "1", "Enabled": "true"}
	params[field] = value
	flat := []string{}
	for k, v := range params {
		flat = append(flat, k, v)
	}
	return w.post(w.trunk()+"/OriginationUrls", flat...)
}

func credential(w *world, user, password string) answer {
	return w.post(w.lists()+"/"+w.list("l")+"/Credentials.json", "Username", user, "Password", password)
}

func address(w *world, ip, prefix string) answer {
	return w.post(w.acls()+"/"+w.acl("a")+"/IpAddresses.json", "FriendlyName", "n", "IpAddress", ip, "CidrPrefixLength", prefix)
}

func TestRefusedTrunks(t *testing.T) {
	runRequests(t, map[string]requestCase{
		"TrunkName": {"a trunk name has at most 64 characters", func(w *world) answer {
			return w.post("/v1/Trunks", "FriendlyName", long)
		}, 400, 21245},
		"TrunkDomain": {"a domain ends in pstn.twilio.com", func(w *world) answer {
			return w.post("/v1/Trunks", "DomainName", "a.example.com")
		}, 400, 21245},
		"TrunkDomainText": {"a domain has letters, digits and dashes", func(w *world) answer {
			return w.post("/v1/Trunks", "DomainName", "a_b.pstn.twilio.com")
		}, 400, 21245},
		"TrunkSecure": {"a truth value is true or false", func(w *world) answer {
			return w.post("/v1/Trunks", "Secure", "maybe")
		}, 400, 21245},
		"TrunkMode": {"a transfer mode is one of three", func(w *world) answer {
			return w.post("/v1/Trunks", "TransferMode", "x")
		}, 400, 21245},
	})
}

func TestRefusedPaths(t *testing.T) {
	runRequests(t, map[string]requestCase{
		"EmptySID": {"an empty SID names no resource", func(w *world) answer { return w.delete("/v1/Trunks/") }, 404, 20404},
		"WrongSID": {"a SID has its own prefix", func(w *world) answer {
			return w.get("/v1/Trunks/CL" + nobody)
		}, 404, 20404},
		"EmptyListSID": {"an empty SID before .json names no resource", func(w *world) answer {
			return w.delete(w.lists() + "/.json")
		}, 404, 20404},
		"Method": {"PUT is no method of Twilio", func(w *world) answer { return w.do("PUT", "/v1/Trunks") }, 405, 20004},
		"NoTrunk": {"what is below no trunk is not found", func(w *world) answer {
			return w.get("/v1/Trunks/TK" + nobody + "/PhoneNumbers")
		}, 404, 20404},
		"PageSize": {"a page has at most 1000 items", func(w *world) answer {
			return w.get("/v1/Trunks?PageSize=1001")
		}, 400, 20007},
		"PageToken": {"a page token comes from Twilio", func(w *world) answer {
			return w.get("/v1/Trunks?PageToken=x")
		}, 400, 20001},
	})
}

func TestRefusedOriginationURLs(t *testing.T) {
	runRequests(t, map[string]requestCase{
		"SIPS": {"sips is not supported", func(w *world) answer {
			return origination(w, "SipUrl", "sips:a.example")
		}, 400, 21245},
		"SIPHost": {"a SIP URL names a host", func(w *world) answer { return origination(w, "SipUrl", "sip:") }, 400, 21245},
		"Weight":  {"a weight is at least 1", func(w *world) answer { return origination(w, "Weight", "0") }, 400, 21245},
		"WeightMost": {"a weight is at most 65535", func(w *world) answer {
			return origination(w, "Weight", "65536")
		}, 400, 21245},
		"Priority": {"a priority is at least 0", func(w *world) answer {
			return origination(w, "Priority", "-1")
		}, 400, 21245},
		"Required": {"origination URLs have required parameters", func(w *world) answer {
			return w.post(w.trunk()+"/OriginationUrls", "FriendlyName", "o")
		}, 400, 21245},
	})
}

func TestRefusedLists(t *testing.T) {
	runRequests(t, map[string]requestCase{
		"EmptyBody": {"an empty body lacks what is required", func(w *world) answer {
			return w.post(w.lists() + ".json")
		}, 400, 21240},
		"ListName": {"a list name has at most 64 characters", func(w *world) answer {
			return w.post(w.lists()+".json", "FriendlyName", long)
		}, 400, 21240},
		"ACLName": {"an access list name has at most 255 characters", func(w *world) answer {
			return w.post(w.acls()+".json", "FriendlyName", strings.Repeat(long, 4))
		}, 400, 21235},
		"Username": {"a user name has at most 32 characters", func(w *world) answer {
			return credential(w, long[:33], goodPassword)
		}, 400, 21240},
		"PasswordShort": {"a password has at least 12 characters", func(w *world) answer {
			return credential(w, "u", goodPassword[:11])
		}, 400, 21240},
		"PasswordDigit": {"a password has a digit", func(w *world) answer {
			return credential(w, "u", "Abcdefghijkl")
		}, 400, 21240},
		"PasswordCase": {"a password has both cases", func(w *world) answer {
			return credential(w, "u", "abcdefgh1234")
		}, 400, 21240},
		"IPv6":   {"addresses are IPv4", func(w *world) answer { return address(w, "2001:db8::1", "32") }, 400, 21235},
		"Prefix": {"a prefix is at most 32", func(w *world) answer { return address(w, "192.0.2.1", "33") }, 400, 21235},
		"AttachUnknown": {"an unknown list cannot be attached", func(w *world) answer {
			return w.post(w.trunk()+"/CredentialLists", "CredentialListSid", "CL"+nobody)
		}, 404, 20404},
		"DetachNothing": {"what is not attached cannot be detached", func(w *world) answer {
			return w.delete(w.trunk() + "/CredentialLists/" + w.list("l"))
		}, 404, 20404},
	})
}

func TestRefusedPurchases(t *testing.T) {
	runRequests(t, map[string]requestCase{
		"BuyNothing": {"a purchase says what to buy", func(w *world) answer {
			return w.post(w.numbers()+".json", "FriendlyName", "x")
		}, 400, 20001},
		"BuyNonsense": {"a number is E.164", func(w *world) answer {
			return w.post(w.numbers()+".json", "PhoneNumber", "hello")
		}, 400, 21421},
		"BuyUnavailable": {"a number that is not on sale cannot be bought", func(w *world) answer {
			return w.post(w.numbers()+".json", "PhoneNumber", "+14155550123")
		}, 400, 21422},
		"BuyArea": {"an area without numbers sells none", func(w *world) answer {
			return w.post(w.numbers()+".json", "AreaCode", "907")
		}, 400, 21452},
	})
}

func TestQuotas(t *testing.T) {
	small := twiliosim.WithSettings(func(s *twiliosim.Settings) {
		s.Quotas = twiliosim.Quotas{
			TrunksPerAccount: 1, TrunksPerTrialAccount: 1, NumbersPerTrialAccount: 1, OriginationURLsPerTrunk: 1,
			CredentialListsPerAccount: 1, CredentialsPerList: 1, AccessControlListsPerAccount: 1, AddressesPerList: 1,
		}
	})
	cases := map[string]struct {
		reason string
		path   func(w *world) string
		params []string // # is the number of the attempt
		code   int
	}{
		"Trunks": {"trunks per account", func(*world) string { return "/v1/Trunks" }, nil, 21244},
		"Lists":  {"lists per account", func(w *world) string { return w.lists() + ".json" }, []string{"FriendlyName", "#"}, 21239},
		"ACLs":   {"access lists per account", func(w *world) string { return w.acls() + ".json" }, []string{"FriendlyName", "#"}, 21255},
		"Credentials": {
			"credentials per list", func(w *world) string { return w.lists() + "/" + w.list("l") + "/Credentials.json" },
			[]string{"Username", "u#", "Password", goodPassword}, 21242,
		},
		"Addresses": {
			"addresses per list", func(w *world) string { return w.acls() + "/" + w.acl("a") + "/IpAddresses.json" },
			[]string{"FriendlyName", "#", "IpAddress", "192.0.2.#"}, 21237,
		},
		"Originations": {
			"origination URLs per trunk", func(w *world) string { return w.trunk() + "/OriginationUrls" },
			[]string{"FriendlyName", "#", "SipUrl", "sip:a.example", "Priority", "1", "Weight", "1", "Enabled", "true"}, 21249,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, small)
			path := tc.path(w)
			w.must(201, w.post(path, numbered(1, tc.params)...))
			if got := w.post(path, numbered(2, tc.params)...); got.status != 400 || got.code != tc.code {
				t.Errorf("%s are limited: got %v, want 400/%d", tc.reason, got, tc.code)
			}
		})
	}
}

func numbered(i int, params []string) []string {
	all := []string{}
	for _, param := range params {
		all = append(all, strings.ReplaceAll(param, "#", fmt.Sprint(i)))
	}
	return all
}

func TestTrialAccount(t *testing.T) {
	w := newWorld(t)
	trial := w.sim.AddAccount(twiliosim.AccountOptions{Trial: true})
	w.sim.AddAvailableNumbers("US", "+14155550111")
	w.sim.AddNumber(trial.SID, "+14155550110", twiliosim.NumberOptions{})
	w.account = trial
	w = w.as(trial.SID, trial.AuthToken)
	w.trunk()
	if got := w.post("/v1/Trunks"); got.code != 21244 {
		t.Errorf("a trial account has one trunk: got %v", got)
	}
	if got := w.post(w.numbers()+".json", "PhoneNumber", "+14155550111"); got.code != 21404 {
		t.Errorf("a trial account has one number: got %v", got)
	}
}
