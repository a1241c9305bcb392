package twilio

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/test/bed/hostile"
)

// TestHostileAnswers shows that no answer takes more time or memory than a call
// may have, whatever it proves.
func TestHostileAnswers(t *testing.T) {
	const enough = 32 << 20
	for _, answer := range hostile.Answers("application/json") {
		t.Run(answer.Reason, func(t *testing.T) {
			s := served(t, answer.Handler)
			s.provider.transport, s.provider.sending.Timeout = newTransport(), time.Second
			var err error
			took, memory := hostile.Cost(func() {
				_, err = driverOf(t, s, KindTrunk).Observe(t.Context(), external.Call{ID: call32("TK")})
			})
			want := external.ProviderUnavailable
			if answer.Unread {
				want = external.NetworkError
			}
			wantClass(t, answer.Reason, err, want)
			if took > patience || memory > enough {
				t.Errorf("it took %s and %d MiB", took, memory>>20)
			}
		})
	}
}

// TestNobodyElseIsBelieved shows that credentials are sent to a server only once
// it has proved who it is.
func TestNobodyElseIsBelieved(t *testing.T) {
	identities, err := hostile.Identities()
	if err != nil {
		t.Fatal(err)
	}
	for _, identity := range identities {
		t.Run(identity.Flaw, func(t *testing.T) {
			var called atomic.Bool
			server := identity.Serve(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called.Store(true) }))
			defer server.Close()
			s := sessionWith(t, Options{BaseURL: server.URL, Transport: identity.Transport()})
			wantClass(t, "a server that cannot be believed is not reached", s.Verify(t.Context()), external.NetworkError)
			if called.Load() {
				t.Error("the credentials were sent")
			}
		})
	}
}

// TestNobodyThere shows that a name which cannot be resolved, and a proxy that
// wants to be paid first, pass.
func TestNobodyThere(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusProxyAuthRequired)
	}))
	t.Cleanup(proxy.Close)
	through := newTransport().(*http.Transport)
	through.Proxy = func(*http.Request) (*url.URL, error) { return url.Parse(proxy.URL) }
	for name, options := range map[string]Options{
		"NoSuchName":    {BaseURL: "https://callplane.invalid"},
		"RefusingProxy": {BaseURL: "https://callplane.invalid", Transport: through},
	} {
		t.Run(name, func(t *testing.T) {
			wantClass(t, "nobody was reached", sessionWith(t, options).Verify(t.Context()), external.NetworkError)
		})
	}
}

// TestHTTP2StandsStill shows that a connection which many calls share ends none of them
// late.
func TestHTTP2StandsStill(t *testing.T) {
	server := hostile.StandStill()
	defer server.End()
	s := sessionWith(t, Options{BaseURL: server.URL, Transport: server.Client().Transport, Timeout: impatience})
	for range 2 {
		wantClass(t, "a call over a connection that stands still ends in time", s.Verify(t.Context()), external.NetworkError)
	}
	if server.Streams.Load() == 0 {
		t.Error("nothing came over HTTP/2")
	}
}
