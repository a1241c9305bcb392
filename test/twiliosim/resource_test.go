package twiliosim_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/test/twiliosim"
)

const domain = "line-1.pstn.twilio.com"

func TestTrunkLifeCycle(t *testing.T) {
	w := newWorld(t)
	trunk := w.trunk("FriendlyName", "line", "DomainName", domain, "Secure", "true")
	w.clock.advance(time.Hour)
	w.must(200, w.post(trunk, "FriendlyName", "renamed"))
	got := w.must(200, w.get(trunk))
	want := map[string]any{
		"friendly_name": "renamed", "domain_name": domain, "secure": true, "account_sid": w.account.SID, "auth_type": "",
		"date_created": "2026-03-01T12:00:00Z", "date_updated": "2026-03-01T13:00:00Z", "url": w.url + trunk,
	}
	for field, value := range want {
		if diff := cmp.Diff(value, got.body[field]); diff != "" {
			t.Errorf("%s: an update changes what was sent and keeps the rest: %s", field, diff)
		}
	}
	w.must(204, w.delete(trunk))
	if got := w.delete(trunk); got.status != 404 || got.code != 20404 {
		t.Errorf("a second delete finds nothing: got %v", got)
	}
}

func TestTrunkWithoutDomain(t *testing.T) {
	w := newWorld(t)
	if got := w.must(201, w.post("/v1/Trunks", "FriendlyName", "x")); got.body["domain_name"] != nil {
		t.Errorf("a trunk without a domain is made all the same: got %v", got)
	}
	first, second := w.trunk("FriendlyName", "same"), w.trunk("FriendlyName", "same")
	if first == second {
		t.Error("names of trunks are not unique, so a repeated create makes a second trunk")
	}
}

func TestDomainIsUniqueAndQuarantined(t *testing.T) {
	w := newWorld(t)
	other := w.sim.AddAccount(twiliosim.AccountOptions{})
	trunk := w.trunk("DomainName", domain)
	if got := w.as(other.SID, other.AuthToken).post("/v1/Trunks", "DomainName", "LINE-1.pstn.twilio.com"); got.status != 400 || got.code != 21248 {
		t.Errorf("a domain is unique across accounts and letter cases: got %v", got)
	}
	w.must(200, w.post(trunk, "DomainName", domain))
	w.must(204, w.delete(trunk))
	w.clock.advance(30*24*time.Hour - time.Second)
	if got := w.post("/v1/Trunks", "DomainName", domain); got.code != 21248 {
		t.Errorf("a deleted trunk's domain stays reserved for 30 days, for its own account too: got %v", got)
	}
	w.clock.advance(time.Second)
	w.must(201, w.post("/v1/Trunks", "DomainName", domain))
}

func TestDomainCanBeCleared(t *testing.T) {
	w := newWorld(t)
	trunk := w.trunk("DomainName", domain)
	if got := w.must(200, w.post(trunk, "DomainName", "")); got.body["domain_name"] != nil {
		t.Errorf("an empty value clears a field: got %v", got)
	}
}

func TestTrunkDeletion(t *testing.T) {
	w := newWorld(t)
	trunk, list, acl := w.trunk(), w.list("l"), w.acl("a")
	sid := trunk[len("/v1/Trunks/"):]
	number := w.sim.AddNumber(w.account.SID, "+14155550100", twiliosim.NumberOptions{VoiceURL: "https://voice.example"})
	w.must(201, w.post(trunk+"/OriginationUrls", "FriendlyName", "o", "SipUrl", "sip:a.example", "Priority", "1", "Weight", "1", "Enabled", "true"))
	w.must(201, w.post(trunk+"/CredentialLists", "CredentialListSid", list))
	w.must(201, w.post(trunk+"/IpAccessControlLists", "IpAccessControlListSid", acl))
	w.must(201, w.post(trunk+"/PhoneNumbers", "PhoneNumberSid", number))
	w.sim.SetTrunkSubdomains(sid, true)
	if got := w.delete(trunk); got.status != 400 || got.code != 21247 {
		t.Errorf("a trunk with subdomains stays: got %v", got)
	}
	w.sim.SetTrunkSubdomains(sid, false)
	w.must(204, w.delete(trunk))
	if left := w.sim.OriginationURLs(""); len(left) != 0 {
		t.Errorf("origination URLs go with their trunk: %v", left)
	}
	if on := w.sim.CredentialListsOn(""); len(on) != 0 || len(w.sim.CredentialLists("")) != 1 || len(w.sim.IPAccessControlLists("")) != 1 {
		t.Errorf("lists leave the trunk and stay in the account: %v", on)
	}
	got := w.must(200, w.get(w.numbers()+"/"+number+".json"))
	if got.body["trunk_sid"] != nil || got.str("voice_url") != "https://voice.example" {
		t.Errorf("numbers stay in the account with their own voice settings: %v", got)
	}
}

