package explore

import (
	"fmt"
	"slices"
	"strings"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/test/twiliosim"
)

// theirURL is where others have their calls sent to; ours is the same.
const theirURL = "sip:my-project.sip.livekit.cloud;transport=tcp"

// importing lets a number use the trunk of others, which has an origination URL.
func (s *system) importing(onDelete v1alpha1.OnDelete) *v1alpha1.PhoneNumber {
	i := slices.IndexFunc(s.twilio.Trunks(accountSID), func(t twiliosim.Trunk) bool { return t.FriendlyName == switchboard })
	trunk := s.twilio.Trunks(accountSID)[i].SID
	if onDelete == v1alpha1.OnDeleteLeave {
		s.lent = trunk
		s.twilio.AddOriginationURL(trunk, switchboard, theirURL)
	} else {
		s.twilio.AddOriginationURL(trunk, switchboard, "sip:pbx.example.com")
	}
	number := newNumber(line)
	number.Spec.Import = []v1alpha1.ImportedResource{{Slot: string(external.SlotTrunk), ID: trunk, OnDelete: onDelete}}
	return number
}

// untouched is I10: what is lent is as it was, and once its number has gone nothing of
// that is left in it.
func (s *system) untouched() []string {
	if s.lent == "" {
		return nil
	}
	same := func(t twiliosim.Trunk) bool { return t.SID == s.lent && t.FriendlyName == switchboard && !t.Secure }
	theirs := func(u twiliosim.OriginationURL) bool { return u.FriendlyName == switchboard && u.SIPURL == theirURL }
	urls := s.twilio.OriginationURLs(s.lent)
	var violations []string
	if !slices.ContainsFunc(s.twilio.Trunks(accountSID), same) || !slices.ContainsFunc(urls, theirs) {
		violations = append(violations, "I10: what is lent was changed")
	}
	if on := len(s.twilio.NumbersOn(s.lent)); len(s.numbers()) == 0 && (on > 0 || len(urls) > 1) {
		violations = append(violations, fmt.Sprintf("I10: %d numbers and %d origination URLs are left on what is lent", on, len(urls)-1))
	}
	return violations
}

// ownURL reports whether a path is of an origination URL that bears the marker of a
// number, wherever it is, or is not there.
func (s *system) ownURL(path, uid string) bool {
	return strings.Contains(path, "/OriginationUrls/") && !slices.ContainsFunc(s.twilio.OriginationURLs(""), func(u twiliosim.OriginationURL) bool {
		return strings.HasSuffix(path, "/"+u.SID) && newThing("twilio", u.SID, u.FriendlyName).uid != uid
	})
}

// lends reports whether a number imports what holds a slot, and leaves it as it is.
func lends(number *v1alpha1.PhoneNumber, slot external.Slot) bool {
	return slices.ContainsFunc(number.Spec.Import, func(from v1alpha1.ImportedResource) bool {
		return from.Slot == string(slot) && from.OnDelete != v1alpha1.OnDeleteDelete
	})
}
