package e2e

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/world"
)

// TestRefusedAtAdmission shows that bad input is refused by the API server, with
// a sentence that says what would be right.
func TestRefusedAtAdmission(t *testing.T) {
	w := emptyWorld(t)
	number := func(changes ...func(*v1alpha1.PhoneNumber)) client.Object {
		return w.PhoneNumber("support-line", changes...)
	}
	account := func(sid string) client.Object {
		object := w.TwilioAccount()
		object.Spec.AccountSID = sid
		return object
	}
	project := func(change func(*v1alpha1.LiveKitProjectSpec)) client.Object {
		object := w.LiveKitProject()
		change(&object.Spec)
		return object
	}
	cases := map[string]struct {
		object client.Object
		want   string
	}{
		"NotE164":         {number(func(n *v1alpha1.PhoneNumber) { n.Spec.Number = "0415 555 0100" }), "number must be in E.164: a plus sign"},
		"NoDirection":     {number(func(n *v1alpha1.PhoneNumber) { n.Spec.Inbound = nil }), "set inbound, outbound or both"},
		"LongName":        {w.PhoneNumber(strings.Repeat("a", 64)), "a PhoneNumber's name has at most 63 characters"},
		"LongDisplayName": {number(func(n *v1alpha1.PhoneNumber) { n.Spec.DisplayName = strings.Repeat("a", 65) }), "Too long: may not be more than 64"},
		"LineBreak":       {number(func(n *v1alpha1.PhoneNumber) { n.Spec.DisplayName = "Support\r\nX-Evil: 1" }), "displayName must be one line without control characters"},
		"NotAnAddress":    {number(func(n *v1alpha1.PhoneNumber) { n.Spec.Inbound.AllowedAddresses = []string{"54.172.60.0/30, 8.8.8.8"} }), "allowedAddresses must each be one IP address or one CIDR block"},
		"NotAnAddressOut": {number(outboundFrom("example.org")), "allowedAddresses must each be one IPv4 address or one IPv4 CIDR block"},
		"IPv6Out":         {number(outboundFrom("2001:db8::1")), "allowedAddresses must each be one IPv4 address or one IPv4 CIDR block"},
		"NotACaller":      {number(func(n *v1alpha1.PhoneNumber) { n.Spec.Inbound.AllowedNumbers = []string{"*"} }), "allowedNumbers must each be in E.164"},
		"HeaderName": {number(func(n *v1alpha1.PhoneNumber) {
			n.Spec.Inbound.Headers.Headers = map[string]v1alpha1.HeaderValue{"Call-ID": "1"}
		}), "that begin with X-"},
		"HeaderValue": {number(func(n *v1alpha1.PhoneNumber) {
			n.Spec.Inbound.Headers.Headers = map[string]v1alpha1.HeaderValue{"X-A": "1\r\nX-B: 2"}
		}), "a header value must be one line"},
		"EncryptionOverTCP":  {number(func(n *v1alpha1.PhoneNumber) { n.Spec.Inbound.MediaEncryption = v1alpha1.MediaEncryptionRequire }), "mediaEncryption Require needs transport TLS"},
		"HalfEncrypted":      {number(halfEncrypted), "mediaEncryption Require must be set for inbound and outbound alike"},
		"NoTeardowns":        {noTeardowns(w), "should be greater than or equal to 1"},
		"ImportOfNumber":     {number(importing("number", "PN0")), "slot must be trunk, creds (credential list), acl"},
		"ImportOfNoTrunk":    {number(importing("trunk", "TK0")), "the id of a Twilio trunk is TK and 32 hexadecimal digits"},
		"ImportOfNoRule":     {number(importing("rule", "ST_abc")), "the id of a dispatch rule begins with SDR_"},
		"ImportOfRuleAlone":  {number(importing("rule", "SDR_abc")), "must name an inbound trunk that exists already: import that as slot inbound too"},
		"ImportTwice":        {number(importing("inbound", "ST_abc"), importing("inbound", "ST_def")), "Duplicate value"},
		"SIDOfTheWrongKind":  {account("SK00000000000000000000000000000000"), "accountSid must be an account SID: AC and 32 hexadecimal digits"},
		"ShortSID":           {account("AC123"), "accountSid must be an account SID"},
		"URLWithPath":        {project(func(s *v1alpha1.LiveKitProjectSpec) { s.URL = "https://x.livekit.cloud/../admin" }), "url must be a scheme and a host"},
		"URLWithUser":        {project(func(s *v1alpha1.LiveKitProjectSpec) { s.URL = "https://me:pw@x.livekit.cloud" }), "url must be a scheme and a host"},
		"SIPHostWithScheme":  {project(func(s *v1alpha1.LiveKitProjectSpec) { s.SIPHost = "sip:x.sip.livekit.cloud" }), "without sip: and parameters"},
		"SIPHostWithOptions": {project(func(s *v1alpha1.LiveKitProjectSpec) { s.SIPHost = "x.sip.livekit.cloud;transport=tcp" }), "without sip: and parameters"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			wantRefused(t, w.Client.Create(t.Context(), tc.object), tc.want)
		})
	}
}

