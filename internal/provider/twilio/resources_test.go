package twilio

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider"
)

var testWiring = provider.Wiring{
	SIPHost: "project.sip.livekit.cloud",
	Link:    external.SlotDispatchRule,
	Login:   provider.Login{Username: "user", Password: external.NewSecret("Password12345")},
}

var encrypted = v1alpha1.Media{MediaEncryption: v1alpha1.MediaEncryptionRequire}

var plans = map[string]struct {
	reason string
	spec   v1alpha1.PhoneNumberSpec
	wiring provider.Wiring
	want   []string
}{
	"Both": {
		reason: "a number that takes and makes calls",
		spec: v1alpha1.PhoneNumberSpec{
			Inbound:  &v1alpha1.Inbound{Transport: v1alpha1.TransportTCP},
			Outbound: &v1alpha1.Outbound{AllowedAddresses: []string{"192.0.2.1"}},
		},
		wiring: testWiring,
		want: []string{
			"number PhoneNumber existing {E164:+14155550100 TakeOver:false}",
			"trunk Trunk {Secure:false}",
			"orig OriginationURL in trunk {SIPURL:sip:project.sip.livekit.cloud;transport=tcp}",
			"acl IPAccessControlList {Addresses:[192.0.2.1]}",
			"creds CredentialList {}",
			"cred Credential in creds {Username:user Password:[secret]}",
			"acllink TrunkIPAccessControlList in trunk listSID=acl.id <nil>",
			"crdlink TrunkCredentialList in trunk listSID=creds.id <nil>",
			"attach TrunkPhoneNumber in trunk phoneNumberSID=number.id after orig,rule <nil>",
		},
	},
	"Inbound": {
		reason: "a number that takes calls needs no login",
		spec:   v1alpha1.PhoneNumberSpec{Inbound: &v1alpha1.Inbound{Transport: v1alpha1.TransportUDP}},
		wiring: testWiring,
		want: []string{
			"number PhoneNumber existing {E164:+14155550100 TakeOver:false}",
			"trunk Trunk {Secure:false}",
			"orig OriginationURL in trunk {SIPURL:sip:project.sip.livekit.cloud;transport=udp}",
			"attach TrunkPhoneNumber in trunk phoneNumberSID=number.id after orig,rule <nil>",
		},
	},
	"Outbound": {
		reason: "a number that makes calls is attached too, but waits for nobody to answer",
		spec:   v1alpha1.PhoneNumberSpec{Outbound: &v1alpha1.Outbound{}},
		wiring: testWiring,
		want: []string{
			"number PhoneNumber existing {E164:+14155550100 TakeOver:false}",
			"trunk Trunk {Secure:false}",
			"creds CredentialList {}",
			"cred Credential in creds {Username:user Password:[secret]}",
			"crdlink TrunkCredentialList in trunk listSID=creds.id <nil>",
			"attach TrunkPhoneNumber in trunk phoneNumberSID=number.id <nil>",
		},
	},
	"Encrypted": {
		reason: "encryption that is required makes the trunk secure, and the scheme stays sip",
		spec:   v1alpha1.PhoneNumberSpec{Inbound: &v1alpha1.Inbound{Transport: v1alpha1.TransportTLS, Media: encrypted}},
		wiring: provider.Wiring{SIPHost: "sip.example.com:5061"},
		want: []string{
			"number PhoneNumber existing {E164:+14155550100 TakeOver:false}",
			"trunk Trunk {Secure:true}",
			"orig OriginationURL in trunk {SIPURL:sip:sip.example.com:5061;transport=tls}",
			"attach TrunkPhoneNumber in trunk phoneNumberSID=number.id after orig <nil>",
		},
	},
	"EncryptedOutbound": {
		reason: "so does encryption of the calls that are made",
		spec:   v1alpha1.PhoneNumberSpec{Outbound: &v1alpha1.Outbound{Media: encrypted}},
		want: []string{
			"number PhoneNumber existing {E164:+14155550100 TakeOver:false}",
			"trunk Trunk {Secure:true}",
			"creds CredentialList {}",
			"cred Credential in creds {Username: Password:[secret]}",
			"crdlink TrunkCredentialList in trunk listSID=creds.id <nil>",
			"attach TrunkPhoneNumber in trunk phoneNumberSID=number.id <nil>",
		},
	},
	"Shared": {
		reason: "a number on a shared trunk has nothing of the trunk, and no login",
		spec: v1alpha1.PhoneNumberSpec{
			Inbound:  &v1alpha1.Inbound{Transport: v1alpha1.TransportTCP},
			Outbound: &v1alpha1.Outbound{AllowedAddresses: []string{"192.0.2.1"}},
		},
		wiring: provider.Wiring{Link: external.SlotDispatchRule, Shared: &provider.SharedTrunk{CarrierID: "TK1"}},
		want: []string{
			"number PhoneNumber existing {E164:+14155550100 TakeOver:false}",
			"attach TrunkPhoneNumber within TK1 phoneNumberSID=number.id after rule <nil>",
		},
	},
	"SharedOutbound": {
		reason: "one that only makes calls waits for nobody to answer",
		spec:   v1alpha1.PhoneNumberSpec{Outbound: &v1alpha1.Outbound{}},
		wiring: provider.Wiring{Link: external.SlotDispatchRule, Shared: &provider.SharedTrunk{CarrierID: "TK1"}},
		want: []string{
			"number PhoneNumber existing {E164:+14155550100 TakeOver:false}",
			"attach TrunkPhoneNumber within TK1 phoneNumberSID=number.id <nil>",
		},
	},
	"NoTransport": {
		reason: "the default is TCP",
		spec:   v1alpha1.PhoneNumberSpec{Inbound: &v1alpha1.Inbound{}},
		wiring: provider.Wiring{SIPHost: "sip.example.com"},
		want: []string{
			"number PhoneNumber existing {E164:+14155550100 TakeOver:false}",
			"trunk Trunk {Secure:false}",
			"orig OriginationURL in trunk {SIPURL:sip:sip.example.com;transport=tcp}",
			"attach TrunkPhoneNumber in trunk phoneNumberSID=number.id after orig <nil>",
		},
	},
}

