package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/world"
)

// A subject is an object of which every field is changed.
type subject struct {
	world  *world.World
	object client.Object
	plural string
	// frozen are the fields of which no other value is accepted once the object exists;
	// silent those that change nothing at the providers.
	frozen, silent []string
	// settled awaits what comes of a change; mended also waits for what was refused
	// because of one that was taken back.
	settled, mended func(*testing.T)
}

// TestEveryField changes each field that the schema of a PhoneNumber has, one at a
// time, and takes it back: the change reaches what is at the providers, in no more
// calls than things differ, and what is there afterwards is what was there before.
func TestEveryField(t *testing.T) {
	w, _ := calmWorld(t)
	create(t, w, anotherAgent(w), w.PhoneNumber("support-line", world.Outbound, overTLS))
	active := func(t *testing.T) { awaitActive(t, w, "support-line") }
	active(t)
	s := subject{
		world: w, object: get(t, w, "support-line"), plural: "phonenumbers", settled: active, mended: active,
		frozen: []string{"carrierRef", "carrierRef.kind", "carrierRef.name", "import", "number", "platformRef", "platformRef.kind", "platformRef.name"},
		silent: []string{"acquisition", "deletionPolicy", "displayName"},
	}
	s.changeAll(t)
	remove(t, w, s.object)
	awaitGone(t, w, s.object)
	wantHoldings(t, w, nothing)
}

// TestEveryFieldOnATrunk does the same with a number on a shared trunk. What the trunk
// does not fit is refused by a condition, and the number stays as it was.
func TestEveryFieldOnATrunk(t *testing.T) {
	w, _ := calmWorld(t)
	number := w.PhoneNumber("support-line", world.OnTrunk("main"), makesCalls)
	create(t, w, anotherAgent(w), w.SIPTrunk("main"), number)
	mended := func(t *testing.T) {
		awaitTrunk(t, w, "main", v1alpha1.ConditionReady, v1alpha1.ReasonActive)
		awaitActive(t, w, number.Name)
	}
	mended(t)
	s := subject{
		world: w, object: get(t, w, number.Name), plural: "phonenumbers", mended: mended,
		settled: func(t *testing.T) { awaitJudged(t, w, number.Name) },
		frozen: []string{
			"carrierRef", "carrierRef.kind", "import", "number", "outbound.allowedAddresses", "outbound.attributesToHeaders", "outbound.headers",
			"outbound.headersToAttributes", "outbound.includeHeaders", "outbound.mediaEncryption", "outbound.transport", "outbound.username",
			"platformRef", "platformRef.kind", "platformRef.name",
		},
		silent: []string{"acquisition", "carrierRef.name", "deletionPolicy", "displayName", "inbound.transport"},
	}
	s.changeAll(t)
	remove(t, w, s.object, w.SIPTrunk("main"))
	awaitGone(t, w, s.object)
	awaitGone(t, w, w.SIPTrunk("main"))
	wantHoldings(t, w, nothing)
}

// awaitJudged waits until a number is set up as it asks for, or says why it cannot be.
func awaitJudged(t *testing.T, w *world.World, name string) {
	t.Helper()
	eventually(t, name+" to be judged", func(context.Context) string {
		number := get(t, w, name)
		ready := meta.FindStatusCondition(number.Status.Conditions, v1alpha1.ConditionReady)
		refused := []string{v1alpha1.ClassInvalidConfiguration, v1alpha1.ReasonReferenceNotFound}
		if ready.ObservedGeneration == number.Generation && (ready.Status == metav1.ConditionTrue || slices.Contains(refused, ready.Reason)) {
			return ""
		}
		return "it has " + render(number.Status)
	})
}

// overTLS makes every value of mediaEncryption admissible.
func overTLS(n *v1alpha1.PhoneNumber) {
	n.Spec.Inbound.Transport, n.Spec.Outbound.Transport = v1alpha1.TransportTLS, v1alpha1.TransportTLS
}

