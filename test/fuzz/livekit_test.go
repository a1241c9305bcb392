package fuzz

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	lk "github.com/livekit/protocol/livekit"
	"google.golang.org/protobuf/proto"

	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider"
	"github.com/callplane/callplane/internal/provider/livekit"
)

const (
	liveKitHost = "canary.livekit.cloud"
	apiKey      = "APIcanary000"
	apiSecret   = "canary00apisecret00canary00secret"
)

func liveKitSubjects() []subject {
	return []subject{
		{livekit.KindInboundTrunk, external.Call{ID: "ST_abcdef123456", Spec: livekit.InboundTrunkSpec{Number: "+14155550100", AllowedAddresses: []string{"192.0.2.0/24"}}}},
		{livekit.KindDispatchRule, external.Call{ID: "SDR_abcdef123456", Inputs: map[string]string{livekit.InputTrunkID: "ST_abcdef123456"}, Spec: livekit.DispatchRuleSpec{RoomPrefix: "call", AgentName: "support"}}},
		{livekit.KindOutboundTrunk, external.Call{ID: "ST_abcdef654321", Inputs: map[string]string{livekit.InputAddress: "x.pstn.twilio.com"}, Spec: livekit.OutboundTrunkSpec{Numbers: []string{"+14155550100"}, Username: "user", Password: external.NewSecret(sipPassword)}}},
	}
}

// liveKitBodies are answers that LiveKit gives, and others. Two of them are alike
// on the wire: a list of one is an object of which only the first field is set.
func liveKitBodies(f *testing.F) [][]byte {
	f.Helper()
	in := &lk.SIPInboundTrunkInfo{SipTrunkId: "ST_abcdef123456", Name: marker, Numbers: []string{"+14155550100"}}
	out := &lk.SIPOutboundTrunkInfo{SipTrunkId: "ST_abcdef654321", Name: marker, Numbers: []string{"+14155550100"}, Address: "x.pstn.twilio.com", AuthPassword: sipPassword}
	rule := &lk.SIPDispatchRuleInfo{SipDispatchRuleId: "SDR_abcdef123456", Name: marker, TrunkIds: []string{"ST_abcdef123456"}}
	long := &lk.SIPInboundTrunkInfo{SipTrunkId: "ST_" + strings.Repeat("0", 80), Name: marker}
	bodies := [][]byte{
		nil, []byte("<html>"),
		[]byte(`{"code":"not_found","msg":"requested sip trunk does not exist"}`),
		[]byte(`{"code":"invalid_argument","msg":"Conflicting inbound SIP Trunks: \"ST_abcdef123456\" and \"<new>\" ` + sipPassword + `"}`),
		[]byte(`{"code":"unauthenticated","msg":"invalid token","meta":{"token":"eyJhbGciOi.eyJhbGciOi.abc"}}`),
	}
	for _, message := range []proto.Message{
		in, out, rule, long,
		&lk.ListSIPInboundTrunkResponse{Items: []*lk.SIPInboundTrunkInfo{long}},
		&lk.ListSIPInboundTrunkResponse{Items: []*lk.SIPInboundTrunkInfo{in}},
		&lk.ListSIPOutboundTrunkResponse{Items: []*lk.SIPOutboundTrunkInfo{out}},
		&lk.ListSIPDispatchRuleResponse{Items: []*lk.SIPDispatchRuleInfo{rule}},
	} {
		body, err := proto.Marshal(message)
		if err != nil {
			f.Fatal(err)
		}
		bodies = append(bodies, body)
	}
	return bodies
}

