package explore

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/livekit/protocol/livekit"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/marker"
	"github.com/callplane/callplane/test/twiliosim"
)

// Parts are what a picture is taken of: everything at both providers, and the objects
// at the API server, of which it shows those that have to do with one number.
type Parts struct {
	// Installation, Namespace and Name say which markers are the number's. The first
	// two are not in the picture.
	Installation, Namespace, Name string

	Numbers []*v1alpha1.PhoneNumber
	Records []*v1alpha1.OrphanRecord
	Secrets []*corev1.Secret

	Twilio         *twiliosim.Simulator
	InboundTrunks  []*livekit.SIPInboundTrunkInfo
	OutboundTrunks []*livekit.SIPOutboundTrunkInfo
	DispatchRules  []*livekit.SIPDispatchRuleInfo
}

// Picture says line by line what is there, so that two systems can be compared.
// Identifiers are renamed in the order in which they appear, and that does not depend
// on them. Left out are times, the texts of messages, OrphanRecords that are closed,
// and generated Secrets without an owner, which Kubernetes collects when it likes.
func (p Parts) Picture() []string {
	k := &keyWriter{names: map[string]string{}}
	var lines []string
	for _, number := range p.Numbers {
		if number.Namespace == p.Namespace && number.Name == p.Name {
			p.writeNumber(k, number)
			lines = append(lines, p.logins(number)...)
		}
	}
	for _, record := range p.Records {
		if owner := record.Spec.Owner; owner.Namespace == p.Namespace && owner.Name == p.Name && record.Status.State == v1alpha1.OrphanOpen {
			k.line(fmt.Sprintf("open record %s of %s %s", record.Spec.Reason, owner.Name, owner.UID))
			p.writeLedger(k, record.Status.Resources)
		}
	}
	k.sorted(append(lines, p.atTwilio()...))
	k.sorted(p.atLiveKit())
	return strings.Split(strings.TrimSpace(k.String()), "\n")
}

func (p Parts) writeNumber(k *keyWriter, number *v1alpha1.PhoneNumber) {
	k.line(fmt.Sprintf("number %s %s finalizers %v deleting %t", number.Name, number.UID, number.Finalizers, number.DeletionTimestamp != nil))
	status := number.Status
	conditions := slices.SortedFunc(slices.Values(status.Conditions), func(a, b metav1.Condition) int { return cmp.Compare(a.Type, b.Type) })
	for _, condition := range conditions {
		k.line(fmt.Sprintf("  %s=%s %s of the present generation %t", condition.Type, condition.Status, condition.Reason, condition.ObservedGeneration == number.Generation))
	}
	k.line(fmt.Sprintf("  problem %q, of the present generation %t", status.Problem, status.ObservedGeneration == number.Generation))
	if status.Teardown != nil {
		k.line(fmt.Sprintf("  teardown %s failing %t", status.Teardown.Policy, status.Teardown.FailingSince != nil))
	}
	p.writeLedger(k, status.ExternalResources)
}

func (p Parts) writeLedger(k *keyWriter, entries []v1alpha1.ExternalResource) {
	for _, entry := range entries {
		k.line(fmt.Sprintf("  %s: %s %s, %s %s, id %q in %q from %q, named %s, error %q, since %t", entry.Slot, entry.Provider, entry.Kind,
			entry.Origin, entry.State, entry.ID, entry.ParentID, entry.Previous, p.named(entry.Name), entry.ErrorClass, entry.Since != nil))
	}
}

// named is a name, or what it says if it is a marker.
func (p Parts) named(name string) string {
	owner := marker.Owner{Installation: p.Installation, Namespace: p.Namespace, Name: p.Name}
	if uid, slot, ok := owner.Reads(name); ok {
		return fmt.Sprintf("by the marker of %s for %s", uid, slot)
	}
	return fmt.Sprintf("%q", name)
}

// logins are the generated Secrets of a number.
func (p Parts) logins(number *v1alpha1.PhoneNumber) []string {
	var lines []string
	for _, secret := range p.Secrets {
		if metav1.IsControlledBy(secret, number) {
			lines = append(lines, fmt.Sprintf("login of %s", number.UID))
		}
	}
	return lines
}

func (p Parts) atTwilio() []string {
	var lines []string
	for _, trunk := range p.Twilio.Trunks("") {
		lines = append(lines, fmt.Sprintf("trunk %q named %s secure %t", trunk.SID, p.named(trunk.FriendlyName), trunk.Secure))
		for _, url := range p.Twilio.OriginationURLs(trunk.SID) {
			lines = append(lines, fmt.Sprintf("origination URL %q of %q named %s", url.SID, trunk.SID, p.named(url.FriendlyName)))
		}
		for _, attached := range append(p.Twilio.CredentialListsOn(trunk.SID), p.Twilio.IPAccessControlListsOn(trunk.SID)...) {
			lines = append(lines, fmt.Sprintf("list %q on %q", attached.SID, trunk.SID))
		}
	}
	for _, number := range p.Twilio.Numbers("") {
		lines = append(lines, fmt.Sprintf("incoming %s %q on %q", number.PhoneNumber, number.SID, number.TrunkSID))
	}
	for _, list := range p.Twilio.CredentialLists("") {
		lines = append(lines, fmt.Sprintf("credential list %q named %s", list.SID, p.named(list.FriendlyName)))
	}
	for _, credential := range p.Twilio.Credentials("") {
		lines = append(lines, fmt.Sprintf("credential %q in %q", credential.SID, credential.CredentialListSID))
	}
	for _, list := range p.Twilio.IPAccessControlLists("") {
		lines = append(lines, fmt.Sprintf("access list %q named %s", list.SID, p.named(list.FriendlyName)))
	}
	for _, address := range p.Twilio.IPAddresses("") {
		lines = append(lines, fmt.Sprintf("address %s/%d %q in %q", address.IPAddress, address.CIDRPrefixLength, address.SID, address.IPAccessControlListSID))
	}
	return lines
}

func (p Parts) atLiveKit() []string {
	var lines []string
	for _, trunk := range p.InboundTrunks {
		lines = append(lines, fmt.Sprintf("inbound trunk %q named %s for %v", trunk.SipTrunkId, p.named(trunk.Name), trunk.Numbers))
	}
	for _, trunk := range p.OutboundTrunks {
		lines = append(lines, fmt.Sprintf("outbound trunk %q named %s for %v to %q as %q", trunk.SipTrunkId, p.named(trunk.Name),
			trunk.Numbers, trunkAt(p.Twilio, trunk.Address), p.credentialOf(trunk.AuthUsername)))
	}
	for _, rule := range p.DispatchRules {
		lines = append(lines, fmt.Sprintf("rule %q named %s for %q to %v", rule.SipDispatchRuleId, p.named(rule.Name), rule.TrunkIds, agentsOf(rule)))
	}
	return lines
}

func agentsOf(rule *livekit.SIPDispatchRuleInfo) []string {
	var names []string
	for _, agent := range rule.GetRoomConfig().GetAgents() {
		names = append(names, agent.AgentName)
	}
	return names
}

// credentialOf is the credential with a user name, which is made of a UID.
func (p Parts) credentialOf(username string) string {
	for _, credential := range p.Twilio.Credentials("") {
		if credential.Username == username {
			return credential.SID
		}
	}
	return "nobody"
}
