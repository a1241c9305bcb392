package inventory

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/marker"
)

// A draft is a proposal in the making.
type draft struct {
	Sources
	Proposal
	number external.Holding
	e164   string
	// names are those of the agents that are to be created, by their agentName.
	names map[string]string
	// trunk of the number that is imported; empty if it is to have another one.
	trunk external.Holding
}

func (s Sources) propose(number external.Holding, names map[string]string) Proposal {
	d := &draft{Sources: s, number: number, e164: number.Numbers[0], names: names}
	d.Number = &v1alpha1.PhoneNumber{
		TypeMeta:   metav1.TypeMeta{APIVersion: v1alpha1.GroupVersion.String(), Kind: v1alpha1.KindPhoneNumber},
		ObjectMeta: s.meta(ObjectName(d.e164)),
		Spec: v1alpha1.PhoneNumberSpec{
			Number:      d.e164,
			CarrierRef:  v1alpha1.CarrierReference{Kind: v1alpha1.KindTwilioAccount, Name: s.Account},
			PlatformRef: v1alpha1.PlatformReference{Kind: v1alpha1.KindLiveKitProject, Name: s.Project},
			Acquisition: v1alpha1.AcquisitionExisting,
		},
	}
	d.carrier()
	d.inbound()
	d.outbound()
	if d.Number.Spec.Inbound == nil && d.Number.Spec.Outbound == nil {
		d.Number.Spec.Inbound = &v1alpha1.Inbound{}
		d.encrypt()
		d.note("nothing at LiveKit serves it: an inbound trunk and a dispatch rule are made")
	}
	return d.Proposal
}

func (d *draft) note(format string, arguments ...any) {
	d.Notes = append(d.Notes, fmt.Sprintf(format, arguments...))
}

func (d *draft) take(slot external.Slot, holding external.Holding) {
	d.Number.Spec.Import = append(d.Number.Spec.Import, v1alpha1.ImportedResource{Slot: string(slot), ID: holding.ID, OnDelete: d.OnDelete})
}

// carrier imports the trunk that the number is on, if that is its alone. Else the number
// is taken to a trunk of its own, and goes back in the end.
func (d *draft) carrier() {
	trunk, on := d.trunkOf(d.number)
	switch others := d.others(trunk); {
	case !on && len(d.number.Ties) == 0:
		d.note("it is free: a trunk is made for it")
	case !on:
		d.Number.Spec.Acquisition = v1alpha1.AcquisitionTakeOver
		d.note("it serves %s: it is taken from there, and goes back when it is deleted", strings.Join(d.number.Ties, " and "))
	case others > 0:
		d.Number.Spec.Acquisition = v1alpha1.AcquisitionTakeOver
		d.note("the trunk %s (%q) carries %d more numbers, and can be imported by one only: the number is taken to a trunk of its own, and goes back when it is deleted", trunk.ID, trunk.Name, others)
	case trunk.Host == "":
		d.Number.Spec.Acquisition = v1alpha1.AcquisitionTakeOver
		d.note("the trunk %s (%q) has no domain name, so it is not imported: the number is taken to a trunk of its own, and goes back when it is deleted", trunk.ID, trunk.Name)
	default:
		d.trunk = trunk
		d.take(external.SlotTrunk, trunk)
	}
}

// others is how many more numbers are on a trunk.
func (d *draft) others(trunk external.Holding) int {
	count := 0
	for _, number := range d.numbers() {
		if trunk.ID != "" && number.ID != d.number.ID && slices.Contains(number.Ties, trunk.ID) {
			count++
		}
	}
	return count
}

// inbound imports the trunk that takes the calls, and the rule that dispatches them.
func (d *draft) inbound() {
	trunks := d.serving(external.SlotInboundTrunk, d.e164)
	if len(trunks) == 0 {
		return
	}
	d.Number.Spec.Inbound = &v1alpha1.Inbound{}
	d.encrypt()
	if len(trunks) > 1 {
		d.note("LiveKit has %d inbound trunks for it; the first is imported: remove the others", len(trunks))
	}
	if d.trunk.Encrypted && !trunks[0].Encrypted {
		d.note("its Twilio trunk is secure and the inbound trunk %s does not require encryption: turn it on there, or it is InvalidConfiguration", trunks[0].ID)
	}
	d.take(external.SlotInboundTrunk, trunks[0])
	d.rule(trunks[0])
}

func (d *draft) encrypt() {
	if d.trunk.Encrypted {
		d.Number.Spec.Inbound.MediaEncryption, d.Number.Spec.Inbound.Transport = v1alpha1.MediaEncryptionRequire, v1alpha1.TransportTLS
	}
}

func (d *draft) rule(inbound external.Holding) {
	rules := slices.DeleteFunc(inSlot(d.Platform, external.SlotDispatchRule), func(rule external.Holding) bool {
		return !slices.Contains(rule.Ties, inbound.ID)
	})
	switch {
	case len(rules) == 0:
		d.note("no dispatch rule names the inbound trunk %s: one is made. A rule without trunks dispatches its calls until then", inbound.ID)
	case marker.Is(rules[0].Name) || d.owner(rules[0]) != "":
		d.note("the dispatch rule %s is of a Callplane already, and is not imported", rules[0].ID)
	case len(rules[0].Ties) > 1:
		d.note("the dispatch rule %s (%q) serves %d trunks, and can be imported by one number only: remove the trunk from it, so that one of its own can be made", rules[0].ID, rules[0].Name, len(rules[0].Ties))
		d.agent(rules[0])
	default:
		d.take(external.SlotDispatchRule, rules[0])
		d.agent(rules[0])
	}
}

