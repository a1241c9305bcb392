package explore

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
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
	// key leaves out what a cache may still show.
	key digest
	// views are what a cache shows at each lag; empty where it shows what an earlier
	// one does.
	views []digest
}

// key is that of the portrait alone.
func (s *system) key() digest { return s.portrait(nil).key }

// text is the key in words.
func (s *system) text() string { return s.scene(s.newKeyWriter()) + s.verdicts() }

// A digest stands for a text of which there are too many to keep.
type digest [16]byte

func digestOf(text string) digest {
	sum := sha256.Sum256([]byte(text))
	return digest(sum[:16])
}

// portrait looks at the system as it is, and as caches with these lags show it.
func (s *system) portrait(lags []Lag) portrait {
	k := s.newKeyWriter()
	scene := digestOf(s.scene(k))
	p := portrait{key: digestOf(string(scene[:]) + s.verdicts()), views: make([]digest, len(lags))}
	var shown []sighting
	if len(lags) > 0 {
		shown = []sighting{s.sighting(Lag{})}
	}
	for i, lag := range lags {
		shows := s.sighting(lag)
		if !slices.ContainsFunc(shown, shows.equal) {
			shown = append(shown, shows)
			p.views[i] = digestOf(s.seen(k, shows))
		}
	}
	return p
}

func (s *system) newKeyWriter() *keyWriter {
	k := &keyWriter{names: map[string]string{}}
	for _, owner := range s.owners() {
		k.recorded = append(k.recorded, ledger.IDs(owner.Lifecycle().ExternalResources)...)
	}
	return k
}

// scene is everything but the verdicts.
func (s *system) scene(k *keyWriter) string {
	k.Reset()
	s.writeNumbers(k, s.numbers())
	s.writeOthers(k)
	s.writeCarrier(k)
	s.writePlatform(k)
	return k.String()
}

// seen is what a cache shows; the scene names the identifiers.
func (s *system) seen(k *keyWriter, shown sighting) string {
	k.Reset()
	s.writeNumbers(k, shown.numbers)
	s.writeTrunks(k, shown.trunks)
	return k.String()
}

// verdicts are what only decides what is written to numbers.
func (s *system) verdicts() string {
	var all strings.Builder
	for _, number := range s.numbers() {
		teardown := number.Status.Teardown
		all.WriteString(words("number", number.Name, "corrupted", truth(corrupted(number))))
		if teardown != nil && !corrupted(number) {
			all.WriteString(" failing " + s.age(teardown.FailingSince, s.patience))
		}
		all.WriteByte('\n')
	}
	return all.String()
}

// writeNumbers writes what a reconciler reads of numbers, without the verdicts.
func (s *system) writeNumbers(k *keyWriter, numbers []*v1alpha1.PhoneNumber) {
	for _, number := range numbers {
		status := number.Status
		obstructed := number.DeletionTimestamp == nil && status.Problem == string(external.ResourceInUse)
		line := words("number", number.Name, string(number.UID), "finalizers", several(number.Finalizers), "deleting", truth(number.DeletionTimestamp != nil),
			"annotations", fmt.Sprint(number.Annotations), variable(number.Spec), "obstructed", truth(obstructed), "ready", truth(isReady(status.Conditions)))
		if status.Teardown != nil {
			line += " teardown " + string(status.Teardown.Policy)
		}
		if status.LinkedAgent != "" {
			line += " linked to " + status.LinkedAgent
		}
		k.line(line + s.ledgerText(status.ExternalResources))
	}
}

func (s *system) ledgerText(entries []v1alpha1.ExternalResource) string {
	var all strings.Builder
	for _, entry := range entries {
		all.WriteString(words(";", entry.Slot, string(entry.Origin), string(entry.State), entry.ID, "in", entry.ParentID, "from", entry.Previous, "named", entry.Name, "since", s.age(entry.Since, grace)))
	}
	return all.String()
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
	text := string(spec.DeletionPolicy) + " " + spec.DisplayName + " " + spec.CarrierRef.Name
	if spec.AgentRef != nil {
		text += " agent " + spec.AgentRef.Name
	}
	if spec.Inbound != nil {
		text += " inbound " + string(spec.Inbound.MediaEncryption)
	}
	if spec.Outbound != nil {
		text += " outbound " + string(spec.Outbound.MediaEncryption) + " " + several(spec.Outbound.AllowedAddresses)
	}
	return text
}

