package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/world"
)

// frozen are the fields of which no other value is accepted once a number exists.
var frozen = []string{"carrierRef", "carrierRef.kind", "carrierRef.name", "import", "number", "platformRef", "platformRef.kind", "platformRef.name"}

// silent are the fields that change nothing at the providers while a number lives.
var silent = []string{"acquisition", "deletionPolicy", "displayName"}

// TestEveryField changes each field that the schema of a PhoneNumber has, one at a
// time, and takes it back: the change reaches what is at the providers, in no more
// calls than things differ, and what is there afterwards is what was there before.
func TestEveryField(t *testing.T) {
	w, _ := calmWorld(t)
	another := w.VoiceAgent()
	another.Name, another.Spec.AgentName = nightShift, "night-agent"
	create(t, w, another, w.PhoneNumber("support-line", world.Outbound, overTLS))
	number := awaitActive(t, w, "support-line")
	var refused []string
	for _, m := range everyMutation(t, w.Client, number) {
		if m.apply == "" {
			refused = append(refused, m.path)
			continue
		}
		t.Run(m.path, func(t *testing.T) { changeAndUndo(t, w, m) })
	}
	if diff := cmp.Diff(frozen, refused); diff != "" {
		t.Errorf("fields that cannot be changed (-want +got):\n%s", diff)
	}
	remove(t, w, number)
	awaitGone(t, w, number)
	wantHoldings(t, w, nothing)
}

// overTLS makes every value of mediaEncryption admissible.
func overTLS(n *v1alpha1.PhoneNumber) {
	n.Spec.Inbound.Transport, n.Spec.Outbound.Transport = v1alpha1.TransportTLS, v1alpha1.TransportTLS
}

func changeAndUndo(t *testing.T, w *world.World, m mutation) {
	before, ids := contents(t, w)
	calls := changes(w)
	applied(t, w, m.apply)
	changed, _ := contents(t, w)
	differing := differences(before, changed)
	if made := changes(w) - calls; made > len(differing) || (made == 0) != (len(differing) == 0) {
		t.Errorf("%s: %d calls changed %q", m.apply, made, differing)
	}
	if slices.Contains(silent, m.path) != (len(differing) == 0) {
		t.Errorf("%s changed %q, want %q to change nothing, and all others something", m.apply, differing, silent)
	}
	applied(t, w, m.undo)
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

func applied(t *testing.T, w *world.World, body string) {
	t.Helper()
	if err := w.Client.Patch(t.Context(), get(t, w, "support-line"), merge(body)); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	awaitActive(t, w, "support-line")
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
