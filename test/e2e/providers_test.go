package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/test/bed/livekit"
	"github.com/callplane/callplane/test/world"
)

// Holdings are the names of what both providers hold.
type Holdings struct {
	Trunks, CredentialLists, AccessLists    []string
	InboundTrunks, Rules, OutboundTrunks    []string
	OriginationURLs, Credentials, Addresses int
}

// holdings reads everything at both providers.
func holdings(t *testing.T, w *world.World) Holdings {
	t.Helper()
	h, err := readHoldings(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func readHoldings(ctx context.Context, w *world.World) (Holdings, error) {
	var h Holdings
	for _, trunk := range w.Twilio.Trunks("") {
		h.Trunks = append(h.Trunks, trunk.FriendlyName)
	}
	for _, list := range w.Twilio.CredentialLists("") {
		h.CredentialLists = append(h.CredentialLists, list.FriendlyName)
	}
	for _, list := range w.Twilio.IPAccessControlLists("") {
		h.AccessLists = append(h.AccessLists, list.FriendlyName)
	}
	h.OriginationURLs, h.Credentials, h.Addresses = len(w.Twilio.OriginationURLs("")), len(w.Twilio.Credentials("")), len(w.Twilio.IPAddresses(""))
	err := h.readLiveKit(ctx, w)
	return h, err
}

func (h *Holdings) readLiveKit(ctx context.Context, w *world.World) error {
	inbound, err := w.LiveKit.InboundTrunks(ctx)
	if err != nil {
		return err
	}
	for _, trunk := range inbound {
		h.InboundTrunks = append(h.InboundTrunks, trunk.Name)
	}
	outbound, err := w.LiveKit.OutboundTrunks(ctx)
	if err != nil {
		return err
	}
	for _, trunk := range outbound {
		h.OutboundTrunks = append(h.OutboundTrunks, trunk.Name)
	}
	rules, err := w.LiveKit.DispatchRules(ctx)
	for _, rule := range rules {
		h.Rules = append(h.Rules, rule.Name)
	}
	return err
}

// nothing is what the providers hold when a number has left no trace.
var nothing = Holdings{}

func wantHoldings(t *testing.T, w *world.World, want Holdings) {
	t.Helper()
	if diff := cmp.Diff(want, holdings(t, w)); diff != "" {
		t.Errorf("what the providers hold (-want +got):\n%s", diff)
	}
}

// numberOnTrunk is the SID of the trunk that the world's number is on.
func numberOnTrunk(t *testing.T, w *world.World) string {
	t.Helper()
	numbers := w.Twilio.Numbers(w.Account.SID)
	i := slices.IndexFunc(numbers, func(n twilioNumber) bool { return n.PhoneNumber == w.Number })
	if i < 0 {
		t.Fatalf("%s is not in the account", w.Number)
	}
	return numbers[i].TrunkSID
}

// route asks the real LiveKit what becomes of a call to the world's number.
func route(t *testing.T, w *world.World) livekit.Route {
	t.Helper()
	got, err := w.Oracle.Route(t.Context(), "+14155550199", w.Number, "54.172.60.1")
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// changesLiveKit reports whether a method is no read.
func changesLiveKit(method string) bool {
	return !strings.HasPrefix(method, "List") && !strings.HasPrefix(method, "Get")
}

// mutations counts what changed anything at either provider.
func mutations(w *world.World) string {
	return fmt.Sprintf("twilio %d, livekit %d", len(w.Twilio.Mutations()), liveKitMutations(w))
}

// changes counts the calls that change something at either provider.
func changes(w *world.World) int { return len(w.Twilio.Mutations()) + liveKitMutations(w) }

func liveKitMutations(w *world.World) int {
	count := 0
	for _, call := range w.Proxy.Calls() {
		if changesLiveKit(call.Method) {
			count++
		}
	}
	return count
}
