package livekit

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider"
	"github.com/callplane/callplane/test/bed/hostile"
)

// No answer takes more time or memory than a call may have, whatever it proves.
func TestHostileAnswers(t *testing.T) {
	const enough = 32 << 20
	for _, answer := range hostile.Answers("application/protobuf") {
		t.Run(answer.Reason, func(t *testing.T) {
			s := stub(t, answer.Handler, within(time.Second))
			var err error
			took, memory := hostile.Cost(func() {
				_, err = driverOf(t, s, KindInboundTrunk).Observe(testContext(t), external.Call{ID: "ST_gone"})
			})
			want := external.ProviderUnavailable
			if answer.Unread {
				want = external.NetworkError
			}
			wantClass(t, err, want)
			if took > testLimit/2 || memory > enough {
				t.Errorf("it took %s and %d MiB", took, memory>>20)
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

// A connection over HTTP/2 that many calls share ends none of them late.
func TestHTTP2StandsStill(t *testing.T) {
	server := hostile.StandStill()
	defer server.End()
	s := connect(t, server.URL, within(200*time.Millisecond), func(o *Options, _ *provider.Access) { o.Transport = server.Client().Transport })
	for range 2 {
		wantClass(t, s.Verify(testContext(t)), external.NetworkError)
	}
	if server.Streams.Load() == 0 {
		t.Error("nothing came over HTTP/2")
	}
}