func importing(slot, id string) func(*v1alpha1.PhoneNumber) {
	return func(n *v1alpha1.PhoneNumber) {
		n.Spec.Import = append(n.Spec.Import, v1alpha1.ImportedResource{Slot: slot, ID: id})
	}
}

func noTeardowns(w *world.World) client.Object {
	account := w.TwilioAccount()
	account.Spec.MaxConcurrentTeardowns = new(int32(0))
	return account
}

func outboundFrom(address string) func(*v1alpha1.PhoneNumber) {
	return func(n *v1alpha1.PhoneNumber) {
		n.Spec.Outbound = &v1alpha1.Outbound{AllowedAddresses: []string{address}}
	}
}

func halfEncrypted(n *v1alpha1.PhoneNumber) {
	n.Spec.Inbound.Transport, n.Spec.Inbound.MediaEncryption = v1alpha1.TransportTLS, v1alpha1.MediaEncryptionRequire
	n.Spec.Outbound = &v1alpha1.Outbound{}
}

func wantRefused(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil {
		t.Fatal("it was accepted")
	}
	if !strings.Contains(err.Error(), want) {
		t.Errorf("refused with %q, want a sentence that says %q", err, want)
	}
}

// TestImmutable shows that what cannot be changed is refused with the way to
// get there all the same.
func TestImmutable(t *testing.T) {
	w := emptyWorld(t)
	cases := map[string]struct {
		change func(*v1alpha1.PhoneNumber)
		want   string
	}{
		"Number":   {func(n *v1alpha1.PhoneNumber) { n.Spec.Number = "+14155550199" }, "number cannot be changed; create a PhoneNumber for the other number and delete this one"},
		"Carrier":  {func(n *v1alpha1.PhoneNumber) { n.Spec.CarrierRef.Name = "other" }, "carrierRef.name cannot be changed while its kind is TwilioAccount"},
		"Platform": {func(n *v1alpha1.PhoneNumber) { n.Spec.PlatformRef.Name = "other" }, "platformRef cannot be changed"},
		"Import": {func(n *v1alpha1.PhoneNumber) {
			n.Spec.Import = []v1alpha1.ImportedResource{{Slot: "trunk", ID: "TK00000000000000000000000000000000", OnDelete: v1alpha1.OnDeleteLeave}}
		}, "import cannot be changed; delete the PhoneNumber and create it again"},
	}
	number := w.PhoneNumber("support-line")
	create(t, w, number)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			changed := number.DeepCopy()
			tc.change(changed)
			wantRefused(t, w.Client.Update(t.Context(), changed), tc.want)
		})
	}
}