func anotherAgent(w *world.World) *v1alpha1.VoiceAgent {
	another := w.VoiceAgent()
	another.Name, another.Spec.AgentName = nightShift, "night-agent"
	return another
}

// TestEveryFieldOfATrunk does the same with a trunk at Twilio that a number is on, and
// with one at a carrier of one's own.
func TestEveryFieldOfATrunk(t *testing.T) {
	cases := map[string]struct {
		trunk  func(*v1alpha1.SIPTrunk)
		frozen []string
	}{
		"Twilio": {
			trunk: trunkOverTLS,
			frozen: []string{
				"address", "address.credentialsSecretRef", "address.credentialsSecretRef.name", "address.host", "platformRef", "platformRef.kind",
				"platformRef.name", "twilio", "twilio.accountRef", "twilio.accountRef.name",
			},
		},
		"Address": {
			trunk: atCarrier,
			frozen: []string{
				"address", "outbound.allowedAddresses", "outbound.username", "platformRef", "platformRef.kind", "platformRef.name",
				"twilio", "twilio.accountRef", "twilio.accountRef.name",
			},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w, _ := calmWorld(t)
			create(t, w, carrierSecret(w, carrierLogin, "Password1234"), carrierSecret(w, nightShift, "Password5678"))
			trunk := w.SIPTrunk("main", c.trunk)
			create(t, w, trunk, w.PhoneNumber("support-line", world.OnTrunk("main"), makesCalls))
			active := func(t *testing.T) { awaitTrunk(t, w, "main", v1alpha1.ConditionReady, v1alpha1.ReasonActive) }
			mended := func(t *testing.T) {
				active(t)
				awaitActive(t, w, "support-line")
			}
			mended(t)
			s := subject{
				world: w, object: trunk, plural: "siptrunks", settled: active, mended: mended, frozen: c.frozen,
				silent: trunkSilent[name],
			}
			s.changeAll(t)
			remove(t, w, w.PhoneNumber("support-line"), trunk)
			awaitGone(t, w, trunk)
			wantHoldings(t, w, nothing)
		})
	}
}

// trunkSilent are the fields of a trunk that change nothing at the providers. With an
// address, what concerns calls to its numbers is the carrier's business.
var trunkSilent = map[string][]string{
	"Twilio":  {"deletionPolicy", "displayName", "inbound.mediaEncryption"},
	"Address": {"deletionPolicy", "displayName", "inbound", "inbound.mediaEncryption", "inbound.transport"},
}

func trunkOverTLS(trunk *v1alpha1.SIPTrunk) {
	trunk.Spec.Inbound.Transport, trunk.Spec.Outbound.Transport = v1alpha1.TransportTLS, v1alpha1.TransportTLS
	trunk.Spec.Outbound.AllowedAddresses = []string{"143.223.88.0/21"}
}

// TestEveryFieldOfAnAgent does the same with the agent that a number is answered by.
func TestEveryFieldOfAnAgent(t *testing.T) {
	w, _ := calmWorld(t)
	create(t, w, w.PhoneNumber("support-line"))
	awaitActive(t, w, "support-line")
	still := func(t *testing.T) { quiet(t, w) }
	s := subject{world: w, object: w.VoiceAgent(), plural: "voiceagents", settled: still, mended: still, silent: []string{"displayName"}}
	if err := w.Client.Get(t.Context(), client.ObjectKeyFromObject(s.object), s.object); err != nil {
		t.Fatal(err)
	}
	s.changeAll(t)
}

func (s subject) changeAll(t *testing.T) {
	t.Helper()
	var refused []string
	for _, m := range everyMutation(t, s.world.Client, s.object, s.plural) {
		if m.apply == "" {
			refused = append(refused, m.path)
			continue
		}
		t.Run(m.path, func(t *testing.T) { s.changeAndUndo(t, m) })
	}
	if diff := cmp.Diff(s.frozen, refused); diff != "" {
		t.Errorf("fields that cannot be changed (-want +got):\n%s", diff)
	}
}

