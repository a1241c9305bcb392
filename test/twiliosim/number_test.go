package twiliosim_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/test/twiliosim"
)

const application = "AP00000000000000000000000000000001"

func TestNumberMovesBetweenTrunks(t *testing.T) {
	w := newWorld(t)
	pn := w.sim.AddNumber(w.account.SID, "+14155550100", twiliosim.NumberOptions{VoiceApplicationSID: application})
	first, second := w.trunk(), w.trunk()
	got := w.must(201, w.post(first+"/PhoneNumbers", "PhoneNumberSid", pn))
	if got.sid() != pn || got.body["voice_application_sid"] != nil {
		t.Errorf("an association bears the number's SID, and takes its voice application away: got %v", got)
	}
	w.must(201, w.post(second+"/PhoneNumbers", "PhoneNumberSid", pn))
	w.must(201, w.post(second+"/PhoneNumbers", "PhoneNumberSid", pn))
	if got := w.delete(first + "/PhoneNumbers/" + pn); got.status != 404 {
		t.Errorf("a number that was taken silently by another trunk is no longer there: got %v", got)
	}
	if on := w.sim.NumbersOn(second[len("/v1/Trunks/"):]); len(on) != 1 {
		t.Errorf("the last trunk has the number: %v", on)
	}
	w.must(204, w.delete(second+"/PhoneNumbers/"+pn))
	w.must(404, w.delete(second+"/PhoneNumbers/"+pn))
}

func TestTrunkAndVoiceApplicationExcludeEachOther(t *testing.T) {
	w := newWorld(t)
	trunk := w.must(201, w.post("/v1/Trunks")).sid()
	pn := w.numbers() + "/" + w.sim.AddNumber(w.account.SID, "+14155550100", twiliosim.NumberOptions{}) + ".json"
	w.must(200, w.post(pn, "TrunkSid", trunk))
	got := w.must(200, w.post(pn, "VoiceApplicationSid", application))
	if got.body["trunk_sid"] != nil || got.str("voice_application_sid") != application {
		t.Errorf("a voice application deletes the trunk: got %v", got)
	}
	got = w.must(200, w.post(pn, "TrunkSid", trunk))
	if got.body["voice_application_sid"] != nil || got.str("trunk_sid") != trunk {
		t.Errorf("a trunk deletes the voice application: got %v", got)
	}
	got = w.must(200, w.post(pn, "TrunkSid", ""))
	if got.body["trunk_sid"] != nil {
		t.Errorf("an empty trunk takes the number off: got %v", got)
	}
}

func TestNumberFilter(t *testing.T) {
	w := newWorld(t)
	for _, number := range []string{"+14155550100", "+14155550101", "+442071838750"} {
		w.sim.AddNumber(w.account.SID, number, twiliosim.NumberOptions{})
	}
	cases := map[string]struct {
		reason, filter string
		want           int
	}{
		"Whole":   {"a whole number matches itself", "%2B14155550100", 1},
		"Part":    {"a part matches every number that has it", "%2B1415555010", 2},
		"Middle":  {"the part may be anywhere", "5550", 2},
		"Star":    {"a star stands for any digit", "%2B1415*550101", 1},
		"Nothing": {"an absent filter matches all", "", 3},
		"None":    {"no number, no error", "%2B999", 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := w.must(200, w.get(w.numbers()+".json?PhoneNumber="+tc.filter))
			if found := len(items(got, "incoming_phone_numbers")); found != tc.want {
				t.Errorf("%s: got %d numbers, want %d", tc.reason, found, tc.want)
			}
		})
	}
}

func TestPurchaseAndRelease(t *testing.T) {
	w := newWorld(t)
	w.sim.AddAvailableNumbers("US", "+14155550190", "+12125550191")
	found := w.must(200, w.get(w.api("/AvailablePhoneNumbers/US/Local.json?AreaCode=415")))
	if len(items(found, "available_phone_numbers")) != 1 {
		t.Errorf("a search filters by area: got %v", found)
	}
	pn := w.must(201, w.post(w.numbers()+".json", "PhoneNumber", "+14155550190", "VoiceUrl", "https://voice.example"))
	if pn.str("friendly_name") != "(415) 555-0190" || pn.str("voice_url") != "https://voice.example" {
		t.Errorf("a purchase takes settings along and has a formatted name: got %v", pn)
	}
	if got := w.post(w.numbers()+".json", "PhoneNumber", "+14155550190"); got.status != 400 || got.code != 21422 {
		t.Errorf("an owned number cannot be bought: got %v", got)
	}
	w.must(201, w.post(w.numbers()+".json", "AreaCode", "212"))
	w.must(204, w.delete(w.numbers()+"/"+pn.sid()+".json"))
	w.must(404, w.delete(w.numbers()+"/"+pn.sid()+".json"))
	if got := w.post(w.numbers()+".json", "PhoneNumber", "+14155550190"); got.code != 21422 {
		t.Errorf("a released number is not on sale again by itself: got %v", got)
	}
}

