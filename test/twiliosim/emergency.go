package twiliosim

const (
	emergencyActive   = "Active"
	emergencyInactive = "Inactive"

	addressRegistered   = "registered"
	addressUnregistered = "unregistered"
	addressLeaving      = "pending-unregistration"
	addressFailed       = "registration-failure"
)

// readEmergency registers an address at once and lets go of it after Settings.EmergencyRelease, since Twilio unregisters later. It is
// read last: what it starts outlives a refused request.
func readEmergency(c *call, f *form, n *Number) {
	f.choice("EmergencyStatus", &n.EmergencyStatus, emergencyActive, emergencyInactive)
	if !f.has("EmergencyAddressSid") || f.failed != nil {
		return
	}
	bound := c.sim.emergencyBound(n)
	f.sid("EmergencyAddressSid", "AD", &n.EmergencyAddressSID)
	switch {
	case f.failed != nil:
	case n.EmergencyAddressSID != "":
		n.EmergencyAddressStatus = addressRegistered
		delete(c.sim.emergencyEnds, n.SID)
	case bound:
		n.EmergencyAddressStatus = addressLeaving
		c.sim.emergencyEnds[n.SID] = c.now.Add(c.sim.settings.EmergencyRelease)
	}
}

// emergencyBound reports whether an emergency address still holds the number.
func (s *Simulator) emergencyBound(n *Number) bool {
	s.settleEmergency(n)
	switch n.EmergencyAddressStatus {
	case "", addressUnregistered, addressFailed:
		return false
	}
	return true
}

func (s *Simulator) settleEmergency(n *Number) {
	ends, leaving := s.emergencyEnds[n.SID]
	if leaving && !s.now().Before(ends) {
		n.EmergencyAddressStatus = addressUnregistered
		delete(s.emergencyEnds, n.SID)
	}
}

func (s *Simulator) settleEmergencies() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.numbers {
		s.settleEmergency(r.value)
	}
}