// agent names the agent of a rule, or proposes one.
func (d *draft) agent(rule external.Holding) {
	if len(rule.Agents) == 0 {
		d.note("the dispatch rule %s names no agent: LiveKit's automatic dispatch answers", rule.ID)
		return
	}
	if len(rule.Agents) > 1 {
		d.note("the dispatch rule %s names %d agents; a PhoneNumber names one", rule.ID, len(rule.Agents))
	}
	name := rule.Agents[0]
	at := slices.IndexFunc(d.Agents, func(agent v1alpha1.VoiceAgent) bool { return agent.Spec.AgentName == name })
	if at >= 0 {
		d.Number.Spec.AgentRef = &v1alpha1.AgentReference{Name: d.Agents[at].Name}
		return
	}
	d.Agent = &v1alpha1.VoiceAgent{
		TypeMeta:   metav1.TypeMeta{APIVersion: v1alpha1.GroupVersion.String(), Kind: v1alpha1.KindVoiceAgent},
		ObjectMeta: d.meta(d.names[name]),
		Spec:       v1alpha1.VoiceAgentSpec{AgentName: name},
	}
	d.Number.Spec.AgentRef = &v1alpha1.AgentReference{Name: d.Agent.Name}
}

// agentNames are names for the agents of all rules. None is that of another agent: applied,
// it would send the calls of others elsewhere.
func (s Sources) agentNames() map[string]string {
	names, taken := map[string]string{}, map[string]bool{}
	for _, agent := range s.Agents {
		taken[agent.Name] = true
	}
	for _, rule := range inSlot(s.Platform, external.SlotDispatchRule) {
		for _, agent := range rule.Agents {
			if _, named := names[agent]; named {
				continue
			}
			name := objectName(agent)
			for n := 2; taken[name]; n++ {
				name = fmt.Sprintf("%s-%d", objectName(agent), n)
			}
			names[agent], taken[name] = name, true
		}
	}
	return names
}

var notInNames = regexp.MustCompile(`[^a-z0-9-]+`)

// objectName makes of the name of an agent one that Kubernetes takes.
func objectName(name string) string {
	made := strings.Trim(notInNames.ReplaceAllString(strings.ToLower(name), "-"), "-")
	if made == "" {
		return "agent"
	}
	return strings.Trim(made[:min(len(made), 63)], "-")
}

// outbound imports the trunk that makes calls from the number, with the lists that let
// them in, if its calls go to the trunk that is imported.
func (d *draft) outbound() {
	trunks := d.serving(external.SlotOutboundTrunk, d.e164)
	if len(trunks) == 0 {
		return
	}
	trunk := trunks[0]
	switch {
	case marker.Is(trunk.Name) || d.owner(trunk) != "":
		d.note("the outbound trunk %s is of a Callplane already, and is not imported", trunk.ID)
	case d.trunk.ID == "" || trunk.Host != d.trunk.Host:
		d.note("the outbound trunk %s (%q) sends calls to %q, which is not a trunk that is imported: add outbound to the spec for one of its own", trunk.ID, trunk.Name, trunk.Host)
	case len(trunk.Numbers) > 1:
		d.note("the outbound trunk %s (%q) makes calls from %d numbers, and can be imported by one only: add outbound to the spec for one of its own", trunk.ID, trunk.Name, len(trunk.Numbers))
	default:
		d.Number.Spec.Outbound = &v1alpha1.Outbound{}
		if d.trunk.Encrypted {
			d.Number.Spec.Outbound.MediaEncryption, d.Number.Spec.Outbound.Transport = v1alpha1.MediaEncryptionRequire, v1alpha1.TransportTLS
		}
		d.take(external.SlotOutboundTrunk, trunk)
		d.list(external.SlotCredentialList, "credential list")
		d.list(external.SlotIPAccessList, "IP access control list")
	}
}

// list imports the one list of a kind that is on the trunk, and on no other.
func (d *draft) list(slot external.Slot, noun string) {
	lists := slices.DeleteFunc(inSlot(d.Carrier, slot), func(list external.Holding) bool { return !slices.Contains(list.Ties, d.trunk.ID) })
	switch {
	case len(lists) == 0:
	case len(lists) > 1:
		d.note("%d lists of the kind %s are on the trunk; none is imported, and all stay as they are", len(lists), noun)
	case len(lists[0].Ties) > 1 || marker.Is(lists[0].Name) || d.owner(lists[0]) != "":
		d.note("the %s %s is used by others too; it is not imported, and stays as it is", noun, lists[0].ID)
	case slot == external.SlotIPAccessList:
		d.note("the IP access control list %s stays on the trunk as it is; it is not imported, since outbound.allowedAddresses is empty", lists[0].ID)
	default:
		d.take(slot, lists[0])
	}
}
