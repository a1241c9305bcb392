package twiliosim

import "time"

// Application is a voice application. It can be read, and changes only by hand: nobody's requests make one here.
type Application struct {
	Resource
	FriendlyName string
	VoiceURL     string
}

func applications() collection[Application] {
	return collection[Application]{
		prefix: "AP",
		rows:   func(s *Simulator) table[Application] { return s.applications },
		within: func(c *call, a *Application) bool { return a.AccountSID == c.account },
		view:   viewApplication,
		forget: func(s *Simulator, a *Application) { delete(s.applications, a.SID) },
	}
}

// AddApplication makes a voice application by hand and returns its SID.
func (s *Simulator) AddApplication(account, friendlyName string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := &Application{Resource: s.newResource("AP", s.mustAccount(account).sid), FriendlyName: friendlyName, VoiceURL: "https://voice.example"}
	insert(s, s.applications, a.SID, a, time.Time{})
	return a.SID
}

// RemoveApplication deletes a voice application by hand; numbers go on naming it.
func (s *Simulator) RemoveApplication(sid string) bool { return removeByHand(s, applications(), sid) }

func viewApplication(_ *call, a *Application) object {
	return object{
		"sid": a.SID, "account_sid": a.AccountSID, "friendly_name": a.FriendlyName, "api_version": "2010-04-01",
		"voice_url": a.VoiceURL, "voice_method": "POST", "voice_fallback_url": nil, "voice_fallback_method": "POST",
		"voice_caller_id_lookup": false, "status_callback": nil, "status_callback_method": "POST",
		"sms_url": nil, "sms_method": "POST", "sms_fallback_url": nil, "sms_fallback_method": "POST",
		"sms_status_callback": nil, "message_status_callback": nil, "public_application_connect_enabled": false,
		"date_created": accountDate(a.DateCreated), "date_updated": accountDate(a.DateUpdated),
		"uri": accountPath(a.AccountSID) + "/Applications/" + a.SID + ".json",
	}
}
