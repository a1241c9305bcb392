package inventory

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
)

const (
	e164   = "+14155550100"
	ours   = "cp-abc234-55bbb4f6-b31f-4cd4-ac18-0f980f15005a-0123abcd-trunk"
	domain = "ivr.pstn.twilio.com"
)

func held(slot external.Slot, id string, change ...func(*external.Holding)) external.Holding {
	h := external.Holding{Slot: slot, ID: id, Name: "ivr"}
	for _, edit := range change {
		edit(&h)
	}
	return h
}

func serves(numbers ...string) func(*external.Holding) {
	return func(h *external.Holding) { h.Numbers = numbers }
}

func on(ids ...string) func(*external.Holding) {
	return func(h *external.Holding) { h.Ties = ids }
}

func at(host string) func(*external.Holding) {
	return func(h *external.Holding) { h.Host = host }
}

func agents(names ...string) func(*external.Holding) {
	return func(h *external.Holding) { h.Agents = names }
}

func secure(h *external.Holding) { h.Encrypted = true }

// setUp is a number with all that one can have, at both providers.
func setUp() Sources {
	return Sources{
		Namespace: "telephony", Account: "main", Project: "main", OnDelete: v1alpha1.OnDeleteLeave,
		Carrier: []external.Holding{
			held(external.SlotNumber, "PN1", serves(e164), on("TK1")), held(external.SlotTrunk, "TK1", at(domain)),
			held(external.SlotCredentialList, "CL1", on("TK1")),
		},
		Platform: []external.Holding{
			held(external.SlotInboundTrunk, "ST_1", serves("14155550100")), held(external.SlotDispatchRule, "SDR_1", on("ST_1"), agents("support-agent")),
			held(external.SlotOutboundTrunk, "ST_2", serves(e164), at(domain)),
		},
		Agents: []v1alpha1.VoiceAgent{{ObjectMeta: metav1.ObjectMeta{Name: "support"}, Spec: v1alpha1.VoiceAgentSpec{AgentName: "support-agent"}}},
	}
}

