package twiliosim

import (
	"crypto/subtle"
	"strings"
)

// authenticate names the account that the credentials belong to, or none.
func (s *Simulator) authenticate(user, password string) string {
	if password == "" {
		return ""
	}
	if key, ok := s.keys[user]; ok && same(password, key.secret) {
		return key.account
	}
	if a, ok := s.accounts[user]; ok && same(password, a.token) {
		return a.sid
	}
	return ""
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// authorize settles which account a request is about. Trunking has no account in its paths and answers for the account of the
// credentials; the account API answers for the account in the path, if the credentials belong to it or to its parent.
func (s *Simulator) authorize(c *call) *failure {
	if c.caller == "" {
		return fail(codeUnauthorized)
	}
	if c.operation == nil {
		return s.activity(c.caller)
	}
	c.account = c.caller
	if named, ok := c.vars["AC"]; ok {
		c.account = named
	}
	if !s.mayActFor(c.caller, c.account) {
		return fail(codeUnauthorized)
	}
	return s.activity(c.account, c.caller)
}

func (s *Simulator) mayActFor(caller, target string) bool {
	a, ok := s.accounts[target]
	return ok && (target == caller || a.parent == caller)
}

func (s *Simulator) activity(sids ...string) *failure {
	for _, sid := range sids {
		for ; sid != ""; sid = s.accounts[sid].parent {
			if s.accounts[sid].status != AccountActive {
				return fail(s.settings.SuspendedCode)
			}
		}
	}
	return nil
}

func accountPath(sid string) string { return "/2010-04-01/Accounts/" + sid }

// isSID checks the prefix and 32 hexadecimal digits.
func isSID(prefix, text string) bool {
	digits, ok := strings.CutPrefix(text, prefix)
	return ok && len(digits) == 32 && strings.Trim(digits, "0123456789abcdefABCDEF") == ""
}
