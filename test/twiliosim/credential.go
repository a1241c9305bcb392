package twiliosim

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Credential is one user name of a credential list. Its password is kept apart, since Twilio never gives it back; a test reads it
// with CredentialPassword.
type Credential struct {
	Resource
	CredentialListSID string
	Username          string
}

const (
	longestUsername  = 32
	shortestPassword = 12
)

func credentials() collection[Credential] {
	return collection[Credential]{
		key: "credentials", prefix: "CR", invalid: codeListInvalid, required: []string{"Username", "Password"},
		rows:   func(s *Simulator) table[Credential] { return s.credentials },
		parent: credentialListExists,
		within: func(c *call, r *Credential) bool {
			return r.AccountSID == c.account && r.CredentialListSID == c.vars["CL"]
		},
		quota:  func(c *call) (int, int) { return c.sim.settings.Quotas.CredentialsPerList, codeCredentialQuota },
		read:   readCredential,
		view:   viewCredential,
		forget: (*Simulator).forgetCredential,
	}
}

func readCredential(c *call, f *form, r *Credential) {
	if r.CredentialListSID == "" { // an update changes the password only
		r.CredentialListSID = c.vars["CL"]
		f.text("Username", longestUsername, &r.Username)
	}
	sameUser := func(other *Credential) bool { return other.Username == r.Username }
	if credentials().taken(c, r, sameUser) {
		f.refuse("Username exists")
	}
	if !f.has("Password") {
		return
	}
	if !goodPassword(f.get("Password")) {
		f.refuse("Password")
	}
	if f.failed == nil {
		c.sim.passwords[r.SID] = f.get("Password")
	}
}

func goodPassword(password string) bool {
	return utf8.RuneCountInString(password) >= shortestPassword && strings.ContainsFunc(password, unicode.IsDigit) &&
		strings.ContainsFunc(password, unicode.IsUpper) && strings.ContainsFunc(password, unicode.IsLower)
}

func (s *Simulator) forgetCredential(r *Credential) {
	delete(s.passwords, r.SID)
	delete(s.credentials, r.SID)
}

func viewCredential(_ *call, r *Credential) object {
	return object{
		"sid": r.SID, "account_sid": r.AccountSID, "credential_list_sid": r.CredentialListSID, "username": r.Username,
		"date_created": accountDate(r.DateCreated), "date_updated": accountDate(r.DateUpdated),
		"uri": accountPath(r.AccountSID) + "/SIP/CredentialLists/" + r.CredentialListSID + "/Credentials/" + r.SID + ".json",
	}
}