func TestEmergencyAddressBlocks(t *testing.T) {
	w := newWorld(t, twiliosim.WithSettings(func(s *twiliosim.Settings) { s.EmergencyRelease = time.Hour }))
	trunk := w.trunk()
	sid := w.sim.AddNumber(w.account.SID, "+14155550100", twiliosim.NumberOptions{EmergencyStatus: "Active"})
	pn := w.numbers() + "/" + sid + ".json"
	w.must(201, w.post(trunk+"/PhoneNumbers", "PhoneNumberSid", sid))
	if got := w.delete(pn); got.status != 400 || got.code != 21634 {
		t.Errorf("a number with an emergency address is not released: got %v", got)
	}
	if got := w.delete(trunk); got.status != 400 || got.code != 21634 {
		t.Errorf("a trunk of such a number is not deleted: got %v", got)
	}
	got := w.must(200, w.post(pn, "EmergencyAddressSid", ""))
	if got.str("emergency_address_status") != "pending-unregistration" {
		t.Errorf("unregistering takes its time: got %v", got)
	}
	w.must(400, w.delete(pn))
	w.clock.advance(time.Hour)
	if diff := cmp.Diff("unregistered", w.sim.Numbers("")[0].EmergencyAddressStatus); diff != "" {
		t.Errorf("the address is gone after a while: %s", diff)
	}
	w.must(204, w.delete(trunk))
	w.must(204, w.delete(pn))
}

func TestNumberChangesAccountInsideItsFamily(t *testing.T) {
	w := newWorld(t)
	sub, stranger := w.sim.AddSubAccount(w.account.SID, twiliosim.AccountOptions{}), w.sim.AddAccount(twiliosim.AccountOptions{})
	sid := w.sim.AddNumber(w.account.SID, "+14155550100", twiliosim.NumberOptions{})
	w.must(404, w.post(w.numbers()+"/"+sid+".json", "AccountSid", stranger.SID))
	w.must(200, w.post(w.numbers()+"/"+sid+".json", "AccountSid", sub.SID))
	if got := w.sim.Numbers(sub.SID); len(got) != 1 {
		t.Errorf("the sub-account has the number: %v", got)
	}
	w.must(404, w.get(w.numbers()+"/"+sid+".json"))
}

func TestEditsByHand(t *testing.T) {
	w := newWorld(t)
	pn := w.sim.AddNumber(w.account.SID, "+14155550100", twiliosim.NumberOptions{VoiceApplicationSID: application})
	trunk := w.sim.AddTrunk(w.account.SID, "by hand", "by-hand.pstn.twilio.com")
	w.sim.MoveNumber(pn, trunk)
	if got := w.sim.Numbers(w.account.SID)[0]; got.TrunkSID != trunk || got.VoiceApplicationSID != "" {
		t.Errorf("a number moved by hand keeps the rules: %+v", got)
	}
	list := w.list("l")
	w.must(201, w.post("/v1/Trunks/"+trunk+"/CredentialLists", "CredentialListSid", list))
	if !w.sim.RemoveCredentialList(list) || len(w.sim.CredentialListsOn(trunk)) != 0 {
		t.Error("a list removed by hand leaves its trunks")
	}
	if !w.sim.RemoveTrunk(trunk) || w.sim.RemoveTrunk(trunk) {
		t.Error("removing says whether the trunk was there")
	}
	w.must(404, w.get("/v1/Trunks/"+trunk))
	if got := w.sim.Numbers("")[0].TrunkSID; got != "" {
		t.Errorf("a trunk removed by hand leaves its numbers: %s", got)
	}
}