// TestRefusedByCondition shows that what only the manager can see to be wrong is
// said in a condition.
func TestRefusedByCondition(t *testing.T) {
	cases := map[string]struct {
		change func(t *testing.T, w *world.World) []client.Object
		reason string
		want   string
	}{
		"UnknownAccount": {
			change: func(t *testing.T, w *world.World) []client.Object {
				return []client.Object{w.VoiceAgent(), w.LiveKitSecret(), w.LiveKitProject()}
			},
			reason: v1alpha1.ReasonReferenceNotFound, want: `the TwilioAccount "twilio" does not exist in this namespace`,
		},
		"UnknownAgent": {
			change: func(t *testing.T, w *world.World) []client.Object {
				return []client.Object{w.TwilioSecret(), w.TwilioAccount(), w.LiveKitSecret(), w.LiveKitProject()}
			},
			reason: v1alpha1.ReasonReferenceNotFound, want: `the VoiceAgent "support" does not exist in this namespace`,
		},
		"SecretKeyMissing": {
			change: withToken(map[string]string{"token": "x"}),
			reason: v1alpha1.ClassCredentialsMissing, want: "authToken",
		},
		"DashInToken": {
			change: withToken(map[string]string{"authToken": "not-a-token"}),
			reason: v1alpha1.ClassInvalidConfiguration, want: "authToken",
		},
		"InnerNewline": {
			change: withToken(map[string]string{"authToken": "not\natoken"}),
			reason: v1alpha1.ClassInvalidConfiguration, want: "authToken",
		},
		"KeySIDOfTheWrongKind": {
			change: withToken(map[string]string{"apiKeySid": "AC00000000000000000000000000000000", "apiKeySecret": "x"}),
			reason: v1alpha1.ClassInvalidConfiguration, want: "apiKeySid",
		},
		"HostOutsideTheAllowList": {
			change: func(t *testing.T, w *world.World) []client.Object {
				project := w.LiveKitProject()
				project.Spec.URL = "https://169.254.169.254"
				return []client.Object{w.VoiceAgent(), w.TwilioSecret(), w.TwilioAccount(), w.LiveKitSecret(), project}
			},
			reason: v1alpha1.ClassInvalidConfiguration, want: "169.254.169.254",
		},
		"NumberNotInTheAccount": {
			change: func(t *testing.T, w *world.World) []client.Object {
				w.Twilio.RemoveNumber(w.Twilio.Numbers(w.Account.SID)[0].SID)
				return []client.Object{w.VoiceAgent(), w.TwilioSecret(), w.TwilioAccount(), w.LiveKitSecret(), w.LiveKitProject()}
			},
			reason: v1alpha1.ReasonReferenceNotFound, want: "+14155550100",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := emptyWorld(t)
			create(t, w, tc.change(t, w)...)
			startManager(t, w)
			create(t, w, w.PhoneNumber("support-line"))
			number := awaitReason(t, w, "support-line", v1alpha1.ConditionReady, tc.reason)
			if _, message := condition(number, v1alpha1.ConditionReady); !strings.Contains(message, tc.want) {
				t.Errorf("the message is %q, want it to say %q", message, tc.want)
			}
			if changed := mutations(w); changed != "twilio 0, livekit 0" {
				t.Errorf("the providers were changed: %s", changed)
			}
			remove(t, w, number)
			awaitGone(t, w, number)
		})
	}
}

func withToken(data map[string]string) func(*testing.T, *world.World) []client.Object {
	return func(_ *testing.T, w *world.World) []client.Object {
		secret := w.TwilioSecret()
		secret.StringData = data
		return []client.Object{w.VoiceAgent(), secret, w.TwilioAccount(), w.LiveKitSecret(), w.LiveKitProject()}
	}
}

// TestTrailingNewline shows that the newline which editors put at the end of a
// Secret's value does no harm.
func TestTrailingNewline(t *testing.T) {
	w := emptyWorld(t)
	twilio, live := w.TwilioSecret(), w.LiveKitSecret()
	for _, secret := range []*corev1.Secret{twilio, live} {
		for key, value := range secret.StringData {
			secret.StringData[key] = value + "\n"
		}
	}
	create(t, w, twilio, w.TwilioAccount(), live, w.LiveKitProject(), w.VoiceAgent(), w.PhoneNumber("support-line"))
	startManager(t, w)
	awaitActive(t, w, "support-line")
}
