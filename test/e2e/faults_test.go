package e2e

import (
	"encoding/json"
	"testing"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/bed/livekit"
	"github.com/callplane/callplane/test/twiliosim"
	"github.com/callplane/callplane/test/world"
)

func mustJSON(t *testing.T, value any) []byte {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// passing are the faults that go away by themselves, and their class while they
// last.
var passing = map[string]struct {
	action twiliosim.Action
	class  string
}{
	"TooManyRequests":           {action: twiliosim.Fail(429, 20429), class: v1alpha1.ClassThrottled},
	"TooManyRequestsRetryAfter": {action: twiliosim.Fail(429, 20429).WithRetryAfter("1"), class: v1alpha1.ClassThrottled},
	"InternalServerError":       {action: twiliosim.Fail(500, 20500), class: v1alpha1.ClassProviderUnavailable},
	"ServiceUnavailable":        {action: twiliosim.Fail(503, 20503), class: v1alpha1.ClassProviderUnavailable},
	"Conflict":                  {action: twiliosim.Fail(409, 20409), class: v1alpha1.ClassProviderUnavailable},
	"Reset":                     {action: twiliosim.Reset(), class: v1alpha1.ClassNetworkError},
	"TimeoutAfterApply":         {action: twiliosim.Hang().AfterApply(), class: v1alpha1.ClassNetworkError},
	"HTML":                      {action: twiliosim.HTML(502), class: v1alpha1.ClassProviderUnavailable},
	"EmptyBody":                 {action: twiliosim.EmptyBody(500), class: v1alpha1.ClassProviderUnavailable},
	"HTMLForSuccess":            {action: twiliosim.HTML(200), class: v1alpha1.ClassProviderUnavailable},
	"EmptyBodyForSuccess":       {action: twiliosim.EmptyBody(200), class: v1alpha1.ClassProviderUnavailable},
}

// TestPassingFaultOnce shows that each passing fault, once, delays a deletion
// and does nothing else.
func TestPassingFaultOnce(t *testing.T) {
	for name, tc := range passing {
		t.Run(name, func(t *testing.T) {
			w, _ := calmWorld(t)
			create(t, w, w.PhoneNumber("support-line"))
			number := awaitActive(t, w, "support-line")
			injected := w.Twilio.Inject(twiliosim.Fault{Match: twiliosim.Match{Operation: "trunk.delete"}, Action: tc.action})
			remove(t, w, number)
			awaitGone(t, w, number)
			if injected.Hits() != 1 {
				t.Errorf("the fault was met %d times, want once", injected.Hits())
			}
			wantHoldings(t, w, nothing)
			wantNoEvent(t, w, number, tc.class)
		})
	}
}

func wantNoEvent(t *testing.T, w *world.World, number *v1alpha1.PhoneNumber, reason string) {
	t.Helper()
	stdout, stderr, err := w.Plane.Kubectl(t.Context(), "get", "events.events.k8s.io", "-n", number.Namespace, "-o", `jsonpath={.items[?(@.type=="Warning")].reason}`)
	if err != nil {
		t.Fatalf("%v: %s", err, stderr)
	}
	if stdout != "" {
		t.Errorf("warning events %q after %s that passed, want none", stdout, reason)
	}
}

// TestPassingFaultUnbroken shows that what should pass and does not is said
// after a while, with its class, and ends when it does pass.
func TestPassingFaultUnbroken(t *testing.T) {
	for name, tc := range passing {
		t.Run(name, func(t *testing.T) {
			w, _ := calmWorld(t)
			create(t, w, w.PhoneNumber("support-line"))
			number := awaitActive(t, w, "support-line")
			w.Twilio.Inject(twiliosim.Fault{Match: twiliosim.Match{Operation: "trunk.*"}, Action: tc.action, Count: twiliosim.Forever})
			remove(t, w, number)
			awaitReason(t, w, "support-line", v1alpha1.ConditionDeleting, v1alpha1.ReasonRetrying)
			wantCorrupted(t, awaitReason(t, w, "support-line", v1alpha1.ConditionCorrupted, tc.class))
			w.Twilio.ClearFaults()
			requestRetry(t, w, "support-line")
			awaitGone(t, w, number)
			wantHoldings(t, w, nothing)
		})
	}
}

// TestLiveKitFaults shows that trouble at LiveKit keeps nothing at Twilio, and
// that what was applied without an answer is noticed.
func TestLiveKitFaults(t *testing.T) {
	cases := map[string]struct {
		reason string
		fault  livekit.Fault
	}{
		"Unavailable":  {reason: "503 passes.", fault: livekit.Fault{Method: "DeleteSIPDispatchRule", Answer: livekit.Status(503)}},
		"ResetApplied": {reason: "A delete that was applied and not answered is found to be done.", fault: livekit.Fault{Method: "DeleteSIPTrunk", Apply: true, Answer: livekit.Reset()}},
		"Throttled":    {reason: "429 asks to wait.", fault: livekit.Fault{Method: "DeleteSIPDispatchRule", Answer: livekit.TooManyRequests(1)}},
		"HTML":         {reason: "A page from something in between proves nothing.", fault: livekit.Fault{Method: "ListSIPDispatchRule", Answer: livekit.HTML(200)}},
		"Empty":        {reason: "An empty answer is not an empty list.", fault: livekit.Fault{Method: "ListSIPDispatchRule", Answer: livekit.Empty(200)}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w, _ := calmWorld(t)
			create(t, w, w.PhoneNumber("support-line"))
			number := awaitActive(t, w, "support-line")
			w.Proxy.Spoil(tc.fault)
			remove(t, w, number)
			awaitGone(t, w, number)
			wantHoldings(t, w, nothing)
			wantDropped(t, w)
			if t.Failed() {
				t.Log(tc.reason)
			}
		})
	}
}

