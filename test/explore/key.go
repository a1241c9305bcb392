package explore

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/connection"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/test/apistore"
	"github.com/callplane/callplane/test/twiliosim"
)

// A portrait is what of a system can make a difference to what happens next.
// Identifiers are replaced by the order in which they appear, times by whether
// deadlines have passed; left out are resourceVersions, the texts of messages, and
// reasons that no reconciler reads.
type portrait struct {
	// key leaves out what a cache may still show; scene also what only decides what is
	// to be written.
	key, scene digest
	// views are what a cache shows that is one write behind, two, and so on; empty
	// where it shows what an earlier one does.
	views []digest
}

// key is that of the portrait alone.
func (s *system) key() digest { return s.portrait(0).key }

// text is the key in words.
func (s *system) text() string {
	k := s.newKeyWriter()
	return k.numbers(s, s.numbers(), true) + k.rest(s)
}

// A digest stands for a text of which there are too many to keep.
type digest [16]byte

func digestOf(texts ...string) digest {
	sum := sha256.Sum256([]byte(strings.Join(texts, "")))
	return digest(sum[:16])
}

// portrait looks back so many writes.
func (s *system) portrait(lags int) portrait {
	k, earlier := s.newKeyWriter(), s.numbers()
	numbers, scene := k.numbers(s, earlier, true), k.numbers(s, earlier, false)
	rest := k.rest(s)
	p := portrait{key: digestOf(numbers, rest), scene: digestOf(scene, rest), views: make([]digest, lags)}
	for lag := range p.views {
		behind := apistore.Behind[*v1alpha1.PhoneNumber](s.store, lag+1)
		if !slices.Equal(behind, earlier) {
			earlier = behind
			p.views[lag] = digestOf("behind", k.numbers(s, behind, false))
		}
	}
	return p
}

func (s *system) newKeyWriter() *keyWriter {
	k := &keyWriter{names: map[string]string{}}
	for _, number := range s.numbers() {
		k.recorded = append(k.recorded, ledger.IDs(number.Status.ExternalResources)...)
	}
	return k
}

// numbers are lines for numbers.
func (k *keyWriter) numbers(s *system, numbers []*v1alpha1.PhoneNumber, whole bool) string {
	k.Reset()
	for _, number := range numbers {
		k.line("number " + s.numberLine(number, whole))
	}
	return k.String()
}

// rest are lines for everything else.
func (k *keyWriter) rest(s *system) string {
	k.Reset()
	s.writeOthers(k)
	s.writeCarrier(k)
	s.writePlatform(k)
	return k.String()
}

// numberLine is what a reconciler reads of a number, or without what only decides
// what it writes.
func (s *system) numberLine(number *v1alpha1.PhoneNumber, whole bool) string {
	var b strings.Builder
	status := number.Status
	fmt.Fprintf(&b, "%s %s finalizers %v deleting %t annotations %v %s obstructed %t ready %t", number.Name, number.UID, number.Finalizers,
		number.DeletionTimestamp != nil, number.Annotations, variable(number.Spec), number.DeletionTimestamp == nil && status.Problem == string(external.ResourceInUse), meta.IsStatusConditionTrue(status.Conditions, v1alpha1.ConditionReady))
	if whole {
		fmt.Fprintf(&b, " corrupted %t", corrupted(number))
		if status.Teardown != nil && !corrupted(number) {
			b.WriteString(" failing " + s.age(status.Teardown.FailingSince, s.patience))
		}
	}
	if status.Teardown != nil {
		b.WriteString(" teardown " + string(status.Teardown.Policy))
	}
	if status.LinkedAgent != "" {
		b.WriteString(" linked to " + status.LinkedAgent)
	}
	b.WriteString(s.ledgerText(status.ExternalResources))
	return b.String()
}

func (s *system) ledgerText(entries []v1alpha1.ExternalResource) string {
	var b strings.Builder
	for _, entry := range entries {
		fmt.Fprintf(&b, "; %s %s %s %q in %q from %q named %q since %s", entry.Slot, entry.Origin, entry.State, entry.ID, entry.ParentID, entry.Previous, entry.Name, s.age(entry.Since, grace))
	}
	return b.String()
}

// age says whether a deadline after a time has passed.
func (s *system) age(since *metav1.Time, deadline time.Duration) string {
	switch {
	case since == nil:
		return "never"
	case s.now.Sub(since.Time) < deadline:
		return "lately"
	}
	return "long"
}

// variable is what of a spec differs between the numbers of the worlds.
func variable(spec v1alpha1.PhoneNumberSpec) string {
	text := string(spec.DeletionPolicy) + " " + spec.DisplayName
	if spec.AgentRef != nil {
		text += " agent " + spec.AgentRef.Name
	}
	if spec.Inbound != nil {
		text += " inbound " + string(spec.Inbound.MediaEncryption)
	}
	if spec.Outbound != nil {
		text += fmt.Sprintf(" outbound %s %v", spec.Outbound.MediaEncryption, spec.Outbound.AllowedAddresses)
	}
	return text
}

func (s *system) writeOthers(k *keyWriter) {
	for _, record := range apistore.All[*v1alpha1.OrphanRecord](s.store) {
		k.line(fmt.Sprintf("record %s %s %s%s", record.Spec.Owner.UID, record.Spec.Reason, record.Status.State, s.ledgerText(record.Status.Resources)))
	}
	for _, secret := range apistore.All[*corev1.Secret](s.store) {
		k.line(fmt.Sprintf("secret %s %v deleting %t accepted %t foreign %t", secret.Name, secret.Finalizers, secret.DeletionTimestamp != nil, s.accepted(secret), secret.Data["apiKeySid"] != nil))
	}
	for _, agent := range apistore.All[*v1alpha1.VoiceAgent](s.store) {
		k.line(fmt.Sprintf("agent %s %v deleting %t named %s counts %d", agent.Name, agent.Finalizers, agent.DeletionTimestamp != nil, agent.Spec.AgentName, agentUsers(agent)))
	}
	for _, account := range apistore.All[*v1alpha1.TwilioAccount](s.store) {
		k.line(connectionLine(account))
	}
	for _, project := range apistore.All[*v1alpha1.LiveKitProject](s.store) {
		k.line(connectionLine(project))
	}
	k.line(fmt.Sprintf("namespace there %t terminating %t, happened %v, bought %d, held %q freed %t", s.namespace() != nil, s.terminating(), s.happened, s.bought, s.held, s.freed))
}