func TestPropose(t *testing.T) {
	cases := map[string]struct {
		reason   string
		change   func(*Sources)
		imports  string
		acquires v1alpha1.Acquisition
		note     string
	}{
		"Whole": {"all that belongs together is imported", nil, "trunk=TK1 inbound=ST_1 rule=SDR_1 outbound=ST_2 creds=CL1", v1alpha1.AcquisitionExisting, ""},
		"Free":  {"a free number gets what it needs", func(s *Sources) { s.Carrier[0].Ties = nil; s.Platform = nil }, "", v1alpha1.AcquisitionExisting, "it is free"},
		"Menu":  {"a number is taken from an application", func(s *Sources) { s.Carrier[0].Ties = []string{"AP1"}; s.Platform = nil }, "", v1alpha1.AcquisitionTakeOver, "it serves AP1"},
		"Shared": {"a trunk can be imported by one number only", func(s *Sources) {
			s.Carrier = append(s.Carrier, held(external.SlotNumber, "PN2", serves("+14155550101"), on("TK1")))
		}, "inbound=ST_1 rule=SDR_1", v1alpha1.AcquisitionTakeOver, "carries 1 more numbers"},
		"Nowhere": {"a trunk without a domain name cannot serve", func(s *Sources) { s.Carrier[1].Host = "" }, "inbound=ST_1 rule=SDR_1", v1alpha1.AcquisitionTakeOver, "has no domain name"},
		"Another carrier": {"an outbound trunk must lead to the trunk", func(s *Sources) { s.Platform[2].Host = "sip.example.com" },
			"trunk=TK1 inbound=ST_1 rule=SDR_1", v1alpha1.AcquisitionExisting, "which is not a trunk that is imported"},
		"Fleet":     {"an outbound trunk can be imported by one number only", func(s *Sources) { s.Platform[2].Numbers = []string{e164, "+1"} }, "trunk=TK1 inbound=ST_1 rule=SDR_1", v1alpha1.AcquisitionExisting, "makes calls from 2 numbers"},
		"Two lists": {"which of two lists is meant cannot be known", func(s *Sources) { s.Carrier = append(s.Carrier, held(external.SlotCredentialList, "CL2", on("TK1"))) }, "trunk=TK1 inbound=ST_1 rule=SDR_1 outbound=ST_2", v1alpha1.AcquisitionExisting, "none is imported"},
		"List in use": {"a list that others use stays theirs", func(s *Sources) { s.Carrier[2].Ties = []string{"TK1", "TK2"} },
			"trunk=TK1 inbound=ST_1 rule=SDR_1 outbound=ST_2", v1alpha1.AcquisitionExisting, "used by others"},
		"No rule":   {"a rule is made where none names the trunk", func(s *Sources) { s.Platform[1].Ties = nil }, "trunk=TK1 inbound=ST_1 outbound=ST_2 creds=CL1", v1alpha1.AcquisitionExisting, "no dispatch rule names"},
		"Wide rule": {"a rule of several trunks is not imported", func(s *Sources) { s.Platform[1].Ties = []string{"ST_1", "ST_9"} }, "trunk=TK1 inbound=ST_1 outbound=ST_2 creds=CL1", v1alpha1.AcquisitionExisting, "serves 2 trunks"},
		"Automatic": {"a rule may name no agent", func(s *Sources) { s.Platform[1].Agents = nil }, "trunk=TK1 inbound=ST_1 rule=SDR_1 outbound=ST_2 creds=CL1", v1alpha1.AcquisitionExisting, "automatic dispatch answers"},
		"Half secure": {"both ends must be encrypted", func(s *Sources) { secure(&s.Carrier[1]) },
			"trunk=TK1 inbound=ST_1 rule=SDR_1 outbound=ST_2 creds=CL1", v1alpha1.AcquisitionExisting, "does not require encryption"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			from := setUp()
			if tc.change != nil {
				tc.change(&from)
			}
			proposals, omissions := Propose(from)
			if len(proposals) == 0 {
				t.Fatalf("%s: left out: %v", tc.reason, omissions)
			}
			spec := proposals[0].Number.Spec
			var imports []string
			for _, from := range spec.Import {
				imports = append(imports, from.Slot+"="+from.ID)
			}
			if got := strings.Join(imports, " "); got != tc.imports || spec.Acquisition != tc.acquires {
				t.Errorf("%s: it imports %q and acquires by %s, want %q and %s", tc.reason, got, spec.Acquisition, tc.imports, tc.acquires)
			}
			if notes := strings.Join(proposals[0].Notes, "\n"); !strings.Contains(notes, tc.note) || tc.note == "" && notes != "" {
				t.Errorf("%s: the notes are %q, want %q", tc.reason, notes, tc.note)
			}
		})
	}
}

func TestOmit(t *testing.T) {
	known := &v1alpha1.PhoneNumber{ObjectMeta: metav1.ObjectMeta{Namespace: "other", Name: "line"}, Spec: v1alpha1.PhoneNumberSpec{Number: e164}}
	user := &v1alpha1.PhoneNumber{ObjectMeta: metav1.ObjectMeta{Namespace: "other", Name: "line"}, Spec: v1alpha1.PhoneNumberSpec{Number: "+1"}}
	user.Status.ExternalResources = []v1alpha1.ExternalResource{{Slot: "inbound", ID: "ST_1"}}
	cases := map[string]struct {
		reason string
		change func(*Sources)
		want   string
	}{
		"Declared":   {"a number has one object", func(s *Sources) { s.Known = []v1alpha1.Owner{known} }, "the PhoneNumber other/line has it"},
		"Ours":       {"what a Callplane made is not imported", func(s *Sources) { s.Carrier[1].Name = ours }, "which a Callplane made"},
		"Our end":    {"what a Callplane made is not imported", func(s *Sources) { s.Platform[0].Name = ours }, "the inbound trunk ST_1 has it, which a Callplane made"},
		"Many":       {"a new inbound trunk would be refused", func(s *Sources) { s.Platform[0].Numbers = []string{e164, "+14155550101"} }, "takes the calls of 2 numbers"},
		"Somebody's": {"what another number has is not imported", func(s *Sources) { s.Known = []v1alpha1.Owner{user} }, "the inbound trunk ST_1 is of the PhoneNumber other/line"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			from := setUp()
			tc.change(&from)
			proposals, omissions := Propose(from)
			if len(proposals) != 0 || len(omissions) != 1 || omissions[0].Number != e164 || !strings.Contains(omissions[0].Reason, tc.want) {
				t.Errorf("%s: proposals %v, left out %v, want %q", tc.reason, proposals, omissions, tc.want)
			}
		})
	}
}

