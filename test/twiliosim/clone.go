package twiliosim

import (
	"maps"
	"math/rand/v2"
	"time"
)

// Clone copies everything that exists and the settings, but neither the plan of faults nor the log of calls. The copy tells the time by
// now and draws from random. No request may be under way.
func (s *Simulator) Clone(now func() time.Time, random rand.Source) *Simulator {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &Simulator{
		now: now, random: rand.New(random), logf: s.logf, settings: s.settings, order: s.order, seq: s.seq,
		accounts: cloned(s.accounts), keys: cloned(s.keys),
		trunks: s.trunks.clone(), originationURLs: s.originationURLs.clone(), numbers: s.numbers.clone(),
		applications:    s.applications.clone(),
		credentialLists: s.credentialLists.clone(), credentials: s.credentials.clone(),
		accessLists: s.accessLists.clone(), ipAddresses: s.ipAddresses.clone(),
		trunkCredentials: s.trunkCredentials.clone(), trunkAccessLists: s.trunkAccessLists.clone(),
		passwords: maps.Clone(s.passwords), subdomains: maps.Clone(s.subdomains), available: maps.Clone(s.available),
		reservedDomains: maps.Clone(s.reservedDomains),
		emergencyEnds:   maps.Clone(s.emergencyEnds), attachedVisible: maps.Clone(s.attachedVisible),
		inFlight: map[string]int{},
	}
}

func cloned[T any](values map[string]*T) map[string]*T {
	clone := make(map[string]*T, len(values))
	for key, value := range values {
		copied := *value
		clone[key] = &copied
	}
	return clone
}

// clone relies on no resource holding a slice or a map that changes.
func (t table[T]) clone() table[T] {
	clone := make(table[T], len(t))
	for key, kept := range t {
		value := *kept.value
		clone[key] = &row[T]{value: &value, order: kept.order, visibleAt: kept.visibleAt}
	}
	return clone
}

// HideSince lets lists leave out what was created at a time or later, as Twilio's may for a while.
func (s *Simulator) HideSince(since, until time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	hide(s.trunks, since, until)
	hide(s.numbers, since, until)
	hide(s.originationURLs, since, until)
	hide(s.credentialLists, since, until)
	hide(s.credentials, since, until)
	hide(s.accessLists, since, until)
	hide(s.ipAddresses, since, until)
	hide(s.trunkCredentials, since, until)
	hide(s.trunkAccessLists, since, until)
	for sid, row := range s.numbers {
		if !row.value.DateUpdated.Before(since) {
			s.attachedVisible[sid] = until
		}
	}
}

func hide[T any](t table[T], since, until time.Time) {
	for _, row := range t {
		if !resourceOf(row.value).DateCreated.Before(since) {
			row.visibleAt = until
		}
	}
}