func (s *system) writeOthers(k *keyWriter) {
	for _, record := range apistore.All[*v1alpha1.OrphanRecord](s.store) {
		k.line(words("record", record.Spec.Owner.UID, record.Spec.Reason, record.Status.State) + s.ledgerText(record.Status.Resources))
	}
	for _, secret := range apistore.All[*corev1.Secret](s.store) {
		k.line(words("secret", secret.Name, several(secret.Finalizers), "deleting", truth(secret.DeletionTimestamp != nil), "accepted", truth(s.accepted(secret)), "foreign", truth(secret.Data["apiKeySid"] != nil)))
	}
	s.writeTrunks(k, s.trunks())
	s.writeBatches(k)
	for _, agent := range apistore.All[*v1alpha1.VoiceAgent](s.store) {
		k.line(words("agent", agent.Name, several(agent.Finalizers), "deleting", truth(agent.DeletionTimestamp != nil), "named", agent.Spec.AgentName, "counts", strconv.Itoa(agentUsers(agent))))
	}
	for _, account := range apistore.All[*v1alpha1.TwilioAccount](s.store) {
		k.line(connectionLine(account))
	}
	for _, project := range apistore.All[*v1alpha1.LiveKitProject](s.store) {
		k.line(connectionLine(project))
	}
	k.line(words("namespace there", truth(s.namespace() != nil), "terminating", truth(s.terminating()), "happened", several(s.happened), "bought", strconv.Itoa(s.bought), "held", s.held, "freed", truth(s.freed)))
}

// agentUsers is how many numbers an agent's status lists; -1 for none yet.
func agentUsers(agent *v1alpha1.VoiceAgent) int {
	if agent.Status.PhoneNumbers == nil {
		return -1
	}
	return int(*agent.Status.PhoneNumbers.Count)
}

// accepted reports whether a Secret holds what Twilio accepts at present.
func (s *system) accepted(secret *corev1.Secret) bool {
	return secret.Name != "twilio" || secret.Data["apiKeySid"] == nil && string(secret.Data["authToken"]) == s.token
}

// connectionLine leaves out why an account is not ready: its numbers wait alike.
func connectionLine(object connection.Object) string {
	status := object.ConnectionStatus()
	return words(object.GetName(), several(object.GetFinalizers()), "deleting", truth(object.GetDeletionTimestamp() != nil), "ready", truth(isReady(status.Conditions)), "keeps", status.SecretName)
}

func (s *system) writeCarrier(k *keyWriter) {
	var lines []string
	for _, trunk := range s.twilio.Trunks("") {
		lines = append(lines, words("trunk", trunk.FriendlyName, trunk.SID, "secure", truth(trunk.Secure), "young", truth(k.hideable(s, trunk.SID, trunk.DateCreated))))
		for _, url := range s.twilio.OriginationURLs(trunk.SID) {
			lines = append(lines, words("origination", url.FriendlyName, url.SID, "in", trunk.SID, url.SIPURL, "young", truth(k.hideable(s, url.SID, url.DateCreated))))
		}
		for _, attached := range append(s.twilio.CredentialListsOn(trunk.SID), s.twilio.IPAccessControlListsOn(trunk.SID)...) {
			lines = append(lines, words("link", attached.SID, "on", trunk.SID, "young", truth(k.hideable(s, attached.SID, attached.DateCreated))))
		}
	}
	for _, number := range s.twilio.Numbers("") {
		lines = append(lines, words("incoming", number.PhoneNumber, number.SID, "on", number.TrunkSID, "young", truth(k.hideable(s, number.SID, number.DateCreated))))
	}
	for _, list := range s.twilio.CredentialLists("") {
		lines = append(lines, words("credentials", list.FriendlyName, list.SID, "young", truth(k.hideable(s, list.SID, list.DateCreated))))
		for _, credential := range s.twilio.Credentials(list.SID) {
			lines = append(lines, words("credential", credential.Username, credential.SID, "in", list.SID, "young", truth(k.hideable(s, credential.SID, credential.DateCreated))))
		}
	}
	for _, list := range s.twilio.IPAccessControlLists("") {
		lines = append(lines, words("addresses", list.FriendlyName, list.SID, "young", truth(k.hideable(s, list.SID, list.DateCreated))))
		for _, address := range s.twilio.IPAddresses(list.SID) {
			lines = append(lines, words("address", address.IPAddress, address.SID, "in", list.SID))
		}
	}
	k.sorted(lines)
}

func (s *system) writePlatform(k *keyWriter) {
	var lines []string
	for _, trunk := range s.livekit.InboundTrunks() {
		lines = append(lines, words("inbound", trunk.Name, trunk.SipTrunkId, several(trunk.Numbers), trunk.GetMedia().GetEncryption().String(), "young", truth(k.hideable(s, trunk.SipTrunkId, s.born[trunk.SipTrunkId]))))
	}
	for _, trunk := range s.livekit.OutboundTrunks() {
		lines = append(lines, words("outbound", trunk.Name, trunk.SipTrunkId, several(trunk.Numbers), trunkAt(s.twilio, trunk.Address), trunk.GetMedia().GetEncryption().String(), "young", truth(k.hideable(s, trunk.SipTrunkId, s.born[trunk.SipTrunkId]))))
	}
	for _, rule := range s.livekit.DispatchRules() {
		lines = append(lines, words("rule", rule.Name, rule.SipDispatchRuleId, "for", several(rule.TrunkIds), "to", several(agentsOf(rule)), "young", truth(k.hideable(s, rule.SipDispatchRuleId, s.born[rule.SipDispatchRuleId]))))
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
