package livekit

import (
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
)

// What would open a trunk or a rule to everybody is refused before any call.
func TestRefusedWithoutACall(t *testing.T) {
	var calls atomic.Int64
	s := stub(t, func(http.ResponseWriter, *http.Request) { calls.Add(1) })
	const number, host = "+14155550100", "example.pstn.twilio.com"
	trunk := map[string]string{InputTrunkID: "ST_1"}
	cases := []struct {
		reason, kind string
		inputs       map[string]string
		spec         any
	}{
		{"an inbound trunk without a number takes every call", KindInboundTrunk, nil, InboundTrunkSpec{}},
		{"a blank number is none", KindInboundTrunk, nil, InboundTrunkSpec{Number: " "}},
		{"an address that LiveKit would drop", KindInboundTrunk, nil, InboundTrunkSpec{Number: number, AllowedAddresses: []string{"203.0.113.0/24, 198.51.100.0/24"}}},
		{"an empty address", KindInboundTrunk, nil, InboundTrunkSpec{Number: number, AllowedAddresses: []string{""}}},
		{"a word for encryption that is not known", KindInboundTrunk, nil, InboundTrunkSpec{Number: number, MediaEncryption: "Always"}},
		{"a word for headers that is not known", KindInboundTrunk, nil, InboundTrunkSpec{Number: number, Headers: v1alpha1.Headers{IncludeHeaders: "Some"}}},
		{"a rule without a trunk dispatches every call", KindDispatchRule, nil, DispatchRuleSpec{RoomPrefix: "call"}},
		{"an empty trunk id is none", KindDispatchRule, map[string]string{InputTrunkID: ""}, DispatchRuleSpec{RoomPrefix: "call"}},
		{"the id of something else", KindDispatchRule, map[string]string{InputTrunkID: "TK123"}, DispatchRuleSpec{RoomPrefix: "call"}},
		{"a rule without a prefix", KindDispatchRule, trunk, DispatchRuleSpec{}},
		{"an outbound trunk without a number", KindOutboundTrunk, map[string]string{InputAddress: host}, OutboundTrunkSpec{}},
		{"an outbound trunk without an address", KindOutboundTrunk, nil, OutboundTrunkSpec{Numbers: []string{number}}},
		{"an address that is a SIP URI", KindOutboundTrunk, map[string]string{InputAddress: "sip:" + host}, OutboundTrunkSpec{Numbers: []string{number}}},
		{"an address with parameters", KindOutboundTrunk, map[string]string{InputAddress: host + ";transport=tls"}, OutboundTrunkSpec{Numbers: []string{number}}},
		{"a word for the transport that is not known", KindOutboundTrunk, map[string]string{InputAddress: host}, OutboundTrunkSpec{Numbers: []string{number}, Transport: "SCTP"}},
	}
	for _, c := range cases {
		t.Run(c.reason, func(t *testing.T) {
			driver := driverOf(t, s, c.kind)
			call := external.Call{Marker: "cp-marker", Inputs: c.inputs, Spec: c.spec}
			_, created := driver.Create(testContext(t), call)
			wantClass(t, created, external.InvalidConfiguration)
			call.ID = map[bool]string{true: "SDR_1", false: "ST_1"}[c.kind == KindDispatchRule]
			_, updated := driver.Update(testContext(t), call)
			wantClass(t, updated, external.InvalidConfiguration)
		})
	}
	if calls.Load() != 0 {
		t.Errorf("%d calls were made", calls.Load())
	}
}

func TestIDsAreValidated(t *testing.T) {
	var calls atomic.Int64
	s := stub(t, func(http.ResponseWriter, *http.Request) { calls.Add(1) })
	for kind, ids := range map[string][]string{
		KindInboundTrunk:  {"SDR_1", "ST_", "ST_1 ", "ST_1\n", "st_1", "*"},
		KindDispatchRule:  {"ST_1", "SDR_", "SDR_a-b"},
		KindOutboundTrunk: {"SDR_1", "ST_1/../ST_2"},
	} {
		driver := driverOf(t, s, kind)
		for _, id := range ids {
			call := external.Call{ID: id, Marker: "cp-marker"}
			_, observed := driver.Observe(testContext(t), call)
			wantClass(t, observed, external.InvalidConfiguration)
			_, updated := driver.Update(testContext(t), call)
			wantClass(t, updated, external.InvalidConfiguration)
			wantClass(t, driver.Delete(testContext(t), call), external.InvalidConfiguration)
		}
		wantClass(t, driver.Delete(testContext(t), external.Call{Marker: "cp-marker"}), external.InvalidConfiguration)
	}
	if calls.Load() != 0 {
		t.Errorf("%d calls were made", calls.Load())
	}
}

// Without a marker everything without a name would look like ours.
func TestNothingIsDoneWithoutAMarker(t *testing.T) {
	s := connect(t, server.URL())
	for _, c := range subjects() {
		driver, call := driverOf(t, s, c.kind), c.call(t, s)
		call.Marker = ""
		if _, err := driver.Observe(testContext(t), call); err == nil || external.IsNotFound(err) {
			t.Errorf("%s observed: %v", c.kind, err)
		}
		if _, err := driver.Create(testContext(t), call); err == nil {
			t.Errorf("%s created", c.kind)
		}
	}
}
