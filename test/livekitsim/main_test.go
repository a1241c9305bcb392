package livekitsim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/livekit/protocol/auth"
	protocol "github.com/livekit/protocol/livekit"
	"github.com/twitchtv/twirp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/callplane/callplane/test/bed/livekit"
)

const (
	key    = "devkey"
	secret = "devsecretdevsecretdevsecretdevsecret"
	url    = "http://livekit.example"

	startLimit = 60 * time.Second
	testLimit  = 60 * time.Second
)

// server is the real one, with the simulator's key.
var server *livekit.Server

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	var err error
	if server, err = livekit.Start(ctx, livekit.Options{APIKey: key, APISecret: secret}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	if err := server.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func testContext(tb testing.TB) context.Context {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), testLimit)
	tb.Cleanup(cancel)
	return ctx
}

// authorized sends every request with the same header.
type authorized struct {
	header string
	base   http.RoundTripper
}

func (a authorized) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	if a.header != "" {
		request.Header.Set("Authorization", a.header)
	}
	return a.base.RoundTrip(request)
}

func client(url, header string, transport http.RoundTripper) protocol.SIP {
	return protocol.NewSIPProtobufClient(url, &http.Client{Transport: authorized{header, transport}})
}

// signed is the header of a token with a grant.
func signed(tb testing.TB, key, secret string, grant *auth.SIPGrant) string {
	tb.Helper()
	token, err := auth.NewAccessToken(key, secret).SetSIPGrant(grant).SetValidFor(testLimit).ToJWT()
	if err != nil {
		tb.Fatal(err)
	}
	return bearer + token
}

// admin is the header that allows everything.
func admin(tb testing.TB) string {
	tb.Helper()
	return signed(tb, key, secret, &auth.SIPGrant{Admin: true})
}

// idField is where an object has its id; nil if it is none.
func idField(answer proto.Message) protoreflect.FieldDescriptor {
	fields := answer.ProtoReflect().Descriptor().Fields()
	if field := fields.ByName("sip_dispatch_rule_id"); field != nil {
		return field
	}
	return fields.ByName("sip_trunk_id")
}

func codeOf(err error) twirp.ErrorCode {
	refused, ok := errors.AsType[twirp.Error](err)
	if !ok {
		return twirp.NoError
	}
	return refused.Code()
}
