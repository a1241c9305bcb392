package twiliosim

import "time"

// NumberOptions configure a number that a test adds.
type NumberOptions struct {
	FriendlyName           string
	VoiceURL               string
	VoiceApplicationSID    string
	SMSURL                 string
	TrunkSID               string
	EmergencyStatus        string // Active without an address status also registers an address
	EmergencyAddressStatus string
}

// AddNumber puts a number into an account and returns its SID.
func (s *Simulator) AddNumber(account, number string, o NumberOptions) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.newNumber(s.newResource("PN", s.mustAccount(account).sid), number)
	if o.FriendlyName != "" {
		n.FriendlyName = o.FriendlyName
	}
	n.VoiceURL, n.VoiceApplicationSID, n.SMSURL, n.TrunkSID = o.VoiceURL, o.VoiceApplicationSID, o.SMSURL, o.TrunkSID
	if o.EmergencyStatus != "" {
		n.EmergencyStatus = o.EmergencyStatus
	}
	if o.EmergencyStatus == emergencyActive && o.EmergencyAddressStatus == "" {
		o.EmergencyAddressStatus = addressRegistered
	}
	if o.EmergencyAddressStatus != "" {
		n.EmergencyAddressStatus, n.EmergencyAddressSID = o.EmergencyAddressStatus, s.sid("AD")
	}
	insert(s, s.numbers, n.SID, n, time.Time{})
	return n.SID
}

// AddAvailableNumbers puts local numbers on sale in a country, such as "US". A number that was released is not on sale again by itself.
func (s *Simulator) AddAvailableNumbers(country string, numbers ...string) {
	s.AddAvailableNumbersOfType(country, saleLocal, numbers...)
}

// AddAvailableNumbersOfType puts numbers of a type on sale: Local, Mobile or TollFree.
func (s *Simulator) AddAvailableNumbersOfType(country, saleType string, numbers ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, number := range numbers {
		s.available[number] = offer{country: country, saleType: saleType}
	}
}

// AddTrunk makes a trunk by hand, as somebody in Twilio's console would, and returns its SID.
func (s *Simulator) AddTrunk(account, friendlyName, domainName string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &Trunk{
		Resource: s.newResource("TK", s.mustAccount(account).sid), FriendlyName: friendlyName, DomainName: domainName,
		TransferMode: "disable-all", TransferCallerID: "from-transferee", DisasterRecoveryMethod: "POST",
	}
	insert(s, s.trunks, t.SID, t, time.Time{})
	return t.SID
}

// AddOriginationURL makes an origination URL by hand and returns its SID.
func (s *Simulator) AddOriginationURL(trunk, friendlyName, sipURL string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := &OriginationURL{
		Resource: s.newResource("OU", s.trunks.get(trunk).AccountSID), TrunkSID: trunk,
		FriendlyName: friendlyName, SIPURL: sipURL, Priority: 10, Weight: 10, Enabled: true,
	}
	insert(s, s.originationURLs, u.SID, u, time.Time{})
	return u.SID
}

// SetTrunkSubdomains says whether a trunk has subdomains, which block its deletion.
func (s *Simulator) SetTrunkSubdomains(trunk string, has bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.subdomains[trunk] = has
}

// MoveNumber puts a number on a trunk by hand; an empty trunk takes it off.
func (s *Simulator) MoveNumber(number, trunk string) {
	s.EditNumber(number, func(n *Number) {
		n.TrunkSID = trunk
		if trunk != "" {
			n.VoiceApplicationSID = ""
		}
	})
}

// EditNumber changes any setting of a number by hand; it does nothing where there is no such number.
func (s *Simulator) EditNumber(number string, edit func(*Number)) {
	editByHand(s, s.numbers, number, edit)
}

// EditTrunk changes any setting of a trunk by hand.
func (s *Simulator) EditTrunk(trunk string, edit func(*Trunk)) { editByHand(s, s.trunks, trunk, edit) }

// RemoveTrunk deletes a trunk by hand, with what goes along with it, and reports whether it was there.
func (s *Simulator) RemoveTrunk(sid string) bool { return removeByHand(s, trunks(), sid) }

// RemoveOriginationURL deletes an origination URL by hand.
func (s *Simulator) RemoveOriginationURL(sid string) bool {
	return removeByHand(s, originationURLs(), sid)
}

// RemoveNumber releases a number by hand.
func (s *Simulator) RemoveNumber(sid string) bool { return removeByHand(s, numbers(), sid) }

// RemoveCredentialList deletes a credential list by hand, from every trunk too.
func (s *Simulator) RemoveCredentialList(sid string) bool {
	return removeByHand(s, credentialLists(), sid)
}

// RemoveCredential deletes a credential by hand.
func (s *Simulator) RemoveCredential(sid string) bool { return removeByHand(s, credentials(), sid) }

// RemoveIPAccessControlList deletes an IP access control list by hand, from every trunk too.
func (s *Simulator) RemoveIPAccessControlList(sid string) bool {
	return removeByHand(s, accessLists(), sid)
}

func (s *Simulator) newResource(prefix, account string) Resource {
	now := s.now()
	return Resource{SID: s.sid(prefix), AccountSID: account, DateCreated: now, DateUpdated: now}
}

func editByHand[T any](s *Simulator, t table[T], sid string, edit func(*T)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if value := t.get(sid); value != nil {
		edit(value)
		resourceOf(value).DateUpdated = s.now()
	}
}

func removeByHand[T any](s *Simulator, k collection[T], sid string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	value := k.rows(s).get(sid)
	if value != nil {
		k.forget(s, value)
	}
	return value != nil
}
