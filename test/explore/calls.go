package explore

import (
	"bytes"
	"io"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/livekit/protocol/livekit"
	"google.golang.org/protobuf/proto"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/controller/lifecycle"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/test/twiliosim"
)

// wrote notes an accepted write of a status: a fence, if it is of an owner that
// is held by the finalizer and not being deleted.
func (v *visit) wrote(object client.Object, err error) {
	owner, ok := object.(v1alpha1.Owner)
	if ok && err == nil && owner.GetDeletionTimestamp().IsZero() && lifecycle.HasTeardown(owner) {
		v.fence = owner.DeepCopyObject().(v1alpha1.Owner)
	}
}

// calls holds a call to a provider against the invariants before it is made.
func (v *visit) calls(request *http.Request, of nature) {
	if v.wire.dead {
		return
	}
	if v.observedForce() {
		v.violate("I4", "%s after force was observed", request.URL.Path)
	}
	if of != mutation {
		return
	}
	if slot, creates := creates(request); creates && !v.restores(request) {
		v.fenced(slot, request.URL.Path)
		v.takes(slot, request.URL.Path)
	}
	if id, deletes := victim(request); deletes {
		v.rightVictim(id, request.URL.Path)
		v.inOrder(id, request.URL.Path)
		v.answered(id, request.URL.Path)
	}
}

// observedForce reports whether the visit was told that nothing is to be called
// any more.
func (v *visit) observedForce() bool {
	return v.seen != nil && lifecycle.Forced(v.seen)
}

// fenced wants a create to follow, in the same visit, an accepted conditional
// write of the owner which names what is created and precedes any deletion.
func (v *visit) fenced(slot external.Slot, what string) {
	if v.fence == nil {
		v.violate("I6", "%s without a fence", what)
		return
	}
	if _, intended := ledger.Find(v.fence.Lifecycle().ExternalResources, slot); !intended {
		v.violate("I6", "%s, which the fence does not intend", what)
	}
}

// purchases are where numbers are bought.
var purchases = regexp.MustCompile(`/IncomingPhoneNumbers\.json$`)

// buys holds a purchase against invariant I8 once it is made: there is one at most, of
// the number that the object names.
func (v *visit) buys(request *http.Request, response *http.Response) {
	if request.Method != http.MethodPost || !purchases.MatchString(request.URL.Path) || response.StatusCode != http.StatusCreated {
		return
	}
	v.system.bought++
	if v.system.bought > 1 {
		v.violate("I8", "%d numbers were bought for one object", v.system.bought)
	}
	for _, number := range v.system.twilio.Numbers(accountSID) {
		if number.PhoneNumber != e164 {
			v.violate("I8", "%s was bought, want %s", number.PhoneNumber, e164)
		}
	}
}

// slotsAtTwilio are what a POST to a collection makes. An address changes the list that
// it is put on: it goes with the list, and which ones are on it is compared each time.
var slotsAtTwilio = []struct {
	path *regexp.Regexp
	slot external.Slot
}{
	{purchases, external.SlotNumber},
	{regexp.MustCompile(`^/v1/Trunks$`), external.SlotTrunk},
	{regexp.MustCompile(`/OriginationUrls$`), external.SlotOriginationURL},
	{regexp.MustCompile(`^/v1/Trunks/\w+/PhoneNumbers$`), external.SlotAttachment},
	{regexp.MustCompile(`^/v1/Trunks/\w+/CredentialLists$`), external.SlotCredentialListLink},
	{regexp.MustCompile(`^/v1/Trunks/\w+/IpAccessControlLists$`), external.SlotIPAccessListLink},
	{regexp.MustCompile(`/SIP/CredentialLists\.json$`), external.SlotCredentialList},
	{regexp.MustCompile(`/SIP/CredentialLists/\w+/Credentials\.json$`), external.SlotCredential},
	{regexp.MustCompile(`/SIP/IpAccessControlLists\.json$`), external.SlotIPAccessList},
}

var slotsAtLiveKit = map[string]external.Slot{
	"CreateSIPInboundTrunk":  external.SlotInboundTrunk,
	"CreateSIPOutboundTrunk": external.SlotOutboundTrunk,
	"CreateSIPDispatchRule":  external.SlotDispatchRule,
}