func (s subject) changeAndUndo(t *testing.T, m mutation) {
	w := s.world
	before, ids := contents(t, w)
	calls := changes(w)
	s.apply(t, m.apply)
	s.settled(t)
	changed, _ := contents(t, w)
	differing := differences(before, changed)
	if made := changes(w) - calls; made > len(differing) || (made == 0) != (len(differing) == 0) {
		t.Errorf("%s: %d calls changed %q", m.apply, made, differing)
	}
	if slices.Contains(s.silent, m.path) != (len(differing) == 0) {
		t.Errorf("%s changed %q, want %q to change nothing, and all others something", m.apply, differing, s.silent)
	}
	s.apply(t, m.undo)
	s.mended(t)
	after, kept := contents(t, w)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("%s, and then %s (-before +after):\n%s", m.apply, m.undo, diff)
	}
	for what, id := range ids {
		if _, stayed := changed[what]; stayed && kept[what] != id {
			t.Errorf("%s made %s anew, want it to be changed as it is", m.apply, what)
		}
	}
}

func (s subject) apply(t *testing.T, body string) {
	t.Helper()
	if err := s.world.Client.Patch(t.Context(), s.object, merge(body)); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
}

// contents is what is at both providers, by what it is, and the ids of it. Ids are
// not part of the contents: what is taken down and made again has another.
func contents(t *testing.T, w *world.World) (contents, ids map[string]string) {
	t.Helper()
	contents, ids = map[string]string{}, map[string]string{}
	add := func(what, id string, content ...any) {
		contents[what], ids[what] = fmt.Sprint(content...), id
	}
	for _, trunk := range w.Twilio.Trunks("") {
		add("trunk", trunk.SID, trunk.FriendlyName, trunk.DomainName, trunk.Secure)
		for _, list := range append(w.Twilio.CredentialListsOn(trunk.SID), w.Twilio.IPAccessControlListsOn(trunk.SID)...) {
			add("link to "+list.SID[:2], "")
		}
	}
	for _, url := range w.Twilio.OriginationURLs("") {
		add("origination URL", url.SID, url.SIPURL, url.Enabled, url.Priority, url.Weight)
	}
	for _, list := range w.Twilio.CredentialLists("") {
		add("credential list", list.SID, list.FriendlyName)
	}
	for _, credential := range w.Twilio.Credentials("") {
		add("credential "+credential.Username, credential.SID, w.Twilio.CredentialPassword(credential.SID))
	}
	for _, list := range w.Twilio.IPAccessControlLists("") {
		add("access list", list.SID, list.FriendlyName)
	}
	for _, address := range w.Twilio.IPAddresses("") {
		add(fmt.Sprintf("address %s/%d", address.IPAddress, address.CIDRPrefixLength), address.SID)
	}
	addLiveKit(t, w, add)
	return contents, ids
}

func addLiveKit(t *testing.T, w *world.World, add func(what, id string, content ...any)) {
	t.Helper()
	inbound, err := w.LiveKit.InboundTrunks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, trunk := range inbound {
		id := trunk.SipTrunkId
		trunk.SipTrunkId = ""
		add("inbound trunk", id, inJSON(t, trunk))
	}
	outbound, err := w.LiveKit.OutboundTrunks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, trunk := range outbound {
		id := trunk.SipTrunkId
		trunk.SipTrunkId = ""
		add("outbound trunk", id, inJSON(t, trunk))
	}
	rules, err := w.LiveKit.DispatchRules(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range rules {
		id := rule.SipDispatchRuleId
		// The server adds empty media to what it creates, and not to what replaces it.
		rule.SipDispatchRuleId, rule.TrunkIds, rule.Media = "", make([]string, len(rule.TrunkIds)), nil
		add("dispatch rule", id, inJSON(t, rule))
	}
}

func inJSON(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// differences are what is in one of the two alone, or differs.
func differences(a, b map[string]string) []string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return slices.DeleteFunc(slices.Sorted(maps.Keys(all)), func(what string) bool {
		x, inA := a[what]
		y, inB := b[what]
		return inA == inB && x == y
	})
}
