package livekit_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	protocol "github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/twitchtv/twirp"
	"google.golang.org/protobuf/proto"

	"github.com/callplane/callplane/test/bed/livekit"
)

const (
	limit  = 30 * time.Second
	caller = "+19995550123"
	source = "203.0.113.7"
)

var server *livekit.Server

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	begin := time.Now()
	var err error
	server, err = livekit.Start(ctx, livekit.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Printf("livekit-server ready after %s\n", time.Since(begin).Round(time.Millisecond))
	defer stop()
	return m.Run()
}

func stop() {
	begin := time.Now()
	if err := server.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	fmt.Printf("livekit-server gone after %s\n", time.Since(begin).Round(time.Millisecond))
}

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	return ctx
}

// createTrunk makes an inbound trunk for a number; each test has its own.
func createTrunk(t *testing.T, sip *lksdk.SIPClient, number string) string {
	t.Helper()
	trunk, err := sip.CreateSIPInboundTrunk(testContext(t), &protocol.CreateSIPInboundTrunkRequest{
		Trunk: &protocol.SIPInboundTrunkInfo{
			Name: "trunk " + number, Numbers: []string{number}, AllowedAddresses: []string{source},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	cleanup(t, func(ctx context.Context) error {
		_, err := server.SIP().DeleteSIPTrunk(ctx, &protocol.DeleteSIPTrunkRequest{SipTrunkId: trunk.GetSipTrunkId()})
		return err
	})
	return trunk.GetSipTrunkId()
}

// cleanup deletes what a test made, so that the tests can run again on one server.
func cleanup(t *testing.T, remove func(context.Context) error) {
	t.Helper()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		if err := remove(ctx); err != nil {
			t.Error(err)
		}
	})
}

// ruleRequest asks for a room of its own for each call, with one agent.
func ruleRequest(trunkID, agent string) *protocol.CreateSIPDispatchRuleRequest {
	return &protocol.CreateSIPDispatchRuleRequest{DispatchRule: &protocol.SIPDispatchRuleInfo{
		TrunkIds: []string{trunkID},
		Rule: &protocol.SIPDispatchRule{Rule: &protocol.SIPDispatchRule_DispatchRuleIndividual{
			DispatchRuleIndividual: &protocol.SIPDispatchRuleIndividual{RoomPrefix: "call"},
		}},
		RoomConfig: &protocol.RoomConfiguration{Agents: []*protocol.RoomAgentDispatch{{AgentName: agent, Metadata: "for " + agent}}},
	}}
}

func createRule(t *testing.T, sip *lksdk.SIPClient, trunkID, agent string) string {
	t.Helper()
	rule, err := sip.CreateSIPDispatchRule(testContext(t), ruleRequest(trunkID, agent))
	if err != nil {
		t.Fatal(err)
	}
	cleanup(t, func(ctx context.Context) error {
		request := &protocol.DeleteSIPDispatchRuleRequest{SipDispatchRuleId: rule.GetSipDispatchRuleId()}
		_, err := server.SIP().DeleteSIPDispatchRule(ctx, request)
		return err
	})
	return rule.GetSipDispatchRuleId()
}

// route leaves out the random part of the room's name.
func route(t *testing.T, to, sourceIP string) (livekit.Route, error) {
	t.Helper()
	oracle, err := server.Oracle(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	got, err := oracle.Route(testContext(t), caller, to, sourceIP)
	got.RoomName, _, _ = strings.Cut(got.RoomName, caller)
	return got, err
}

func TestRoute(t *testing.T) {
	const full, bare = "+15105550100", "+15105550101"
	trunk := createTrunk(t, server.SIP(), full)
	rule := createRule(t, server.SIP(), trunk, "support")
	bareTrunk := createTrunk(t, server.SIP(), bare)

	cases := map[string]struct {
		reason   string
		to       string
		sourceIP string
		want     livekit.Route
	}{
		"Accepted": {
			reason: "A number with a trunk and a rule reaches the rule's agent.",
			to:     full, sourceIP: source,
			want: livekit.Route{
				TrunkID: trunk, Result: livekit.Accept, RuleID: rule, RoomName: "call_",
				Agents: []livekit.Agent{{Name: "support", Metadata: "for support"}},
			},
		},
		"UnknownNumber": {
			reason: "A number without a trunk is dropped.",
			to:     "+15105559999", sourceIP: source, want: livekit.Route{Result: livekit.Drop},
		},
		"ForeignSource": {
			reason: "A call from an address that the trunk does not allow is dropped.",
			to:     full, sourceIP: "198.51.100.1", want: livekit.Route{Result: livekit.Drop},
		},
		"NoRule": {
			reason: "A number with a trunk and no rule is dropped.",
			to:     bare, sourceIP: source, want: livekit.Route{TrunkID: bareTrunk, Result: livekit.Drop},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := route(t, tc.to, tc.sourceIP)
			if err != nil {
				t.Fatalf("%s\n%v", tc.reason, err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// The server refuses a second trunk for a number; only a race between two
// creates makes one, and writing to its store.
func TestSeveralTrunks(t *testing.T) {
	const number, twin = "+15105550110", "ST_twin"
	trunk, err := proto.Marshal(&protocol.SIPInboundTrunkInfo{SipTrunkId: twin, Numbers: []string{number}})
	if err != nil {
		t.Fatal(err)
	}
	createTrunk(t, server.SIP(), number)
	server.Redis().HSet("sip_inbound_trunk", twin, string(trunk))
	t.Cleanup(func() { server.Redis().HDel("sip_inbound_trunk", twin) })
	if _, err := route(t, number, source); !errors.Is(err, livekit.ErrSeveralTrunks) {
		t.Errorf("Two trunks that claim one call are told apart from other errors: got %v", err)
	}
}

func TestKeys(t *testing.T) {
	key, secret := server.APIKey(), server.APISecret()
	newKey, newSecret := "API"+rand.Text(), rand.Text()+rand.Text()
	if err := server.Rekey(testContext(t), newKey, newSecret); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		reason      string
		key, secret string
		want        twirp.ErrorCode
	}{
		"New":         {reason: "The new key is accepted.", key: newKey, secret: newSecret},
		"Old":         {reason: "The old key is refused.", key: key, secret: secret, want: twirp.Unauthenticated},
		"WrongSecret": {reason: "A key with another secret is refused.", key: newKey, secret: secret, want: twirp.Unauthenticated},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			client := lksdk.NewSIPClient(server.URL(), tc.key, tc.secret)
			_, err := client.ListSIPInboundTrunk(testContext(t), &protocol.ListSIPInboundTrunkRequest{})
			if got := code(err); got != tc.want {
				t.Errorf("%s\nwant code %q, got %q (%v)", tc.reason, tc.want, got, err)
			}
		})
	}
}

func code(err error) twirp.ErrorCode {
	if twirpError, ok := errors.AsType[twirp.Error](err); ok {
		return twirpError.Code()
	}
	return ""
}

func TestRestartKeepsObjects(t *testing.T) {
	const number = "+15105550120"
	trunk := createTrunk(t, server.SIP(), number)
	rule := createRule(t, server.SIP(), trunk, "support")
	begin := time.Now()
	if err := server.Restart(testContext(t)); err != nil {
		t.Fatal(err)
	}
	t.Logf("restarted in %s", time.Since(begin).Round(time.Millisecond))

	trunks, err := server.InboundTrunks(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	rules, err := server.DispatchRules(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	if !has(trunks, trunk) || !hasRule(rules, rule) {
		t.Errorf("a restart keeps trunk %s and rule %s", trunk, rule)
	}
	got, err := route(t, number, source)
	if err != nil || got.RuleID != rule {
		t.Errorf("the oracle works on after a restart: got %+v, %v", got, err)
	}
}

func has(trunks []*protocol.SIPInboundTrunkInfo, id string) bool {
	for _, trunk := range trunks {
		if trunk.GetSipTrunkId() == id {
			return true
		}
	}
	return false
}

func hasRule(rules []*protocol.SIPDispatchRuleInfo, id string) bool {
	for _, rule := range rules {
		if rule.GetSipDispatchRuleId() == id {
			return true
		}
	}
	return false
}

func TestRedisFault(t *testing.T) {
	server.Redis().SetError("LOADING")
	_, err := server.InboundTrunks(testContext(t))
	server.Redis().SetError("")
	if err == nil {
		t.Error("a Redis that fails makes calls fail")
	}
	if _, err := server.OutboundTrunks(testContext(t)); err != nil {
		t.Errorf("calls work again once Redis does: %v", err)
	}
}
