package explore

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
)

// switchboard is a trunk that others have in the account.
const switchboard = "switchboard"

// holdNumber puts the number on the trunk of others: it is theirs from then on, until
// that trunk goes.
func (s *system) holdNumber() bool {
	for _, trunk := range s.twilio.Trunks(accountSID) {
		if trunk.FriendlyName == switchboard {
			s.held = trunk.SID
			s.twilio.MoveNumber(s.twilio.Numbers(accountSID)[0].SID, s.held)
			return true
		}
	}
	return false
}

func (s *system) removeSwitchboard() bool {
	gone := s.twilio.RemoveTrunk(s.held)
	s.held = ""
	return gone
}

// freeing lets the number be on no trunk until it is on one again.
func freeing(by Event) Event {
	return Event{Name: by.Name, happen: func(s *system) bool {
		s.freed = by.happen(s)
		return s.freed
	}}
}

// noteTrunk notes that the number is on a trunk again.
func (s *system) noteTrunk() { s.freed = s.freed && s.onTrunk() == "" }

// onTrunk is where the number is.
func (s *system) onTrunk() string {
	for _, number := range s.twilio.Numbers(accountSID) {
		return number.TrunkSID
	}
	return ""
}

// back says whether a number that was taken over is not where it was, once its object
// has gone: invariant I9.
func (s *system) back(owner v1alpha1.Owner) []string {
	if on := s.onTrunk(); s.held != "" && !s.freed && owner.Policy() != v1alpha1.DeletionPolicyRelease && on != s.held {
		return []string{fmt.Sprintf("I9: %q is gone, and its number is on %q, want it back on %q", owner.GetName(), on, s.held)}
	}
	return nil
}

var attachments = regexp.MustCompile(`^/v1/Trunks/(\w+)/PhoneNumbers$`)

// restores reports whether a call gives a number back. It must be on our trunk, from
// where nobody else misses it.
func (v *visit) restores(request *http.Request) bool {
	number, ok := v.seen.(*v1alpha1.PhoneNumber)
	to := attachments.FindStringSubmatch(request.URL.Path)
	if !ok || number.DeletionTimestamp.IsZero() || request.Method != http.MethodPost || to == nil {
		return false
	}
	entry, _ := ledger.Find(number.Status.ExternalResources, external.SlotAttachment)
	if entry.Origin != v1alpha1.OriginTakenOver || entry.Previous != to[1] {
		return false
	}
	if on := v.system.onTrunk(); on != entry.ParentID && on != entry.Previous {
		v.violate("I9", "%s takes the number from %q, which is not ours", request.URL.Path, on)
	}
	return true
}

// takes wants a number to be taken from nothing but what the fence says.
func (v *visit) takes(slot external.Slot, what string) {
	on := v.system.onTrunk()
	if slot != external.SlotAttachment || on == "" || v.fence == nil || strings.Contains(what, "/"+on+"/") {
		return
	}
	if entry, _ := ledger.Find(v.fence.Lifecycle().ExternalResources, slot); entry.Previous != on {
		v.violate("I9", "%s takes the number from %q, and %q is on record", what, on, entry.Previous)
	}
}
