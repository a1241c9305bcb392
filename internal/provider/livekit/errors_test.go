package livekit

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/twitchtv/twirp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider"
)

func wantSays(t *testing.T, err error, text string) {
	t.Helper()
	if !strings.Contains(external.MessageOf(err), text) {
		t.Errorf("the message %q does not say %q", external.MessageOf(err), text)
	}
}

// wantNone looks for a text in an error however it is printed.
func wantNone(t *testing.T, err error, texts ...string) {
	t.Helper()
	printed := fmt.Sprintf("%v %+v %#v", err, err, err)
	for e := err; e != nil; e = errors.Unwrap(e) {
		printed += fmt.Sprintf(" %#v", e)
	}
	for _, text := range texts {
		if strings.Contains(printed, text) {
			t.Errorf("the error shows %q: %s", text, printed)
		}
	}
}

func TestErrors(t *testing.T) {
	twirpError := func(code int, name, message string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Retry-After", "9")
			w.WriteHeader(code)
			fmt.Fprintf(w, `{"code":%q,"msg":%q}`, name, message)
		}
	}
	html := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "<html>", code) }
	}
	cases := []struct {
		reason  string
		handler http.HandlerFunc
		want    external.Class
		wait    time.Duration
	}{
		{"a key without the grant", twirpError(401, "unauthenticated", "permissions denied"), external.AuthenticationFailed, 9 * time.Second},
		{"a proxy's 401", html(401), external.AuthenticationFailed, 0},
		{"permission denied", twirpError(403, "permission_denied", "no"), external.PermissionDenied, 9 * time.Second},
		{"a firewall's 403", html(403), external.PermissionDenied, 0},
		{"an invalid argument", twirpError(400, "invalid_argument", "missing rule"), external.InvalidConfiguration, 9 * time.Second},
		{"a conflict of trunks", twirpError(400, "invalid_argument", `Conflicting inbound SIP Trunks: "a" and "b"`), external.ResourceInUse, 9 * time.Second},
		{"a conflict of rules", twirpError(400, "invalid_argument", "Dispatch rule for the same trunk, inbound number"), external.ResourceInUse, 9 * time.Second},
		{"too many requests", twirpError(429, "resource_exhausted", "slow down"), external.Throttled, 9 * time.Second},
		{"a proxy's 429", html(429), external.Throttled, 0},
		{"no SIP service", twirpError(404, "bad_route", "no handler"), external.InvalidConfiguration, 9 * time.Second},
		{"unimplemented", twirpError(501, "unimplemented", "no"), external.InvalidConfiguration, 9 * time.Second},
		{"an error page with 500", html(500), external.ProviderUnavailable, 0},
		{"an error page with 503", html(503), external.ProviderUnavailable, 0},
		{"an error page with 400", html(400), external.ProviderUnavailable, 0},
		{"no Redis behind the server", twirpError(500, "internal", "sip not connected (redis required)"), external.ProviderUnavailable, 9 * time.Second},
		{"the server's own deadline", twirpError(408, "deadline_exceeded", "late"), external.ProviderUnavailable, 9 * time.Second},
		{"a code that is not in the table", twirpError(412, "failed_precondition", "no"), external.Unknown, 9 * time.Second},
		{"an error with details", detailed(codes.ResourceExhausted), external.Throttled, 0},
	}
	for _, c := range cases {
		t.Run(c.reason, func(t *testing.T) {
			err := stub(t, c.handler).Verify(testContext(t))
			wantClass(t, err, c.want)
			if got := external.RetryAfterOf(err); got != c.wait {
				t.Errorf("retry after %s, want %s", got, c.wait)
			}
		})
	}
}

// detailed answers as a server that passes an error with details on: the client
// makes a gRPC status of it.
func detailed(code codes.Code) http.HandlerFunc {
	st, err := status.New(code, "detailed").WithDetails(durationpb.New(time.Second))
	if err != nil {
		panic(err)
	}
	encoded, err := proto.Marshal(st.Proto())
	if err != nil {
		panic(err)
	}
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprintf(w, `{"code":"unknown","msg":"detailed","meta":{"error_details":%q}}`, base64.StdEncoding.EncodeToString(encoded))
	}
}

func TestNotFoundIsProvenOnlyByAMethodThatTakesTheID(t *testing.T) {
	answering := func(code int) *session {
		return stub(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			fmt.Fprint(w, `{"code":"not_found","msg":"object cannot be found"}`)
		})
	}
	call := external.Call{ID: "SDR_gone"}
	wantClass(t, driverOf(t, answering(404), KindDispatchRule).Delete(testContext(t), call), external.NotFound)
	wantClass(t, driverOf(t, answering(503), KindDispatchRule).Delete(testContext(t), call), external.ProviderUnavailable)
	_, err := driverOf(t, answering(404), KindDispatchRule).Observe(testContext(t), call)
	wantClass(t, err, external.ProviderUnavailable)
}

func TestUnreachable(t *testing.T) {
	refused := connect(t, "http://127.0.0.1:1")
	wantClass(t, refused.Verify(testContext(t)), external.NetworkError)

	unsigned := connect(t, strings.Replace(server.URL(), "http://", "https://", 1))
	wantClass(t, unsigned.Verify(testContext(t)), external.NetworkError)
}