func TestResources(t *testing.T) {
	for name, tc := range plans {
		t.Run(name, func(t *testing.T) {
			number := &v1alpha1.PhoneNumber{Spec: tc.spec}
			number.Spec.Number = "+14155550100"
			var got []string
			for _, resource := range New(Options{}).Resources(number, tc.wiring) {
				got = append(got, line(resource))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s: %s", tc.reason, diff)
			}
		})
	}
}

// TestTrunkResources lists what a trunk needs whatever numbers are on it: none of its
// resources is a number's.
func TestTrunkResources(t *testing.T) {
	cases := map[string]struct {
		reason string
		spec   v1alpha1.SIPTrunkSpec
		want   []string
	}{
		"Both": {
			reason: "all that a number with a trunk of its own has, without the number",
			spec: v1alpha1.SIPTrunkSpec{
				Inbound:  &v1alpha1.TrunkInbound{Transport: v1alpha1.TransportTLS, Media: encrypted},
				Outbound: &v1alpha1.Outbound{AllowedAddresses: []string{"192.0.2.1"}, Media: encrypted},
			},
			want: []string{
				"trunk Trunk {Secure:true}",
				"orig OriginationURL in trunk {SIPURL:sip:project.sip.livekit.cloud;transport=tls}",
				"acl IPAccessControlList {Addresses:[192.0.2.1]}",
				"creds CredentialList {}",
				"cred Credential in creds {Username:user Password:[secret]}",
				"acllink TrunkIPAccessControlList in trunk listSID=acl.id <nil>",
				"crdlink TrunkCredentialList in trunk listSID=creds.id <nil>",
			},
		},
		"Inbound": {
			reason: "nobody signs in to take calls",
			spec:   v1alpha1.SIPTrunkSpec{Inbound: &v1alpha1.TrunkInbound{}},
			want: []string{
				"trunk Trunk {Secure:false}",
				"orig OriginationURL in trunk {SIPURL:sip:project.sip.livekit.cloud;transport=tcp}",
			},
		},
		"Outbound": {
			reason: "nothing is answered",
			spec:   v1alpha1.SIPTrunkSpec{Outbound: &v1alpha1.Outbound{}},
			want: []string{
				"trunk Trunk {Secure:false}",
				"creds CredentialList {}",
				"cred Credential in creds {Username:user Password:[secret]}",
				"crdlink TrunkCredentialList in trunk listSID=creds.id <nil>",
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			for _, numbers := range [][]string{nil, {"+14155550100"}} {
				wiring := testWiring
				wiring.Numbers = numbers
				var got []string
				for _, resource := range New(Options{}).TrunkResources(&v1alpha1.SIPTrunk{Spec: tc.spec}, wiring) {
					got = append(got, line(resource))
				}
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("%s, with the numbers %v: %s", tc.reason, numbers, diff)
				}
			}
		})
	}
}

// line writes a resource so that a plan reads as a list.
func line(r external.Resource) string {
	words := []string{string(r.Slot), r.Kind}
	if r.Existing {
		words = append(words, "existing")
	}
	if r.Parent != "" {
		words = append(words, "in", string(r.Parent))
	}
	if r.Within != "" {
		words = append(words, "within", r.Within)
	}
	for name, ref := range r.Inputs {
		words = append(words, fmt.Sprintf("%s=%s.%s", name, ref.Slot, ref.Output))
	}
	var after []string
	for _, slot := range r.After {
		after = append(after, string(slot))
	}
	if len(after) > 0 {
		words = append(words, "after", strings.Join(after, ","))
	}
	return strings.Join(append(words, fmt.Sprintf("%+v", r.Spec)), " ")
}

func TestResourcesAreInOrderAndHaveDrivers(t *testing.T) {
	number := &v1alpha1.PhoneNumber{Spec: v1alpha1.PhoneNumberSpec{
		Inbound: &v1alpha1.Inbound{}, Outbound: &v1alpha1.Outbound{AllowedAddresses: []string{"192.0.2.1"}},
	}}
	s := sessionWith(t, Options{})
	made := []external.Slot{external.SlotDispatchRule}
	for _, resource := range New(Options{}).Resources(number, testWiring) {
		for _, slot := range resource.Needs() {
			if !slices.Contains(made, slot) {
				t.Errorf("%s comes before %s, which it needs", resource.Slot, slot)
			}
		}
		made = append(made, resource.Slot)
		if resource.Provider != Name {
			t.Errorf("%s is of provider %q", resource.Slot, resource.Provider)
		}
		driverOf(t, s, resource.Kind)
	}
	if _, ok := s.Driver("DispatchRule"); ok {
		t.Error("a kind of another provider has a driver")
	}
	want := external.Ref{Slot: external.SlotTrunk, Output: OutputDomainName}
	if got := New(Options{}).Termination(); got != want {
		t.Errorf("calls are sent to %v, want %v", got, want)
	}
}
