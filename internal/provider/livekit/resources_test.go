package livekit

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider"
)

func TestResources(t *testing.T) {
	const number = "+14155550100"
	trunkInput := map[string]external.Ref{"trunkID": {Slot: external.SlotInboundTrunk, Output: "id"}}
	termination := external.Ref{Slot: external.SlotTrunk, Output: "host"}
	inboundTrunk := external.Resource{
		Slot: "inbound", Provider: "livekit", Kind: "SIPInboundTrunk", Spec: InboundTrunkSpec{Number: number},
	}
	rule := func(spec DispatchRuleSpec) external.Resource {
		return external.Resource{Slot: "rule", Provider: "livekit", Kind: "SIPDispatchRule", Inputs: trunkInput, Spec: spec}
	}
	outboundTrunk := func(spec OutboundTrunkSpec) external.Resource {
		return external.Resource{
			Slot: "outbound", Provider: "livekit", Kind: "SIPOutboundTrunk",
			Inputs: map[string]external.Ref{"address": termination}, Spec: spec,
		}
	}
	login := provider.Login{Username: "callplane", Password: external.NewSecret("Password1234")}
	cases := []struct {
		reason string
		spec   v1alpha1.PhoneNumberSpec
		wiring provider.Wiring
		want   []external.Resource
	}{
		{
			reason: "without an agent the rule leaves the room to automatic dispatch",
			spec:   v1alpha1.PhoneNumberSpec{Inbound: &v1alpha1.Inbound{}},
			want:   []external.Resource{inboundTrunk, rule(DispatchRuleSpec{RoomPrefix: "call"})},
		},
		{
			reason: "an agent brings its name, its metadata and its prefix",
			spec:   v1alpha1.PhoneNumberSpec{Inbound: &v1alpha1.Inbound{}},
			wiring: provider.Wiring{Agent: &v1alpha1.VoiceAgentSpec{AgentName: "support", Metadata: "{}", RoomPrefix: "help"}},
			want: []external.Resource{inboundTrunk, rule(DispatchRuleSpec{
				RoomPrefix: "help", AgentName: "support", AgentMetadata: "{}",
			})},
		},
		{
			reason: "an agent without a prefix has the default one",
			spec:   v1alpha1.PhoneNumberSpec{Inbound: &v1alpha1.Inbound{}},
			wiring: provider.Wiring{Agent: &v1alpha1.VoiceAgentSpec{AgentName: "support"}},
			want:   []external.Resource{inboundTrunk, rule(DispatchRuleSpec{RoomPrefix: "call", AgentName: "support"})},
		},
		{
			reason: "outbound alone needs no rule",
			spec:   v1alpha1.PhoneNumberSpec{Outbound: &v1alpha1.Outbound{Transport: v1alpha1.TransportTLS}},
			wiring: provider.Wiring{Termination: termination, Login: login},
			want: []external.Resource{outboundTrunk(OutboundTrunkSpec{
				Numbers: []string{number}, Transport: v1alpha1.TransportTLS, Username: "callplane", Password: login.Password,
			})},
		},
		{
			reason: "calls from a shared trunk are its own, and the number is in its list",
			spec:   v1alpha1.PhoneNumberSpec{Inbound: &v1alpha1.Inbound{}, Outbound: &v1alpha1.Outbound{}},
			wiring: provider.Wiring{Shared: &provider.SharedTrunk{CarrierID: "TK1", OutboundID: "ST_1"}},
			want: []external.Resource{
				inboundTrunk, rule(DispatchRuleSpec{RoomPrefix: "call"}),
				{Slot: "outbound", Provider: "livekit", Kind: "SIPOutboundTrunkNumber", Within: "ST_1", ID: number},
			},
		},
		{
			reason: "a shared trunk that makes no calls yet begins to when it has its first number",
			spec:   v1alpha1.PhoneNumberSpec{Outbound: &v1alpha1.Outbound{}},
			wiring: provider.Wiring{Shared: &provider.SharedTrunk{CarrierID: "TK1"}},
			want:   []external.Resource{{Slot: "outbound", Provider: "livekit", Kind: "SIPOutboundTrunkNumber", ID: number}},
		},
		{
			reason: "nothing of a shared trunk is needed to take calls",
			spec:   v1alpha1.PhoneNumberSpec{Inbound: &v1alpha1.Inbound{}},
			wiring: provider.Wiring{Shared: &provider.SharedTrunk{OutboundID: "ST_1"}},
			want:   []external.Resource{inboundTrunk, rule(DispatchRuleSpec{RoomPrefix: "call"})},
		},
		{
			reason: "both directions, with everything that the spec can say",
			spec: v1alpha1.PhoneNumberSpec{
				Inbound: &v1alpha1.Inbound{
					AllowedNumbers: []string{"+19995550123"}, AllowedAddresses: []string{"203.0.113.0/24"},
					Media: v1alpha1.Media{MediaEncryption: v1alpha1.MediaEncryptionRequire}, Headers: headers,
					KrispEnabled: new(true), RingingTimeout: &metav1.Duration{Duration: 20 * time.Second},
					MaxCallDuration: &metav1.Duration{Duration: time.Hour},
				},
				Outbound: &v1alpha1.Outbound{
					Media: v1alpha1.Media{MediaEncryption: v1alpha1.MediaEncryptionRequire}, Headers: headers,
				},
			},
			wiring: provider.Wiring{Termination: termination, Login: login},
			want: []external.Resource{
				{
					Slot: "inbound", Provider: "livekit", Kind: "SIPInboundTrunk",
					Spec: InboundTrunkSpec{
						Number: number, AllowedNumbers: []string{"+19995550123"}, AllowedAddresses: []string{"203.0.113.0/24"},
						MediaEncryption: v1alpha1.MediaEncryptionRequire, Headers: headers, KrispEnabled: true,
						RingingTimeout: 20 * time.Second, MaxCallDuration: time.Hour,
					},
				},
				rule(DispatchRuleSpec{RoomPrefix: "call"}),
				outboundTrunk(OutboundTrunkSpec{
					Numbers: []string{number}, MediaEncryption: v1alpha1.MediaEncryptionRequire, Headers: headers,
					Username: "callplane", Password: login.Password,
				}),
			},
		},
	}
	p := New(Options{})
	for _, c := range cases {
		t.Run(c.reason, func(t *testing.T) {
			c.spec.Number = number
			got := p.Resources(&v1alpha1.PhoneNumber{Spec: c.spec}, c.wiring)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTrunkResources(t *testing.T) {
	login := provider.Login{Username: "callplane", Password: external.NewSecret("Password1234")}
	termination := external.Ref{Slot: external.SlotTrunk, Output: "host"}
	numbers := []string{"+14155550100", "+14155550101"}
	outbound := &v1alpha1.Outbound{Transport: v1alpha1.TransportTLS, Headers: headers}
	spec := OutboundTrunkSpec{
		Numbers: numbers, Transport: v1alpha1.TransportTLS, Headers: headers, Username: "callplane", Password: login.Password,
	}
	carried := spec
	carried.Address = "sip.example.com:5060"
	cases := []struct {
		reason  string
		spec    v1alpha1.SIPTrunkSpec
		numbers []string
		want    []external.Resource
	}{
		{
			reason: "calls go to the trunk at the carrier", spec: v1alpha1.SIPTrunkSpec{Outbound: outbound}, numbers: numbers,
			want: []external.Resource{{
				Slot: "outbound", Provider: "livekit", Kind: "SIPOutboundTrunk", Inputs: map[string]external.Ref{"address": termination}, Spec: spec,
			}},
		},
		{
			reason:  "with an address nothing has to be made there first",
			spec:    v1alpha1.SIPTrunkSpec{Outbound: outbound, Address: &v1alpha1.CarrierAddress{Host: "sip.example.com:5060"}},
			numbers: numbers,
			want:    []external.Resource{{Slot: "outbound", Provider: "livekit", Kind: "SIPOutboundTrunk", Spec: carried}},
		},
		{reason: "without a number it would be everybody's", spec: v1alpha1.SIPTrunkSpec{Outbound: outbound}},
		{reason: "a trunk that takes calls only has none", spec: v1alpha1.SIPTrunkSpec{Inbound: &v1alpha1.TrunkInbound{}}, numbers: numbers},
	}
	for _, c := range cases {
		t.Run(c.reason, func(t *testing.T) {
			wiring := provider.Wiring{Termination: termination, Login: login, Numbers: c.numbers}
			if diff := cmp.Diff(c.want, New(Options{}).TrunkResources(&v1alpha1.SIPTrunk{Spec: c.spec}, wiring)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
