package livekit_test

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	protocol "github.com/livekit/protocol/livekit"
	lksdk "github.com/livekit/server-sdk-go/v2"
	"github.com/twitchtv/twirp"

	"github.com/callplane/callplane/test/bed/livekit"
)

const createOutbound = "CreateSIPOutboundTrunk"

func newProxy(t *testing.T, options livekit.ProxyOptions) *livekit.Proxy {
	t.Helper()
	proxy, err := server.Proxy(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = proxy.Close() })
	return proxy
}

// createThrough makes an outbound trunk, of which the server takes any number
// with one name.
func createThrough(ctx context.Context, proxy *livekit.Proxy, name string) error {
	client := lksdk.NewSIPClient(proxy.URL(), server.APIKey(), server.APISecret())
	_, err := client.CreateSIPOutboundTrunk(ctx, &protocol.CreateSIPOutboundTrunkRequest{
		Trunk: &protocol.SIPOutboundTrunkInfo{Name: name, Address: "sip.example.com", Numbers: []string{"+15105550130"}},
	})
	return err
}

func countOutbound(t *testing.T, name string) int {
	t.Helper()
	trunks, err := server.OutboundTrunks(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, trunk := range trunks {
		if trunk.GetName() == name {
			count++
		}
	}
	return count
}

var faultCases = map[string]struct {
	reason string
	fault  livekit.Fault
	// codes of three calls one after the other; "" is success.
	codes []twirp.ErrorCode
	calls []livekit.Call
}{
	"None": {
		reason: "A fault of another method leaves a call alone.",
		fault:  livekit.Fault{Method: "DeleteSIPTrunk", Count: livekit.Always, Answer: livekit.Status(500)},
		codes:  []twirp.ErrorCode{"", "", ""},
		calls:  []livekit.Call{{Status: 200, Applied: true}, {Status: 200, Applied: true}, {Status: 200, Applied: true}},
	},
	"SecondBefore": {
		reason: "A status in place of the second call keeps it from the server.",
		fault:  livekit.Fault{Method: createOutbound, Nth: 2, Answer: livekit.Status(503)},
		codes:  []twirp.ErrorCode{"", twirp.Unavailable, ""},
		calls:  []livekit.Call{{Status: 200, Applied: true}, {Status: 503}, {Status: 200, Applied: true}},
	},
	"TwoAfter": {
		reason: "A status after two calls hides that the server carried them out.",
		fault:  livekit.Fault{Method: createOutbound, Count: 2, Apply: true, Answer: livekit.Status(502)},
		codes:  []twirp.ErrorCode{twirp.Unavailable, twirp.Unavailable, ""},
		calls:  []livekit.Call{{Status: 502, Applied: true}, {Status: 502, Applied: true}, {Status: 200, Applied: true}},
	},
	"ResetAfter": {
		reason: "A connection that breaks after the call hides that the server carried it out.",
		fault:  livekit.Fault{Apply: true, Answer: livekit.Reset()},
		codes:  []twirp.ErrorCode{twirp.Internal, "", ""},
		calls:  []livekit.Call{{Applied: true}, {Status: 200, Applied: true}, {Status: 200, Applied: true}},
	},
	"Limited": {
		reason: "429 is told as a limit.",
		fault:  livekit.Fault{Count: livekit.Always, Answer: livekit.TooManyRequests(7)},
		codes:  []twirp.ErrorCode{twirp.ResourceExhausted, twirp.ResourceExhausted, twirp.ResourceExhausted},
		calls:  []livekit.Call{{Status: 429}, {Status: 429}, {Status: 429}},
	},
	"Page": {
		reason: "An error page is not a twirp error, and the client survives it.",
		fault:  livekit.Fault{Answer: livekit.HTML(500)},
		codes:  []twirp.ErrorCode{twirp.Unknown, "", ""},
		calls:  []livekit.Call{{Status: 500}, {Status: 200, Applied: true}, {Status: 200, Applied: true}},
	},
	"EmptyBody": {
		reason: "An empty body with status 200 reads as an empty object: success with no id.",
		fault:  livekit.Fault{Answer: livekit.Empty(200)},
		codes:  []twirp.ErrorCode{"", "", ""},
		calls:  []livekit.Call{{Status: 200}, {Status: 200, Applied: true}, {Status: 200, Applied: true}},
	},
}

func TestProxyFaults(t *testing.T) {
	for name, tc := range faultCases {
		t.Run(name, func(t *testing.T) {
			proxy, object := newProxy(t, livekit.ProxyOptions{}), rand.Text()
			proxy.Spoil(tc.fault)
			var codes []twirp.ErrorCode
			for range tc.codes {
				codes = append(codes, code(createThrough(testContext(t), proxy, object)))
			}
			if diff := cmp.Diff(tc.codes, codes); diff != "" {
				t.Errorf("%s\ncodes: -want, +got:\n%s", tc.reason, diff)
			}
			onlyOutcome := cmpopts.IgnoreFields(livekit.Call{}, "Method", "Sequence", "Time")
			if diff := cmp.Diff(tc.calls, proxy.Calls(), onlyOutcome); diff != "" {
				t.Errorf("%s\ncalls: -want, +got:\n%s", tc.reason, diff)
			}
			if want, got := applied(tc.calls), countOutbound(t, object); want != got {
				t.Errorf("%s\nthe log says %d calls were applied, the server has %d objects", tc.reason, want, got)
			}
		})
	}
}

func applied(calls []livekit.Call) int {
	count := 0
	for _, call := range calls {
		if call.Applied {
			count++
		}
	}
	return count
}

func TestProxyWaits(t *testing.T) {
	const patience = 200 * time.Millisecond
	cases := map[string]struct {
		reason  string
		fault   livekit.Fault
		objects int
	}{
		"Hang":      {reason: "A call that hangs ends with its deadline.", fault: livekit.Fault{Answer: livekit.Hang()}},
		"HangAfter": {reason: "A call that hangs may have been carried out.", fault: livekit.Fault{Apply: true, Answer: livekit.Hang()}, objects: 1},
		"Latency":   {reason: "A call delayed past its deadline is not carried out.", fault: livekit.Fault{Latency: time.Hour}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			proxy, object := newProxy(t, livekit.ProxyOptions{}), rand.Text()
			proxy.Spoil(tc.fault)
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			if err := createThrough(ctx, proxy, object); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s\nwant the deadline, got %v", tc.reason, err)
			}
			if got := countOutbound(t, object); got != tc.objects {
				t.Errorf("%s\nwant %d objects, got %d", tc.reason, tc.objects, got)
			}
		})
	}
}

