package e2e

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/callplane/callplane/test/bed/kube"
	"github.com/callplane/callplane/test/bed/livekit"
	"github.com/callplane/callplane/test/world"
)

// A tripwire has something done, once, when a provider has carried out a call
// and before it answers.
type tripwire struct {
	world *world.World

	mu   sync.Mutex
	call string
	act  func()
}

// wiredWorld is a calm world on a control plane, without a manager.
func wiredWorld(t *testing.T, plane *kube.ControlPlane) *tripwire {
	t.Helper()
	wire := &tripwire{}
	wire.world = newWorldOn(t, plane, world.Options{Logf: t.Logf, Between: wire.before})
	if err := wire.world.Populate(testContext(t)); err != nil {
		t.Fatal(err)
	}
	return wire
}

// arm has act done at the next call, which is a method of LiveKit, or one of HTTP
// and a part of the path at Twilio. The channel is closed after it.
func (w *tripwire) arm(call string, act func()) (done <-chan struct{}) {
	ended := make(chan struct{})
	then := func() {
		act()
		close(ended)
	}
	if strings.Contains(call, "SIP") && !strings.Contains(call, " ") {
		w.world.Proxy.Spoil(livekit.Fault{Method: call, Then: then})
		return ended
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.call, w.act = call, then
	return ended
}

// before wraps the simulated Twilio.
func (w *tripwire) before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		next.ServeHTTP(&heldBack{ResponseWriter: writer, act: w.crossed(request)}, request)
	})
}

// crossed takes what is to be done at a request, so that it is done once.
func (w *tripwire) crossed(request *http.Request) (act func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	method, path, _ := strings.Cut(w.call, " ")
	if w.act != nil && request.Method == method && strings.Contains(request.URL.Path, path) {
		act, w.act = w.act, nil
	}
	return act
}

// heldBack is an answer before which something is done.
type heldBack struct {
	http.ResponseWriter
	act func()
}

func (h *heldBack) WriteHeader(status int) {
	if h.act != nil {
		h.act()
	}
	h.ResponseWriter.WriteHeader(status)
}

// Unwrap lets the simulator cut the connection.
func (h *heldBack) Unwrap() http.ResponseWriter { return h.ResponseWriter }

// ended is empty once a channel is closed.
func ended(done <-chan struct{}, otherwise string) string {
	select {
	case <-done:
		return ""
	default:
		return otherwise
	}
}