func liveKitSession(t *testing.T, transport http.RoundTripper) external.Session {
	t.Helper()
	session, err := livekit.New(livekit.Options{Transport: transport}).Connect(t.Context(), provider.Access{
		Account: liveKitHost, URL: "wss://" + liveKitHost,
		Credentials: map[string][]byte{"apiKey": []byte(apiKey), "apiSecret": []byte(apiSecret)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return session
}

// liveKitType is the type of an answer that is no error.
const liveKitType = "application/protobuf"

// absent reports whether anything was answered that may show an absence: a list, or
// LiveKit's own word that there is no such object.
func (w *wire) absent() bool {
	for i, request := range w.requests {
		given := w.answers[min(i, len(w.answers)-1)]
		listed := strings.Contains(request.URL.Path, "/List") && given.code() < 300
		if listed || given.code() == http.StatusNotFound && strings.Contains(string(given.body), "not_found") {
			return true
		}
	}
	return false
}

// FuzzLiveKitAnswers spoils the answers of LiveKit to every call of every driver.
func FuzzLiveKitAnswers(f *testing.F) {
	bodies := liveKitBodies(f)
	for i := range liveKitSubjects() {
		for j := range operations {
			for k, body := range bodies {
				kind, status := liveKitType, uint16(ok)
				if k > 0 && k < 5 {
					kind, status = "application/json", notFound
				}
				f.Add(uint8(i), uint8(j), uint8(j+k), status, body, uint16(ok), bodies[10+i], kind, "7")
			}
		}
	}
	f.Fuzz(func(t *testing.T, kind, work, shape uint8, status1 uint16, body1 []byte, status2 uint16, body2 []byte, contentType, retryAfter string) {
		line := &wire{t: t, answers: []answer{{status1, contentType, retryAfter, body1}, {status2, liveKitType, retryAfter, body2}}}
		about := pick(liveKitSubjects(), kind)
		driver, known := liveKitSession(t, line).Driver(about.kind)
		if !known {
			t.Fatalf("there is no driver of kind %s", about.kind)
		}
		call := shaped(about.call, shape)
		call.Marker = marker
		seen, err := perform(t, pick(operations, work), driver, call)
		wantLiveKitRequests(t, line.requests)
		if err != nil && call.Spec != nil {
			wantPresentable(t, err, sent(line.requests, call)...)
		}
		if external.ClassOf(err) == external.NotFound && !line.absent() {
			t.Errorf("%v, and nothing that was answered shows it", err)
		}
		if err == nil && int(work)%len(operations) < 2 {
			if int(work)%len(operations) == creating {
				call.ID = ""
			}
			wantRecordable(t, call, seen, regexp.MustCompile(`^(ST|SDR)_[A-Za-z0-9]+$`))
		}
	})
}

var withPassword = regexp.MustCompile(`/(Create|Update)SIPOutboundTrunk$`)

// sent are the secrets that the only request of a call has held: an answer to it may
// repeat them.
func sent(requests []*http.Request, call external.Call) []string {
	_, outbound := call.Spec.(livekit.OutboundTrunkSpec)
	if !outbound || len(requests) != 1 || !withPassword.MatchString(requests[0].URL.Path) {
		return []string{apiSecret}
	}
	return []string{apiSecret, sipPassword}
}

// wantLiveKitRequests sees that only the SIP API of the host was called, with a token
// and not with the secret.
func wantLiveKitRequests(t *testing.T, requests []*http.Request) {
	t.Helper()
	for _, request := range requests {
		if request.URL.Host != liveKitHost || request.URL.Scheme != "https" || !strings.HasPrefix(request.URL.Path, "/twirp/livekit.SIP/") {
			t.Errorf("a request for %s", request.URL.Redacted())
		}
		if header := request.Header.Get("Authorization"); !strings.HasPrefix(header, "Bearer ey") || strings.Contains(header, apiSecret) {
			t.Error("the request is not signed as it should be")
		}
	}
}

// FuzzLiveKitVerify never accepts credentials that no answer shows to be accepted.
func FuzzLiveKitVerify(f *testing.F) {
	for i, body := range liveKitBodies(f) {
		f.Add(uint16(i%2*201), body, liveKitType, "7")
	}
	f.Fuzz(func(t *testing.T, status uint16, body []byte, contentType, retryAfter string) {
		line := &wire{t: t, answers: []answer{{status, contentType, retryAfter, body}}}
		err := liveKitSession(t, line).Verify(t.Context())
		if err != nil {
			wantPresentable(t, err, apiSecret)
		}
		if err == nil && !line.succeeded() {
			t.Errorf("accepted with status %d", line.answers[0].code())
		}
	})
}

// FuzzLiveKitSecret makes a session of a key and a secret that can sign, and says of
// any other, and of a URL that may not be called, what is wrong with it.
func FuzzLiveKitSecret(f *testing.F) {
	for _, address := range []string{"wss://" + liveKitHost, "https://169.254.169.254", "https://user:password@" + liveKitHost, "file:///etc/passwd", "https://" + liveKitHost + "/../x", "%"} {
		f.Add(address, liveKitHost, []byte(apiKey), []byte(apiSecret))
		f.Add(address, "169.254.169.254", []byte(" "+apiKey+"\n"), []byte("two\nlines"))
	}
	f.Fuzz(func(t *testing.T, address, account string, key, secret []byte) {
		line := &wire{t: t, answers: []answer{{status: 201}}}
		session, err := livekit.New(livekit.Options{Transport: line}).Connect(t.Context(), provider.Access{
			Account: account, URL: address, Credentials: map[string][]byte{"apiKey": key, "apiSecret": secret},
		})
		if err != nil {
			wantPresentable(t, err, hidden(address, key, secret)...)
			return
		}
		if err := session.Verify(t.Context()); err == nil {
			t.Error("accepted by an answer that refuses")
		} else {
			wantPresentable(t, err, hidden(address, secret)...)
		}
		for _, request := range line.requests {
			if host := request.URL.Hostname(); !strings.HasSuffix(host, ".livekit.cloud") || request.URL.Scheme != "https" {
				t.Errorf("the key was sent to %s", request.URL.Redacted())
			}
		}
	})
}
