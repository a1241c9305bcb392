package twiliosim

// Trunks returns the trunks of an account; here and below the result is a copy, oldest first, and an empty SID asks for all.
func (s *Simulator) Trunks(account string) []Trunk {
	return snapshot(s, s.trunks, func(t *Trunk) bool { return oneOrAll(account, t.AccountSID) })
}

// OriginationURLs returns the origination URLs of a trunk.
func (s *Simulator) OriginationURLs(trunk string) []OriginationURL {
	return snapshot(s, s.originationURLs, func(u *OriginationURL) bool { return oneOrAll(trunk, u.TrunkSID) })
}

// Numbers returns the numbers of an account.
func (s *Simulator) Numbers(account string) []Number {
	s.settleEmergencies()
	return snapshot(s, s.numbers, func(n *Number) bool { return oneOrAll(account, n.AccountSID) })
}

// NumbersOn returns the numbers on a trunk.
func (s *Simulator) NumbersOn(trunk string) []Number {
	return snapshot(s, s.numbers, func(n *Number) bool { return n.TrunkSID == trunk })
}

// CredentialLists returns the credential lists of an account.
func (s *Simulator) CredentialLists(account string) []CredentialList {
	return snapshot(s, s.credentialLists, func(l *CredentialList) bool { return oneOrAll(account, l.AccountSID) })
}

// Credentials returns the credentials of a list.
func (s *Simulator) Credentials(list string) []Credential {
	return snapshot(s, s.credentials, func(r *Credential) bool { return oneOrAll(list, r.CredentialListSID) })
}

// CredentialPassword returns what no request can: the password of a credential.
func (s *Simulator) CredentialPassword(sid string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.passwords[sid]
}

// IPAccessControlLists returns the IP access control lists of an account.
func (s *Simulator) IPAccessControlLists(account string) []IPAccessControlList {
	return snapshot(s, s.accessLists, func(l *IPAccessControlList) bool { return oneOrAll(account, l.AccountSID) })
}

// IPAddresses returns the addresses of a list.
func (s *Simulator) IPAddresses(list string) []IPAddress {
	return snapshot(s, s.ipAddresses, func(a *IPAddress) bool { return oneOrAll(list, a.IPAccessControlListSID) })
}

// CredentialListsOn returns the credential lists on a trunk.
func (s *Simulator) CredentialListsOn(trunk string) []Attachment {
	return snapshot(s, s.trunkCredentials, func(a *Attachment) bool { return oneOrAll(trunk, a.TrunkSID) })
}

// IPAccessControlListsOn returns the IP access control lists on a trunk.
func (s *Simulator) IPAccessControlListsOn(trunk string) []Attachment {
	return snapshot(s, s.trunkAccessLists, func(a *Attachment) bool { return oneOrAll(trunk, a.TrunkSID) })
}

func oneOrAll(wanted, sid string) bool { return wanted == "" || wanted == sid }

func snapshot[T any](s *Simulator, t table[T], match func(*T) bool) []T {
	s.mu.Lock()
	defer s.mu.Unlock()
	return t.snapshot(match)
}