// TestAgentNames gives no agent the name of another, be that one there or proposed.
func TestAgentNames(t *testing.T) {
	from := Sources{
		Agents: []v1alpha1.VoiceAgent{{ObjectMeta: metav1.ObjectMeta{Name: "sales"}, Spec: v1alpha1.VoiceAgentSpec{AgentName: "another"}}},
		Carrier: []external.Holding{
			held(external.SlotNumber, "PN1", serves("+14155550101")), held(external.SlotNumber, "PN2", serves("+14155550102")), held(external.SlotNumber, "PN3", serves("+14155550103")),
		},
	}
	for i, agent := range []string{"Sales", "the_ivr", "the.ivr"} {
		trunk := fmt.Sprintf("ST_%d", i)
		from.Platform = append(from.Platform, held(external.SlotInboundTrunk, trunk, serves(from.Carrier[i].Numbers[0])),
			held(external.SlotDispatchRule, "SDR_"+trunk, on(trunk), agents(agent)))
	}
	proposals, _ := Propose(from)
	got := map[string]string{}
	for _, proposal := range proposals {
		got[proposal.Agent.Spec.AgentName] = proposal.Agent.Name
	}
	want := map[string]string{"Sales": "sales-2", "the_ivr": "the-ivr", "the.ivr": "the-ivr-2"}
	if diff := cmp.Diff(want, got); diff != "" || len(Objects(proposals)) != 6 {
		t.Errorf("there are %d objects, want one of each agent and each number; names (-want +got):\n%s", len(Objects(proposals)), diff)
	}
}

func TestManifest(t *testing.T) {
	from := setUp()
	from.Agents = nil
	secure(&from.Carrier[1])
	secure(&from.Platform[0])
	secure(&from.Platform[2])
	from.Platform[1].Agents = []string{"Support_Agent"}
	proposals, _ := Propose(from)
	objects := Objects(append(proposals, proposals...))
	if len(objects) != 3 {
		t.Fatalf("there are %d objects, want an agent once and the number twice", len(objects))
	}
	var texts []string
	for _, object := range objects[:2] {
		text, err := Manifest(object)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	want := `apiVersion: callplane.io/v1alpha1
kind: VoiceAgent
metadata:
  name: support-agent
  namespace: telephony
spec:
  agentName: Support_Agent
---
apiVersion: callplane.io/v1alpha1
kind: PhoneNumber
metadata:
  name: phone-14155550100
  namespace: telephony
spec:
  acquisition: Existing
  agentRef:
    name: support-agent
  carrierRef:
    kind: TwilioAccount
    name: main
  import:
  - id: TK1
    onDelete: Leave
    slot: trunk
  - id: ST_1
    onDelete: Leave
    slot: inbound
  - id: SDR_1
    onDelete: Leave
    slot: rule
  - id: ST_2
    onDelete: Leave
    slot: outbound
  - id: CL1
    onDelete: Leave
    slot: creds
  inbound:
    mediaEncryption: Require
    transport: TLS
  number: "+14155550100"
  outbound:
    mediaEncryption: Require
    transport: TLS
  platformRef:
    kind: LiveKitProject
    name: main
`
	if diff := cmp.Diff(want, strings.Join(texts, "---\n")); diff != "" {
		t.Errorf("manifests (-want +got):\n%s", diff)
	}
}