// agentUsers is how many numbers an agent's status lists; -1 for none yet.
func agentUsers(agent *v1alpha1.VoiceAgent) int32 {
	if agent.Status.PhoneNumbers == nil {
		return -1
	}
	return *agent.Status.PhoneNumbers.Count
}

// accepted reports whether a Secret holds what Twilio accepts at present.
func (s *system) accepted(secret *corev1.Secret) bool {
	return secret.Name != "twilio" || secret.Data["apiKeySid"] == nil && string(secret.Data["authToken"]) == s.token
}

// connectionLine leaves out why an account is not ready: its numbers wait alike.
func connectionLine(object connection.Object) string {
	status := object.ConnectionStatus()
	return fmt.Sprintf("%s %v deleting %t ready %t keeps %q", object.GetName(), object.GetFinalizers(), object.GetDeletionTimestamp() != nil, isReady(status.Conditions), status.SecretName)
}

func (s *system) writeCarrier(k *keyWriter) {
	var lines []string
	for _, trunk := range s.twilio.Trunks("") {
		lines = append(lines, fmt.Sprintf("trunk %s %q secure %t young %t", trunk.FriendlyName, trunk.SID, trunk.Secure, k.hideable(s, trunk.SID, trunk.DateCreated)))
		for _, url := range s.twilio.OriginationURLs(trunk.SID) {
			lines = append(lines, fmt.Sprintf("origination %s %q in %q %s young %t", url.FriendlyName, url.SID, trunk.SID, url.SIPURL, k.hideable(s, url.SID, url.DateCreated)))
		}
		for _, attached := range append(s.twilio.CredentialListsOn(trunk.SID), s.twilio.IPAccessControlListsOn(trunk.SID)...) {
			lines = append(lines, fmt.Sprintf("link %q on %q young %t", attached.SID, trunk.SID, k.hideable(s, attached.SID, attached.DateCreated)))
		}
	}
	for _, number := range s.twilio.Numbers("") {
		lines = append(lines, fmt.Sprintf("incoming %s %q on %q young %t", number.PhoneNumber, number.SID, number.TrunkSID, k.hideable(s, number.SID, number.DateCreated)))
	}
	for _, list := range s.twilio.CredentialLists("") {
		lines = append(lines, fmt.Sprintf("credentials %s %q young %t", list.FriendlyName, list.SID, k.hideable(s, list.SID, list.DateCreated)))
		for _, credential := range s.twilio.Credentials(list.SID) {
			lines = append(lines, fmt.Sprintf("credential %s %q in %q young %t", credential.Username, credential.SID, list.SID, k.hideable(s, credential.SID, credential.DateCreated)))
		}
	}
	for _, list := range s.twilio.IPAccessControlLists("") {
		lines = append(lines, fmt.Sprintf("addresses %s %q young %t", list.FriendlyName, list.SID, k.hideable(s, list.SID, list.DateCreated)))
		for _, address := range s.twilio.IPAddresses(list.SID) {
			lines = append(lines, fmt.Sprintf("address %s %q in %q", address.IPAddress, address.SID, list.SID))
		}
	}
	k.sorted(lines)
}

func (s *system) writePlatform(k *keyWriter) {
	var lines []string
	for _, trunk := range s.livekit.InboundTrunks() {
		lines = append(lines, fmt.Sprintf("inbound %s %q %v %s young %t", trunk.Name, trunk.SipTrunkId, trunk.Numbers, trunk.GetMedia().GetEncryption(), k.hideable(s, trunk.SipTrunkId, s.born[trunk.SipTrunkId])))
	}
	for _, trunk := range s.livekit.OutboundTrunks() {
		lines = append(lines, fmt.Sprintf("outbound %s %q %v %s %s young %t", trunk.Name, trunk.SipTrunkId, trunk.Numbers, trunkAt(s.twilio, trunk.Address), trunk.GetMedia().GetEncryption(), k.hideable(s, trunk.SipTrunkId, s.born[trunk.SipTrunkId])))
	}
	for _, rule := range s.livekit.DispatchRules() {
		lines = append(lines, fmt.Sprintf("rule %s %q for %q to %v young %t", rule.Name, rule.SipDispatchRuleId, rule.TrunkIds, agentsOf(rule), k.hideable(s, rule.SipDispatchRuleId, s.born[rule.SipDispatchRuleId])))
	}
	k.sorted(lines)
}

// young reports whether a list may still not show something.
func (s *system) young(made time.Time) bool { return s.now.Sub(made) < grace-time.Second }

// hideable reports whether it matters that a list may still not show something:
// what is recorded is not looked for in lists.
func (k *keyWriter) hideable(s *system, id string, made time.Time) bool {
	return s.young(made) && !slices.Contains(k.recorded, id)
}

// trunkAt is the trunk that a domain name leads to: the name itself is random.
func trunkAt(twilio *twiliosim.Simulator, domain string) string {
	for _, trunk := range twilio.Trunks("") {
		if trunk.DomainName == domain {
			return trunk.SID
		}
	}
	return "nowhere"
}
