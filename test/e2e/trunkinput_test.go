package e2e

import (
	"strings"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/world"
)

// TestTrunkRefusedAtAdmission shows what the API server says to a trunk that cannot
// be meant.
func TestTrunkRefusedAtAdmission(t *testing.T) {
	w := emptyWorld(t)
	const (
		halfEncrypted = "mediaEncryption Require must be set for inbound and outbound alike"
		overTCP       = "mediaEncryption Require needs transport TLS"
		theCarriers   = "with address, outbound.username and outbound.allowedAddresses are the carrier's"
		badHost       = "host must be a host name or an IPv4 address, with a port if need be and nothing else"
	)
	cases := map[string]struct {
		reason string
		change func(*v1alpha1.SIPTrunkSpec)
		want   string
	}{
		"Neither":         {"It does not say where the trunk is.", func(s *v1alpha1.SIPTrunkSpec) { s.Twilio = nil }, "set exactly one of twilio (the trunk is made there) and address (a carrier of your own)"},
		"Both":            {"A trunk is in one place.", func(s *v1alpha1.SIPTrunkSpec) { s.Address = &v1alpha1.CarrierAddress{Host: "sip.example.com"} }, "set exactly one of twilio"},
		"NoDirection":     {"It would have no use.", func(s *v1alpha1.SIPTrunkSpec) { s.Inbound, s.Outbound = nil, nil }, "set inbound, outbound or both: a trunk that neither brings nor takes calls has no use"},
		"EncryptedIn":     {"At Twilio a trunk is secure in both directions or in none.", encryptedIn, halfEncrypted},
		"EncryptedOut":    {"The same the other way round.", encryptedOut, halfEncrypted},
		"InboundOverTCP":  {"The keys would be sent in the clear.", func(s *v1alpha1.SIPTrunkSpec) { s.Inbound.MediaEncryption = v1alpha1.MediaEncryptionRequire }, overTCP},
		"OutboundOverTCP": {"The same for calls that are made.", func(s *v1alpha1.SIPTrunkSpec) { s.Outbound.MediaEncryption = v1alpha1.MediaEncryptionRequire }, overTCP},
		"Username":        {"That of a carrier of one's own is in its Secret.", addressed("sip.example.com", func(o *v1alpha1.Outbound) { o.Username = "me" }), theCarriers},
		"Addresses":       {"Whom a carrier of one's own lets in is set there.", addressed("sip.example.com", func(o *v1alpha1.Outbound) { o.AllowedAddresses = []string{"192.0.2.0/24"} }), theCarriers},
		"NoHost":          {"It leads nowhere.", addressed(""), "spec.address.host"},
		"Scheme":          {"The transport is a field of its own.", addressed("sip:sip.example.com"), badHost},
		"Parameters":      {"LiveKit would take them for a part of the name.", addressed("sip.example.com;transport=tls"), badHost},
		"User":            {"The user name is in the Secret.", addressed("me@sip.example.com"), badHost},
		"PortByName":      {"A port is a number.", addressed("sip.example.com:sips"), badHost},
		"PortTooHigh":     {"There is none.", addressed("sip.example.com:65536"), badHost},
		"IPv6":            {"A name is needed for it.", addressed("[2001:db8::1]:5060"), badHost},
		"LineBreak":       {"It would end up in a header.", addressed("sip.example.com\n"), badHost},
		"Release":         {"A trunk has no number to give back.", func(s *v1alpha1.SIPTrunkSpec) { s.DeletionPolicy = v1alpha1.DeletionPolicyRelease }, `Unsupported value: "Release"`},
		"DisplayName":     {"It ends up in names at the providers.", func(s *v1alpha1.SIPTrunkSpec) { s.DisplayName = "Shared\nX-Evil: 1" }, "displayName must be one line without control characters"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			trunk := w.SIPTrunk("shared")
			tc.change(&trunk.Spec)
			wantRefused(t, w.Client.Create(t.Context(), trunk, client.DryRunAll), tc.want)
			if t.Failed() {
				t.Log(tc.reason)
			}
		})
	}
	t.Run("LongName", func(t *testing.T) {
		trunk := w.SIPTrunk(strings.Repeat("a", 64))
		wantRefused(t, w.Client.Create(t.Context(), trunk, client.DryRunAll), "a SIPTrunk's name has at most 63 characters")
	})
}

