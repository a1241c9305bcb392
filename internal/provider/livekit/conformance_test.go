package livekit

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	protocol "github.com/livekit/protocol/livekit"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
)

// A subject is what the conformance run needs to know of a kind.
type subject struct {
	kind, createMethod string
	// call is a create with everything set that the spec can say.
	call func(t *testing.T, s *session) external.Call
	// change returns the call with a spec that differs in one field.
	change func(external.Call) external.Call
	// edit changes the object behind our back; it makes the drift named.
	edit  func(ctx context.Context, id string) error
	drift []string
	count func(ctx context.Context) (int, error)
}

var headers = v1alpha1.Headers{
	Headers:             map[string]v1alpha1.HeaderValue{"X-Tenant": "blue"},
	HeadersToAttributes: map[string]v1alpha1.AttributeName{"X-Caller": "caller"},
	AttributesToHeaders: map[string]v1alpha1.HeaderName{"case": "X-Case"},
	IncludeHeaders:      v1alpha1.IncludeHeadersX,
}

func fullInboundTrunk(*testing.T, *session) external.Call {
	return external.Call{
		Marker: newMarker(external.SlotInboundTrunk),
		Spec: InboundTrunkSpec{
			Number: newNumber(), AllowedNumbers: []string{"+19995550123"}, AllowedAddresses: []string{"203.0.113.0/24", "2001:db8::1"},
			MediaEncryption: v1alpha1.MediaEncryptionRequire, Headers: headers, KrispEnabled: true,
			RingingTimeout: 20e9, MaxCallDuration: 3600e9,
		},
	}
}

func fullDispatchRule(t *testing.T, s *session) external.Call {
	trunk, err := driverOf(t, s, KindInboundTrunk).Create(testContext(t), fullInboundTrunk(t, s))
	if err != nil {
		t.Fatal(err)
	}
	return external.Call{
		Marker: newMarker(external.SlotDispatchRule),
		Inputs: map[string]string{InputTrunkID: trunk.ID},
		Spec:   DispatchRuleSpec{RoomPrefix: "call", AgentName: "support", AgentMetadata: `{"language":"en"}`},
	}
}

func fullOutboundTrunk(*testing.T, *session) external.Call {
	return external.Call{
		Marker: newMarker(external.SlotOutboundTrunk),
		Inputs: map[string]string{InputAddress: "example.pstn.twilio.com"},
		Spec: OutboundTrunkSpec{
			Numbers: []string{newNumber()}, Transport: v1alpha1.TransportTLS, MediaEncryption: v1alpha1.MediaEncryptionAllow,
			Headers: headers, Username: "callplane", Password: external.NewSecret("Password1234"),
		},
	}
}

func subjects() []subject {
	return []subject{
		{
			kind: KindInboundTrunk, createMethod: "CreateSIPInboundTrunk", call: fullInboundTrunk,
			change: func(call external.Call) external.Call {
				spec := call.Spec.(InboundTrunkSpec)
				spec.KrispEnabled, spec.MediaEncryption = false, v1alpha1.MediaEncryptionDisable
				call.Spec = spec
				return call
			},
			edit: func(ctx context.Context, id string) error {
				_, err := server.SIP().UpdateSIPInboundTrunk(ctx, &protocol.UpdateSIPInboundTrunkRequest{
					SipTrunkId: id,
					Action: &protocol.UpdateSIPInboundTrunkRequest_Update{Update: &protocol.SIPInboundTrunkUpdate{
						AllowedAddresses: &protocol.ListUpdate{Set: []string{"198.51.100.1"}}, Metadata: new("mine now"),
					}},
				})
				return err
			},
			drift: []string{"metadata", "allowed_addresses"},
			count: func(ctx context.Context) (int, error) {
				items, err := server.InboundTrunks(ctx)
				return len(items), err
			},
		},
		{
			kind: KindDispatchRule, createMethod: "CreateSIPDispatchRule", call: fullDispatchRule,
			change: func(call external.Call) external.Call {
				call.Spec = DispatchRuleSpec{RoomPrefix: "call", AgentName: "sales"}
				return call
			},
			edit: func(ctx context.Context, id string) error {
				_, err := server.SIP().UpdateSIPDispatchRule(ctx, &protocol.UpdateSIPDispatchRuleRequest{
					SipDispatchRuleId: id,
					Action: &protocol.UpdateSIPDispatchRuleRequest_Update{Update: &protocol.SIPDispatchRuleUpdate{
						Name: new("mine now"), Rule: roomPerCall("other"),
					}},
				})
				return err
			},
			drift: []string{"rule", "name"},
			count: func(ctx context.Context) (int, error) {
				items, err := server.DispatchRules(ctx)
				return len(items), err
			},
		},
		{
			kind: KindOutboundTrunk, createMethod: "CreateSIPOutboundTrunk", call: fullOutboundTrunk,
			change: func(call external.Call) external.Call {
				spec := call.Spec.(OutboundTrunkSpec)
				spec.Password, spec.Headers = external.NewSecret("Password5678"), v1alpha1.Headers{}
				call.Spec = spec
				return call
			},
			edit: func(ctx context.Context, id string) error {
				_, err := server.SIP().UpdateSIPOutboundTrunk(ctx, &protocol.UpdateSIPOutboundTrunkRequest{
					SipTrunkId: id,
					Action: &protocol.UpdateSIPOutboundTrunkRequest_Update{Update: &protocol.SIPOutboundTrunkUpdate{
						AuthPassword: new("changed"), Address: new("sip.example.com"),
					}},
				})
				return err
			},
			drift: []string{"address", "auth_password"},
			count: func(ctx context.Context) (int, error) {
				items, err := server.OutboundTrunks(ctx)
				return len(items), err
			},
		},
	}
}