func TestATokenNeverShows(t *testing.T) {
	var seen string
	echo := func(w http.ResponseWriter, r *http.Request) {
		seen = strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		w.WriteHeader(http.StatusUnauthorized)
		if strings.HasSuffix(r.URL.Path, "Rule") {
			fmt.Fprintf(w, `{"code":"unauthenticated","msg":"invalid token: %s"}`, seen)
			return
		}
		fmt.Fprintf(w, "invalid token: %s", seen)
	}
	s := stub(t, echo)
	for kind, id := range map[string]string{KindInboundTrunk: "ST_1", KindDispatchRule: "SDR_1"} {
		_, err := driverOf(t, s, kind).Observe(testContext(t), external.Call{ID: id})
		wantClass(t, err, external.AuthenticationFailed)
		wantNone(t, err, seen, "eyJ", server.APISecret())
	}
	wantNone(t, driverOf(t, s, KindDispatchRule).Delete(testContext(t), external.Call{ID: "SDR_1"}), seen, "eyJ")
}

func TestSecretsAreCanaries(t *testing.T) {
	const canary = "canaryPassword123"
	s := stub(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"code":"invalid_argument","msg":"bad password %s"}`, canary)
	})
	spec := OutboundTrunkSpec{Numbers: []string{newNumber()}, Username: "user", Password: external.NewSecret(canary)}
	call := external.Call{
		Marker: newMarker(external.SlotOutboundTrunk), Spec: spec,
		Inputs: map[string]string{InputAddress: "example.pstn.twilio.com"},
	}
	driver := driverOf(t, s, KindOutboundTrunk)
	_, err := driver.Create(testContext(t), call)
	wantClass(t, err, external.InvalidConfiguration)
	wantNone(t, err, canary)
	call.ID = "ST_1"
	_, err = driver.Update(testContext(t), call)
	wantNone(t, err, canary)
	for _, printed := range []string{fmt.Sprintf("%+v", spec), fmt.Sprintf("%#v", spec), fmt.Sprint(call), fmt.Sprintf("%+v", s), fmt.Sprintf("%+v", *s)} {
		if strings.Contains(printed, canary) || strings.Contains(printed, server.APISecret()) {
			t.Errorf("a secret shows in %s", printed)
		}
	}
}

func TestInterruptionsStayRecognisable(t *testing.T) {
	// The server notices that its client has gone once it has read the request.
	hang := func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}
	t.Run("a call is bounded", func(t *testing.T) {
		s := stub(t, hang, within(50*time.Millisecond))
		begin := time.Now()
		err := s.Verify(testContext(t))
		wantClass(t, err, external.NetworkError)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) > 5*time.Second {
			t.Errorf("after %s: %v", time.Since(begin), err)
		}
	})
	t.Run("a cancelled caller", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := stub(t, func(w http.ResponseWriter, r *http.Request) { cancel(); hang(w, r) })
		err := s.Verify(ctx)
		wantClass(t, err, external.NetworkError)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("not recognisable: %v", err)
		}
	})
}

func TestCallsCarryUserAgentAndDeadline(t *testing.T) {
	var got http.Header
	front := func(w http.ResponseWriter, r *http.Request) {
		got = r.Header.Clone()
		w.Header().Set("Content-Type", "application/protobuf")
	}
	s := stub(t, front)
	if err := s.Verify(testContext(t)); err != nil {
		t.Fatal(err)
	}
	if got.Get("User-Agent") != "callplane" || got.Get("X-Twirp-Timeout-Ms") == "" {
		t.Errorf("headers: %v", got)
	}
}

func TestWrongCredentials(t *testing.T) {
	wrong := func(key, value string) func(*Options, *provider.Access) {
		return func(_ *Options, access *provider.Access) { access.Credentials[key] = []byte(value) }
	}
	for _, key := range []string{keyAPIKey, keyAPISecret} {
		s := connect(t, server.URL(), wrong(key, "WrongWrongWrongWrongWrongWrongWrong"))
		wantClass(t, s.Verify(testContext(t)), external.AuthenticationFailed)
		for kind, id := range map[string]string{KindInboundTrunk: "ST_1", KindOutboundTrunk: "ST_1", KindDispatchRule: "SDR_1"} {
			driver := driverOf(t, s, kind)
			_, byID := driver.Observe(testContext(t), external.Call{ID: id})
			_, byMarker := driver.Observe(testContext(t), external.Call{Marker: "cp-marker"})
			deleted := driver.Delete(testContext(t), external.Call{ID: id})
			classes := []external.Class{external.ClassOf(byID), external.ClassOf(byMarker), external.ClassOf(deleted)}
			want := []external.Class{external.AuthenticationFailed, external.AuthenticationFailed, external.AuthenticationFailed}
			if diff := cmp.Diff(want, classes); diff != "" {
				t.Errorf("%s: %s", kind, diff)
			}
		}
	}
	if err := connect(t, server.URL()).Verify(testContext(t)); err != nil {
		t.Error(err)
	}
}

// TestWordsAreCut shows that a server cannot write lines of a log, nor long ones.
func TestWordsAreCut(t *testing.T) {
	words := "fine\n{\"level\":\"error\"}\x1b[31m" + strings.Repeat("x", 100_000)
	err := classify(twirp.NewError(twirp.InvalidArgument, words), &answer{status: http.StatusBadRequest}, nil)
	if said := err.Error(); len(said) > 500 || strings.ContainsAny(said, "\n\x1b") || !strings.Contains(said, "fine") {
		t.Errorf("the error is %.600q, of %d bytes", said, len(said))
	}
}
