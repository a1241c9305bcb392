package livekit

import (
	"net/http"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider"
	"github.com/callplane/callplane/test/bed/hostile"
)

// No answer takes more time or memory than a call may have, whatever it proves.
func TestHostileAnswers(t *testing.T) {
	const protobuf, huge, memory = "application/protobuf", 256 << 20, 32 << 20
	cases := []struct {
		reason  string
		handler http.HandlerFunc
		want    external.Class
	}{
		{"no answer at all", hostile.Silence, external.NetworkError},
		{"a byte a second, for ever", hostile.Trickle(protobuf), external.NetworkError},
		{"a small answer that unpacks to a huge one", hostile.Bomb(protobuf, huge), external.ProviderUnavailable},
		{"a huge answer", hostile.Flood(protobuf, huge), external.ProviderUnavailable},
		{"a huge header", hostile.Headers(protobuf, huge/8), external.NetworkError},
	}
	for _, c := range cases {
		t.Run(c.reason, func(t *testing.T) {
			s := stub(t, c.handler)
			s.timeout = time.Second
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			began := time.Now()
			_, err := driverOf(t, s, KindInboundTrunk).Observe(testContext(t), external.Call{ID: "ST_gone"})
			took := time.Since(began)
			runtime.ReadMemStats(&after)
			wantClass(t, err, c.want)
			if used := after.TotalAlloc - before.TotalAlloc; took > testLimit/2 || used > memory {
				t.Errorf("it took %s and %d MiB", took, used>>20)
			}
		})
	}
}

// A token is sent to a server only once it has proved who it is.
func TestNobodyElseIsBelieved(t *testing.T) {
	identities, err := hostile.Identities()
	if err != nil {
		t.Fatal(err)
	}
	for _, identity := range identities {
		t.Run(identity.Flaw, func(t *testing.T) {
			var called atomic.Bool
			front := identity.Serve(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called.Store(true) }))
			defer front.Close()
			s := connect(t, front.URL, func(o *Options, _ *provider.Access) { o.Transport = identity.Transport() })
			wantClass(t, s.Verify(testContext(t)), external.NetworkError)
			if called.Load() {
				t.Error("the token was sent")
			}
		})
	}
}

func TestNobodyThere(t *testing.T) {
	s := connect(t, "https://callplane.invalid")
	wantClass(t, s.Verify(testContext(t)), external.NetworkError)
}