func TestConformance(t *testing.T) {
	for _, c := range subjects() {
		t.Run(c.kind, func(t *testing.T) {
			s := connect(t, server.URL())
			driver, call := driverOf(t, s, c.kind), c.call(t, s)
			_, err := driver.Observe(testContext(t), call)
			wantClass(t, err, external.NotFound)

			made, err := driver.Create(testContext(t), call)
			wantObserved(t, made, err, external.Observation{ID: made.ID, Name: call.Marker})
			found, err := driver.Observe(testContext(t), call)
			wantObserved(t, found, err, made)
			bare, err := driver.Observe(testContext(t), external.Call{Marker: call.Marker})
			wantObserved(t, bare, err, made)
			call.ID = made.ID
			found, err = driver.Observe(testContext(t), call)
			wantObserved(t, found, err, made)
			wantListed(t, driver, made)

			updates(t, c, driver, call)
			deletes(t, driver, call)
		})
	}
}

func wantListed(t *testing.T, driver external.Driver, made external.Observation) {
	t.Helper()
	made.Revision = revisionOf(t, driver, made.ID)
	all, err := driver.(external.Listed).List(testContext(t), "")
	if err != nil || !slices.ContainsFunc(all, func(o external.Observation) bool { return cmp.Equal(o, made) }) {
		t.Fatalf("the list is %+v and %v, want %+v in it", all, err, made)
	}
}

// revisionOf is that of one object in the list of all.
func revisionOf(t *testing.T, driver external.Driver, id string) string {
	t.Helper()
	all, err := driver.(external.Listed).List(testContext(t), "")
	i := slices.IndexFunc(all, func(o external.Observation) bool { return o.ID == id })
	if err != nil || i < 0 || all[i].Revision == "" {
		t.Fatalf("the list is %+v and %v, want %s in it, with a revision", all, err, id)
	}
	return all[i].Revision
}

func updates(t *testing.T, c subject, driver external.Driver, call external.Call) {
	t.Helper()
	clean := external.Observation{ID: call.ID, Name: call.Marker}
	changed := c.change(call)
	if seen, err := driver.Observe(testContext(t), changed); err != nil || len(seen.Drift) == 0 {
		t.Fatalf("no drift after a change of the spec: %+v, %v", seen, err)
	}
	before := revisionOf(t, driver, call.ID)
	updated, err := driver.Update(testContext(t), changed)
	wantObserved(t, updated, err, clean)
	if after := revisionOf(t, driver, call.ID); after == before {
		t.Error("an update makes no other revision")
	}
	found, err := driver.Observe(testContext(t), changed)
	wantObserved(t, found, err, clean)

	if err := c.edit(testContext(t), call.ID); err != nil {
		t.Fatal(err)
	}
	found, err = driver.Observe(testContext(t), changed)
	if diff := cmp.Diff(c.drift, found.Drift); err != nil || diff != "" {
		t.Fatalf("drift after an edit by hand: %s, %v", diff, err)
	}
	updated, err = driver.Update(testContext(t), changed)
	wantObserved(t, updated, err, clean)
}

func deletes(t *testing.T, driver external.Driver, call external.Call) {
	t.Helper()
	recorded := external.Call{ID: call.ID, Marker: call.Marker}
	if err := driver.Delete(testContext(t), recorded); err != nil {
		t.Fatal(err)
	}
	if err := driver.Delete(testContext(t), recorded); err != nil && !external.IsNotFound(err) {
		t.Fatalf("deleting twice: %v", err)
	}
	_, err := driver.Observe(testContext(t), recorded)
	wantClass(t, err, external.NotFound)
	_, err = driver.Observe(testContext(t), external.Call{Marker: call.Marker})
	wantClass(t, err, external.NotFound)
	_, err = driver.Update(testContext(t), call)
	wantClass(t, err, external.NotFound)
}

func wantObserved(t *testing.T, got external.Observation, err error, want external.Observation) {
	t.Helper()
	if diff := cmp.Diff(want, got); err != nil || diff != "" || got.ID == "" {
		t.Fatalf("observation: %s, %v", diff, err)
	}
}
