package twilio

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/test/bed/hostile"
)

// TestHostileAnswers shows that no answer takes more time or memory than a call
// may have, whatever it proves.
func TestHostileAnswers(t *testing.T) {
	const json, huge, memory = "application/json", 256 << 20, 32 << 20
	cases := map[string]struct {
		reason  string
		handler http.HandlerFunc
		want    external.Class
	}{
		"Silence": {"no answer at all", hostile.Silence, external.NetworkError},
		"Trickle": {"a byte a second, for ever", hostile.Trickle(json), external.NetworkError},
		"Bomb":    {"a small answer that unpacks to a huge one", hostile.Bomb(json, huge), external.ProviderUnavailable},
		"Flood":   {"a huge answer", hostile.Flood(json, huge), external.ProviderUnavailable},
		"Headers": {"a huge header", hostile.Headers(json, huge/8), external.NetworkError},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := served(t, tc.handler)
			s.provider.transport, s.provider.timeout = newTransport(), time.Second
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			began := time.Now()
			_, err := driverOf(t, s, KindTrunk).Observe(t.Context(), external.Call{ID: call32("TK")})
			took := time.Since(began)
			runtime.ReadMemStats(&after)
			wantClass(t, tc.reason, err, tc.want)
			if used := after.TotalAlloc - before.TotalAlloc; took > patience || used > memory {
				t.Errorf("%s: it took %s and %d MiB", tc.reason, took, used>>20)
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
