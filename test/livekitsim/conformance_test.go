package livekitsim

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/livekit/protocol/auth"
	protocol "github.com/livekit/protocol/livekit"
	"github.com/twitchtv/twirp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/testing/protocmp"
)

const operations = 800

// A pair is the real server and a simulator in the same state. Ids are made
// equal after each create, so that everything else is equal to the letter: the
// order of lists, the cursors of pages, the ids in messages.
type pair struct {
	t         *testing.T
	ctx       context.Context //nolint:containedctx // a pair lives as long as its test
	simulator *Simulator
}

func newPair(t *testing.T) *pair {
	t.Helper()
	server.Redis().FlushAll()
	return &pair{t, testContext(t), New(key, secret)}
}

// An outcome is all that a client sees.
type outcome struct {
	Answer  proto.Message
	Code    twirp.ErrorCode
	Message string
	Meta    map[string]string
}

func (p *pair) outcome(o operation, sip protocol.SIP) outcome {
	answer, err := o.call(p.ctx, sip)
	if err == nil {
		return outcome{Answer: answer}
	}
	refused, ok := errors.AsType[twirp.Error](err)
	if !ok {
		p.t.Fatalf("%s: %v", o, err)
	}
	return outcome{Code: refused.Code(), Message: refused.Msg(), Meta: refused.MetaMap()}
}

// run asks both, and returns what both said, or how they differ.
func (p *pair) run(o operation, header string) (outcome, string) {
	want := p.outcome(o, client(server.URL(), header, http.DefaultTransport))
	got := p.outcome(o, client(url, header, p.simulator))
	if o.creates() && want.Code == "" && got.Code == "" {
		p.adopt(got.Answer, want.Answer)
	}
	return want, cmp.Diff(want, got, protocmp.Transform()) + p.compareInventories()
}

var realID = regexp.MustCompile(`^(ST|SDR)_[0-9A-Za-z]{12}$`)

// adopt gives the simulator's new object the id that the real one has.
func (p *pair) adopt(made, model proto.Message) {
	p.t.Helper()
	field := idField(made)
	old, id := made.ProtoReflect().Get(field).String(), model.ProtoReflect().Get(field)
	if !realID.MatchString(old) || !realID.MatchString(id.String()) {
		p.t.Fatalf("unlike ids: %s, %s", old, id)
	}
	made.ProtoReflect().Set(field, id)
	rename(p.simulator.inbound, old, field, id)
	rename(p.simulator.outbound, old, field, id)
	rename(p.simulator.rules, old, field, id)
}

func rename[T object](t table[T], old string, field protoreflect.FieldDescriptor, id protoreflect.Value) {
	if item, ok := t.get(old); ok {
		t.remove(old)
		item.ProtoReflect().Set(field, id)
		t.put(item)
	}
}

func (p *pair) compareInventories() string {
	inbound, errInbound := server.InboundTrunks(p.ctx)
	outbound, errOutbound := server.OutboundTrunks(p.ctx)
	rules, errRules := server.DispatchRules(p.ctx)
	if err := errors.Join(errInbound, errOutbound, errRules); err != nil {
		p.t.Fatal(err)
	}
	return compare(inbound, p.simulator.InboundTrunks()) +
		compare(outbound, p.simulator.OutboundTrunks()) +
		compare(rules, p.simulator.DispatchRules())
}

func compare[T object](want, got []T) string {
	if len(want)+len(got) == 0 {
		return ""
	}
	return cmp.Diff(want, got, protocmp.Transform())
}

func TestConformance(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	p := newPair(t)
	g := &generator{Rand: rand.New(rand.NewPCG(seed, seed)), simulator: p.simulator}
	headers := p.headers()
	seen := map[string]int{}
	for i := range operations {
		header, o := headers[0], g.next()
		if g.seldom() {
			header = one(g, headers)
		}
		answer, diff := p.run(o, header)
		if diff != "" {
			t.Fatalf("operation %d: %s\nthe real server's (-) and the simulator's (+) outcome:\n%s", i, o, diff)
		}
		seen[fmt.Sprintf("%T: %s", o.request, answer.Code)]++
	}
	for _, kind := range slices.Sorted(maps.Keys(seen)) {
		t.Logf("%4d %s", seen[kind], kind)
	}
}

// headers are what clients send as authorisation, first the one that is right.
func (p *pair) headers() []string {
	return []string{
		admin(p.t),
		signed(p.t, key, "anothersecretanothersecretanother", &auth.SIPGrant{Admin: true}),
		signed(p.t, "otherkey", secret, &auth.SIPGrant{Admin: true}),
		signed(p.t, key, secret, &auth.SIPGrant{Call: true}),
		signed(p.t, key, secret, nil),
		"", "Bearer", bearer + "eyJ", "Basic ZGV2",
	}
}