// TestTrunkAccepted shows that the rules for trunks let pass what they should.
func TestTrunkAccepted(t *testing.T) {
	w := emptyWorld(t)
	cases := map[string]struct {
		reason string
		change func(*v1alpha1.SIPTrunkSpec)
	}{
		"InboundOnly":  {"Outbound calls are not for everybody.", func(s *v1alpha1.SIPTrunkSpec) { s.Outbound = nil }},
		"OutboundOnly": {"Nor are inbound calls.", func(s *v1alpha1.SIPTrunkSpec) { s.Inbound = nil }},
		"Encrypted":    {"Both directions agree.", func(s *v1alpha1.SIPTrunkSpec) { encryptedIn(s); encryptedOut(s) }},
		"Port":         {"A carrier has one of its own.", addressed("sip.example.com:5061")},
		"Address":      {"For IPv4 no name is needed.", addressed("192.0.2.10")},
		"OneWayElsewhere": {"Only Twilio has one switch for both directions.", addressed("sip.example.com", func(o *v1alpha1.Outbound) {
			o.Transport, o.MediaEncryption = v1alpha1.TransportTLS, v1alpha1.MediaEncryptionRequire
		})},
		"Login": {"The carrier wants one.", func(s *v1alpha1.SIPTrunkSpec) {
			addressed("sip.example.com")(s)
			s.Address.CredentialsSecretRef = &v1alpha1.SecretReference{Name: "carrier"}
		}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			trunk := w.SIPTrunk("shared")
			tc.change(&trunk.Spec)
			if err := w.Client.Create(t.Context(), trunk, client.DryRunAll); err != nil {
				t.Errorf("%s It was refused: %v", tc.reason, err)
			}
		})
	}
}

func encryptedIn(s *v1alpha1.SIPTrunkSpec) {
	s.Inbound.Transport, s.Inbound.MediaEncryption = v1alpha1.TransportTLS, v1alpha1.MediaEncryptionRequire
}

func encryptedOut(s *v1alpha1.SIPTrunkSpec) {
	s.Outbound.Transport, s.Outbound.MediaEncryption = v1alpha1.TransportTLS, v1alpha1.MediaEncryptionRequire
}

// addressed makes a trunk that of a carrier of one's own.
func addressed(host string, changes ...func(*v1alpha1.Outbound)) func(*v1alpha1.SIPTrunkSpec) {
	return func(s *v1alpha1.SIPTrunkSpec) {
		s.Twilio, s.Address = nil, &v1alpha1.CarrierAddress{Host: host}
		for _, change := range changes {
			change(s.Outbound)
		}
	}
}

// TestTrunkImmutable shows that what a trunk cannot change is refused with the way to
// get there all the same.
func TestTrunkImmutable(t *testing.T) {
	w := emptyWorld(t)
	cases := map[string]struct {
		change func(*v1alpha1.SIPTrunkSpec)
		want   string
	}{
		"Platform": {func(s *v1alpha1.SIPTrunkSpec) { s.PlatformRef.Name = "other" }, "platformRef cannot be changed; create a SIPTrunk for the other platform"},
		"Account":  {func(s *v1alpha1.SIPTrunkSpec) { s.Twilio.AccountRef.Name = "other" }, "twilio.accountRef cannot be changed: the trunk lives in that account; create a SIPTrunk for the other"},
		"Carrier":  {addressed("sip.example.com"), "a trunk cannot move between twilio and address; create a SIPTrunk for the other and change the carrierRef of its numbers"},
	}
	trunk := w.SIPTrunk("shared")
	create(t, w, trunk)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			changed := trunk.DeepCopy()
			tc.change(&changed.Spec)
			wantRefused(t, w.Client.Update(t.Context(), changed), tc.want)
		})
	}
	t.Run("Back", func(t *testing.T) {
		own := w.SIPTrunk("own", func(trunk *v1alpha1.SIPTrunk) { addressed("sip.example.com")(&trunk.Spec) })
		create(t, w, own)
		own.Spec.Address, own.Spec.Twilio = nil, trunk.Spec.Twilio
		wantRefused(t, w.Client.Update(t.Context(), own), "a trunk cannot move between twilio and address")
	})
}

