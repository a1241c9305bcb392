package plugin

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	protocol "github.com/livekit/protocol/livekit"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/twiliosim"
)

// furnish makes at both providers, as people would, a number that works without Callplane.
func furnish(t *testing.T, e164 string) (trunk, inbound, rule string) {
	t.Helper()
	ctx, sip := t.Context(), w.LiveKit.SIP()
	trunk = w.Twilio.AddTrunk(second.SID, "ivr", "ivr-plugin.pstn.twilio.com")
	w.Twilio.AddNumber(second.SID, e164, twiliosim.NumberOptions{TrunkSID: trunk})
	made, err := sip.CreateSIPInboundTrunk(ctx, &protocol.CreateSIPInboundTrunkRequest{
		Trunk: &protocol.SIPInboundTrunkInfo{Name: "ivr", Numbers: []string{e164}},
	})
	if err != nil {
		t.Fatal(err)
	}
	dispatch, err := sip.CreateSIPDispatchRule(ctx, &protocol.CreateSIPDispatchRuleRequest{DispatchRule: &protocol.SIPDispatchRuleInfo{
		Name: "to the ivr", TrunkIds: []string{made.GetSipTrunkId()},
		Rule: &protocol.SIPDispatchRule{Rule: &protocol.SIPDispatchRule_DispatchRuleIndividual{
			DispatchRuleIndividual: &protocol.SIPDispatchRuleIndividual{RoomPrefix: "ivr-"},
		}},
		RoomConfig: &protocol.RoomConfiguration{Agents: []*protocol.RoomAgentDispatch{{AgentName: "ivr_agent"}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return trunk, made.GetSipTrunkId(), dispatch.GetSipDispatchRuleId()
}

// TestImport finds what is there, changes nothing, and prints what takes it over as it is.
func TestImport(t *testing.T) {
	secondAccount(t)
	const e164, free, served = "+14155550130", "+14155550131", "+14155550132"
	trunk, inbound, rule := furnish(t, e164)
	w.Twilio.AddNumber(second.SID, free, twiliosim.NumberOptions{})
	w.Twilio.AddNumber(second.SID, served, twiliosim.NumberOptions{VoiceApplicationSID: w.Twilio.AddApplication(second.SID, "menu")})
	declared := number(t, "declared", "+14155550133", inSecond)

	run := func(more ...string) result {
		return phonenumber(t, append([]string{"import", "--account=second", "--project=livekit", "--twilio-url=" + w.TwilioURL(), "--livekit-allowed-hosts=" + w.Proxy.URL()}, more...)...)
	}
	before := len(w.Twilio.Mutations())
	got := run()
	got.want(t, 0, "kind: VoiceAgent", "agentName: ivr_agent", "name: phone-14155550130", "id: "+trunk, "id: "+inbound, "id: "+rule, "onDelete: Leave",
		"# "+free+": it is free: a trunk is made for it.", "acquisition: TakeOver", "Left out: "+declared.Spec.Number+": the PhoneNumber telephony/declared has it")
	if changes := len(w.Twilio.Mutations()) - before; changes > 0 {
		t.Errorf("%d changes were made at Twilio", changes)
	}
	if text := got.stdout + got.stderr; strings.Contains(text, second.AuthToken) || strings.Contains(text, w.LiveKit.APISecret()) {
		t.Error("a secret is printed")
	}
	run(e164, "-o", "name").want(t, 0, "phonenumber.callplane.io/phone-14155550130\n")
	run("+14155559999").want(t, 1, "+14155559999 is not in the account")
	run("--on-delete=Maybe").want(t, 1, "must be Leave or Delete")
	phonenumber(t, "import", "--account=nobody", "--project=livekit").want(t, 1, `"nobody" not found`)
	phonenumber(t, "import", "--account=second").want(t, 1, `required flag(s) "project" not set`)
	phonenumber(t, "import", "--account=second", "--project=livekit", "--twilio-url="+w.TwilioURL()).want(t, 1, "is not among the LiveKit hosts")

	wantImported(t, run(e164).stdout, map[string]string{"trunk": trunk, "inbound": inbound, "rule": rule})
}

// wantImported applies what was printed, and sees that the number uses what was there.
func wantImported(t *testing.T, manifests string, want map[string]string) {
	t.Helper()
	if _, stderr, err := plane.KubectlInput(t.Context(), manifests, "apply", "-f", "-"); err != nil {
		t.Fatal(err, stderr)
	}
	object := w.PhoneNumber("phone-14155550130")
	awaitActive(t, object)
	got := map[string]string{}
	for _, entry := range object.Status.ExternalResources {
		if entry.Origin == v1alpha1.OriginImported && want[entry.Slot] != "" {
			got[entry.Slot] = entry.ID
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("imported (-printed +ledger):\n%s", diff)
	}
	phonenumber(t, "status", object.Name).want(t, 0, "imported, and left as it is")
}