// TestCreateWithoutAnswer shows that a create whose answer was lost is found
// again instead of repeated, at either provider.
func TestCreateWithoutAnswer(t *testing.T) {
	cases := map[string]func(*world.World){
		"Trunk":          func(w *world.World) { w.Twilio.Inject(lost("trunk.create")) },
		"CredentialList": func(w *world.World) { w.Twilio.Inject(lost("credentiallist.create")) },
		"Credential":     func(w *world.World) { w.Twilio.Inject(lost("credential.create")) },
		"AccessList":     func(w *world.World) { w.Twilio.Inject(lost("ipaccesscontrollist.create")) },
		"Address":        func(w *world.World) { w.Twilio.Inject(lost("ipaddress.create")) },
		"OriginationURL": func(w *world.World) { w.Twilio.Inject(lost("originationurl.create")) },
		"Attachment":     func(w *world.World) { w.Twilio.Inject(lost("number.attach")) },
		"InboundTrunk":   func(w *world.World) { w.Proxy.Spoil(lostAtLiveKit("CreateSIPInboundTrunk")) },
		"Rule":           func(w *world.World) { w.Proxy.Spoil(lostAtLiveKit("CreateSIPDispatchRule")) },
		"OutboundTrunk":  func(w *world.World) { w.Proxy.Spoil(lostAtLiveKit("CreateSIPOutboundTrunk")) },
	}
	for name, lose := range cases {
		t.Run(name, func(t *testing.T) {
			w, _ := readyWorld(t)
			lose(w)
			create(t, w, w.PhoneNumber("support-line", world.Outbound))
			number := awaitActive(t, w, "support-line")
			wantOneOfEach(t, w)
			remove(t, w, number)
			awaitGone(t, w, number)
			wantHoldings(t, w, nothing)
		})
	}
}

func lost(operation string) twiliosim.Fault {
	return twiliosim.Fault{Match: twiliosim.Match{Operation: operation}, Action: twiliosim.Reset().AfterApply()}
}

func lostAtLiveKit(method string) livekit.Fault {
	return livekit.Fault{Method: method, Apply: true, Answer: livekit.Reset()}
}

// wantOneOfEach sees that a number for both directions has one of everything.
func wantOneOfEach(t *testing.T, w *world.World) {
	t.Helper()
	h := holdings(t, w)
	for what, count := range map[string]int{
		"trunks": len(h.Trunks), "credential lists": len(h.CredentialLists), "access lists": len(h.AccessLists),
		"inbound trunks": len(h.InboundTrunks), "rules": len(h.Rules), "outbound trunks": len(h.OutboundTrunks),
		"origination URLs": h.OriginationURLs, "credentials": h.Credentials, "addresses": h.Addresses,
	} {
		if count != 1 {
			t.Errorf("%d %s, want 1", count, what)
		}
	}
}