// TestOnTrunkRefusedAtAdmission shows what a number that shares a trunk may not say,
// since the trunk does, and what it may.
func TestOnTrunkRefusedAtAdmission(t *testing.T) {
	w := emptyWorld(t)
	const notEmpty = "outbound of a number on a SIPTrunk must be empty ({}): the SIPTrunk says how calls are made"
	cases := map[string]struct {
		change func(*v1alpha1.PhoneNumberSpec)
		want   string
	}{
		"Username":   {calling(v1alpha1.Outbound{Username: "me"}), notEmpty},
		"Addresses":  {calling(v1alpha1.Outbound{AllowedAddresses: []string{"192.0.2.0/24"}}), notEmpty},
		"Transport":  {calling(v1alpha1.Outbound{Transport: v1alpha1.TransportUDP}), notEmpty},
		"Encryption": {calling(v1alpha1.Outbound{Media: v1alpha1.Media{MediaEncryption: v1alpha1.MediaEncryptionAllow}}), notEmpty},
		"Headers":    {calling(v1alpha1.Outbound{Headers: v1alpha1.Headers{Headers: map[string]v1alpha1.HeaderValue{"X-A": "1"}}}), notEmpty},
		"AllHeaders": {calling(v1alpha1.Outbound{Headers: v1alpha1.Headers{IncludeHeaders: v1alpha1.IncludeHeadersAll}}), notEmpty},
		"TakeOver":   {func(s *v1alpha1.PhoneNumberSpec) { s.Acquisition = v1alpha1.AcquisitionTakeOver }, "a number on a SIPTrunk cannot be taken over"},
		"Import": {func(s *v1alpha1.PhoneNumberSpec) {
			s.Import = []v1alpha1.ImportedResource{{Slot: "rule", ID: "SDR_abc", OnDelete: v1alpha1.OnDeleteDelete}}
		}, "a number on a SIPTrunk cannot import anything"},
		"OtherKind": {func(s *v1alpha1.PhoneNumberSpec) { s.CarrierRef.Kind = v1alpha1.KindVoiceAgent }, `Unsupported value: "VoiceAgent"`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			number := w.PhoneNumber("support-line", world.OnTrunk("shared"))
			tc.change(&number.Spec)
			wantRefused(t, w.Client.Create(t.Context(), number, client.DryRunAll), tc.want)
		})
	}
	number := w.PhoneNumber("support-line", world.OnTrunk("shared"))
	calling(v1alpha1.Outbound{})(&number.Spec)
	create(t, w, number)
	t.Run("Encrypted", func(t *testing.T) {
		encrypted := number.DeepCopy()
		encrypted.Spec.Inbound.Transport, encrypted.Spec.Inbound.MediaEncryption = v1alpha1.TransportTLS, v1alpha1.MediaEncryptionRequire
		if err := w.Client.Update(t.Context(), encrypted, client.DryRunAll); err != nil {
			t.Errorf("the number cannot agree with a trunk that is encrypted: %v", err)
		}
	})
	t.Run("Moved", func(t *testing.T) {
		moved := number.DeepCopy()
		moved.Spec.CarrierRef.Name = "other"
		if err := w.Client.Update(t.Context(), moved, client.DryRunAll); err != nil {
			t.Errorf("the number cannot be moved to another trunk: %v", err)
		}
	})
	t.Run("ToItsOwnTrunk", func(t *testing.T) {
		changed := number.DeepCopy()
		changed.Spec.CarrierRef = v1alpha1.CarrierReference{Kind: v1alpha1.KindTwilioAccount, Name: world.AccountName}
		wantRefused(t, w.Client.Update(t.Context(), changed, client.DryRunAll), "carrierRef.kind cannot be changed; delete the PhoneNumber and create it again")
	})
}

func calling(outbound v1alpha1.Outbound) func(*v1alpha1.PhoneNumberSpec) {
	return func(s *v1alpha1.PhoneNumberSpec) { s.Outbound = &outbound }
}