func TestListLifeCycle(t *testing.T) {
	w := newWorld(t)
	list := w.list("users")
	if got := w.post(w.lists()+".json", "FriendlyName", "users"); got.status != 400 || got.code != 21240 {
		t.Errorf("a list name is unique in its account: got %v", got)
	}
	got := w.must(200, w.post(w.lists()+"/"+list+".json", "FriendlyName", "users-2"))
	if got.str("date_created") != "Sun, 01 Mar 2026 12:00:00 +0000" || got.str("uri") != w.lists()+"/"+list+".json" {
		t.Errorf("the account API has RFC 2822 dates and relative addresses: got %v", got)
	}
	users := w.lists() + "/" + list + "/Credentials"
	made := w.must(201, w.post(users+".json", "Username", "u", "Password", "Abcdefgh1234"))
	if _, shown := made.body["password"]; shown {
		t.Error("a password is never given back")
	}
	if got := w.post(users+".json", "Username", "u", "Password", "Abcdefgh1234"); got.code != 21240 {
		t.Errorf("a user name is unique in its list: got %v", got)
	}
	w.must(200, w.post(users+"/"+made.sid()+".json", "Password", "Zyxwvuts9876"))
	if got := w.sim.CredentialPassword(made.sid()); got != "Zyxwvuts9876" {
		t.Errorf("an update changes the password: got %q", got)
	}
	w.must(400, w.post(users+"/"+made.sid()+".json", "Password", "short"))
	if got := w.sim.CredentialPassword(made.sid()); got != "Zyxwvuts9876" {
		t.Errorf("a refused update changes nothing: got %q", got)
	}
	w.must(204, w.delete(w.lists()+"/"+list+".json"))
	if left := w.sim.Credentials(""); len(left) != 0 {
		t.Errorf("credentials go with their list: %v", left)
	}
}

func TestAccessListEntriesAreUnique(t *testing.T) {
	w := newWorld(t)
	w.acl("a")
	if got := w.post(w.acls()+".json", "FriendlyName", "a"); got.code != 21235 {
		t.Errorf("an access list name is unique in its account: got %v", got)
	}
	entries := w.acls() + "/" + w.acl("b") + "/IpAddresses.json"
	made := w.must(201, w.post(entries, "FriendlyName", "one", "IpAddress", "192.0.2.1"))
	if diff := cmp.Diff(float64(32), made.body["cidr_prefix_length"]); diff != "" {
		t.Errorf("the prefix is 32 by default: %s", diff)
	}
	if got := w.post(entries, "FriendlyName", "one", "IpAddress", "192.0.2.2"); got.code != 21235 {
		t.Errorf("an entry's name is unique in its list: got %v", got)
	}
	if got := w.post(entries, "FriendlyName", "two", "IpAddress", "192.0.2.1"); got.code != 21235 {
		t.Errorf("an address is unique in its list: got %v", got)
	}
}

func TestListsOnTrunks(t *testing.T) {
	w := newWorld(t)
	trunk, list, acl := w.trunk(), w.list("l"), w.acl("a")
	made := w.must(201, w.post(trunk+"/CredentialLists", "CredentialListSid", list))
	if made.sid() != list || made.str("friendly_name") != "l" {
		t.Errorf("an association bears the SID and name of its list: got %v", made)
	}
	if got := w.post(trunk+"/CredentialLists", "CredentialListSid", list); got.status != 400 || got.code != 21245 {
		t.Errorf("a list is on a trunk once: got %v", got)
	}
	w.must(201, w.post(trunk+"/IpAccessControlLists", "IpAccessControlListSid", acl))
	if got := w.get(trunk).str("auth_type"); got != "IP_ACL,CREDENTIAL_LIST" {
		t.Errorf("auth_type follows the lists on the trunk: got %q", got)
	}
	if got := w.delete(w.lists() + "/" + list + ".json"); got.status != 400 || got.code != 21241 {
		t.Errorf("a list that is on a trunk stays: got %v", got)
	}
	if got := w.delete(w.acls() + "/" + acl + ".json"); got.status != 400 || got.code != 21236 {
		t.Errorf("an access list that is on a trunk stays: got %v", got)
	}
	w.must(204, w.delete(trunk+"/IpAccessControlLists/"+acl))
	w.must(404, w.delete(trunk+"/IpAccessControlLists/"+acl))
	w.must(204, w.delete(w.acls()+"/"+acl+".json"))
	w.sim.Configure(func(s *twiliosim.Settings) { s.MappedListsBlock = false })
	w.must(204, w.delete(w.lists()+"/"+list+".json"))
	if got := w.get(trunk).str("auth_type"); got != "" {
		t.Errorf("without the block a list leaves its trunks with its deletion: auth_type is %q", got)
	}
}

func TestFilledListsCanBlock(t *testing.T) {
	w := newWorld(t, twiliosim.WithSettings(func(s *twiliosim.Settings) { s.FilledListsBlock = true }))
	list := w.lists() + "/" + w.list("l")
	w.must(201, w.post(list+"/Credentials.json", "Username", "u", "Password", "Abcdefgh1234"))
	if got := w.delete(list + ".json"); got.code != 21240 {
		t.Errorf("a list with credentials stays when so configured: got %v", got)
	}
}

func TestForeignListCannotBeAttached(t *testing.T) {
	w := newWorld(t)
	sub := w.sim.AddSubAccount(w.account.SID, twiliosim.AccountOptions{})
	foreign := w.must(201, w.post("/2010-04-01/Accounts/"+sub.SID+"/SIP/CredentialLists.json", "FriendlyName", "l"))
	if foreign.str("account_sid") != sub.SID {
		t.Errorf("the path decides where a list is made: got %v", foreign)
	}
	trunk := w.must(201, w.post("/v1/Trunks"))
	if trunk.str("account_sid") != w.account.SID {
		t.Errorf("the credentials decide where a trunk is made: got %v", trunk)
	}
	if got := w.post("/v1/Trunks/"+trunk.sid()+"/CredentialLists", "CredentialListSid", foreign.sid()); got.status != 404 {
		t.Errorf("the list of a sub-account is not found from the parent's trunk: got %v", got)
	}
}
