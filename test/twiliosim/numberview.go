package twiliosim

func viewNumber(c *call, n *Number) object {
	c.sim.settleEmergency(n)
	view := viewNumberSettings(n)
	view["address_sid"], view["bundle_sid"], view["identity_sid"] = orNull(n.AddressSID), orNull(n.BundleSID), orNull(n.IdentitySID)
	view["emergency_status"], view["emergency_address_status"] = n.EmergencyStatus, n.EmergencyAddressStatus
	view["emergency_address_sid"] = orNull(n.EmergencyAddressSID)
	view["voice_receive_mode"], view["origin"], view["status"], view["type"] = n.VoiceReceiveMode, "twilio", "in-use", "local"
	view["date_created"], view["date_updated"] = accountDate(n.DateCreated), accountDate(n.DateUpdated)
	view["uri"] = accountPath(n.AccountSID) + "/IncomingPhoneNumbers/" + n.SID + ".json"
	return view
}

// viewAttachedNumber is how the trunking API shows a number of a trunk: under the number's own SID.
func viewAttachedNumber(c *call, n *Number) object {
	view := viewNumberSettings(n)
	view["date_created"], view["date_updated"] = trunkingDate(n.DateCreated), trunkingDate(n.DateUpdated)
	view["url"] = c.base() + "/v1/Trunks/" + n.TrunkSID + "/PhoneNumbers/" + n.SID
	view["links"] = object{"phone_number": "https://api.twilio.com" + accountPath(n.AccountSID) + "/IncomingPhoneNumbers/" + n.SID + ".json"}
	return view
}

// viewNumberSettings is what both APIs show.
func viewNumberSettings(n *Number) object {
	return object{
		"sid": n.SID, "account_sid": n.AccountSID, "phone_number": n.PhoneNumber, "friendly_name": n.FriendlyName,
		"api_version": "2010-04-01", "beta": false, "address_requirements": "none", "capabilities": capabilities(),
		"trunk_sid": orNull(n.TrunkSID), "voice_application_sid": orNull(n.VoiceApplicationSID),
		"voice_url": orNull(n.VoiceURL), "voice_method": n.VoiceMethod, "voice_caller_id_lookup": n.VoiceCallerIDLookup,
		"voice_fallback_url": orNull(n.VoiceFallbackURL), "voice_fallback_method": n.VoiceFallbackMethod,
		"sms_url": orNull(n.SMSURL), "sms_method": n.SMSMethod, "sms_application_sid": orNull(n.SMSApplicationSID),
		"sms_fallback_url": orNull(n.SMSFallbackURL), "sms_fallback_method": n.SMSFallbackMethod,
		"status_callback": orNull(n.StatusCallback), "status_callback_method": n.StatusCallbackMethod,
	}
}

func capabilities() object {
	return object{"voice": true, "sms": true, "mms": true, "fax": false}
}