// creates says whether a call makes something, and for which slot.
func creates(request *http.Request) (external.Slot, bool) {
	if slot, ok := slotsAtLiveKit[path.Base(request.URL.Path)]; ok {
		return slot, true
	}
	if request.Method != http.MethodPost {
		return "", false
	}
	for _, made := range slotsAtTwilio {
		if made.path.MatchString(request.URL.Path) {
			return made.slot, true
		}
	}
	return "", false
}

// victim says whether a call deletes something, and what.
func victim(request *http.Request) (id string, deletes bool) {
	if request.Method == http.MethodDelete {
		return path.Base(strings.TrimSuffix(request.URL.Path, ".json")), true
	}
	method := path.Base(request.URL.Path)
	if !strings.HasPrefix(method, "Delete") {
		return "", false
	}
	body := bodyOf(request)
	var trunk livekit.DeleteSIPTrunkRequest
	if method == "DeleteSIPTrunk" && proto.Unmarshal(body, &trunk) == nil {
		return trunk.SipTrunkId, true
	}
	var rule livekit.DeleteSIPDispatchRuleRequest
	if proto.Unmarshal(body, &rule) == nil {
		return rule.SipDispatchRuleId, true
	}
	return "", true
}

// bodyOf reads the body of a request, and leaves it to be read again.
func bodyOf(request *http.Request) []byte {
	body, _ := io.ReadAll(request.Body) // it is in memory
	request.Body = io.NopCloser(bytes.NewReader(body))
	return body
}

// rightVictim wants a delete to name what bears the marker of the owner or is
// recorded as its own under the name that it bears, what is contained in such a
// thing, or what is recorded and can bear no name. What is not there has no owner.
func (v *visit) rightVictim(id, what string) {
	if v.seen == nil {
		v.violate("I5", "%s for nobody", what)
		return
	}
	entries := v.seen.Lifecycle().ExternalResources
	if v.fence != nil {
		// What a visit has made and could not record is in its own fence.
		entries = append(slices.Clone(entries), v.fence.Lifecycle().ExternalResources...)
	}
	for _, t := range v.system.things() {
		own := t.uid == string(v.seen.GetUID()) || recordedAs(entries, t)
		within := strings.Contains(what, "/"+t.id+"/") && !slices.Contains(ledger.IDs(entries), id)
		if (t.id == id || within && !v.system.ownURL(what, string(v.seen.GetUID()))) && !own {
			v.violate("I5", "%s for %q, of something named %q", what, v.seen.GetName(), t.name)
		}
	}
}

// inOrder wants nothing to be deleted that something else still needs: calls would be
// taken that nobody answers.
func (v *visit) inOrder(id, what string) {
	for _, trunk := range v.system.twilio.Trunks("") {
		on := append(v.system.twilio.CredentialListsOn(trunk.SID), v.system.twilio.IPAccessControlListsOn(trunk.SID)...)
		linked := slices.ContainsFunc(on, func(list twiliosim.Attachment) bool { return list.SID == id })
		within := strings.Contains(what, "/Trunks/") && !strings.HasSuffix(what, "/Trunks/"+id)
		if trunk.SID == id && len(v.system.twilio.NumbersOn(id)) > 0 || linked && !within {
			v.violate("order", "%s while the trunk %q uses it", what, trunk.FriendlyName)
		}
	}
	for _, rule := range v.system.livekit.DispatchRules() {
		if slices.Contains(rule.TrunkIds, id) {
			v.violate("order", "%s while the rule %q uses it", what, rule.Name)
		}
	}
}

// recordedAs reports whether a ledger names a thing and the name that it bears.
func recordedAs(entries []ledger.Entry, t thing) bool {
	return slices.ContainsFunc(entries, func(entry ledger.Entry) bool { return entry.ID == t.id && entry.Name == t.name })
}

// called notes what a call has made that must never be.
func (v *visit) called() {
	for _, problem := range v.system.livekit.Violations() {
		v.violate("I14", "%s", problem)
	}
}