func TestProxyLog(t *testing.T) {
	var last atomic.Int64
	source := func() int64 { return last.Add(10) }
	proxy := newProxy(t, livekit.ProxyOptions{Sequence: source})
	if err := createThrough(testContext(t), proxy, t.Name()); err != nil {
		t.Fatal(err)
	}
	between := source()
	if err := createThrough(testContext(t), proxy, t.Name()); err != nil {
		t.Fatal(err)
	}
	want := []livekit.Call{
		{Method: createOutbound, Sequence: 10, Status: http.StatusOK, Applied: true},
		{Method: createOutbound, Sequence: 30, Status: http.StatusOK, Applied: true},
	}
	if diff := cmp.Diff(want, proxy.Calls(), cmpopts.IgnoreFields(livekit.Call{}, "Time")); diff != "" {
		t.Errorf("calls are numbered by the shared source, which gave %d in between: -want, +got:\n%s", between, diff)
	}
}

func TestProxyServerDown(t *testing.T) {
	proxy := newProxy(t, livekit.ProxyOptions{})
	if err := server.Down(); err != nil {
		t.Fatal(err)
	}
	if got := code(createThrough(testContext(t), proxy, t.Name())); got != twirp.Internal {
		t.Errorf("a server that is down is a broken connection through the proxy too: got %q", got)
	}
	if err := server.Up(testContext(t)); err != nil {
		t.Fatal(err)
	}
	if err := createThrough(testContext(t), proxy, t.Name()); err != nil {
		t.Errorf("the proxy works on when the server is back: %v", err)
	}
}
