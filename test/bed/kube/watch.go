package kube

import (
	"context"
	"errors"
	"io"
	"net/http"
)

// watch is one watch that passes through a proxy.
type watch struct{ end context.CancelCauseFunc }

// errCut is why a watch ended that was cut.
var errCut = errors.New("the watch was cut")

func isWatch(r *http.Request) bool { return r.URL.Query().Get("watch") != "" }

// Resumed picks watches that go on from where an earlier one ended, and not
// those which begin with all there is.
func Resumed(r *http.Request) bool {
	return isWatch(r) && r.URL.Query().Get("sendInitialEvents") != "true"
}

// watch passes a watch on until either side or CutWatches ends it.
func (p *Proxy) watch(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	own := &watch{end: cancel}
	p.mu.Lock()
	p.watches[own] = struct{}{}
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.watches, own)
	}()
	p.forward.ServeHTTP(w, r.WithContext(ctx))
}

// CutWatches ends all watches as the API server does when their time is over, and
// returns how many.
func (p *Proxy) CutWatches() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	for watch := range p.watches {
		watch.end(errCut)
	}
	return len(p.watches)
}

// HoldWatches keeps the events of all watches back, also of those to come, until
// release is called: the client's view is then older than the truth.
func (p *Proxy) HoldWatches() (release func()) {
	held := make(chan struct{})
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = held
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.held == held {
			p.held = nil
			close(held)
		}
	}
}

// holdWatch has the events of a watch pass through a gate.
func (p *Proxy) holdWatch(response *http.Response) error {
	if isWatch(response.Request) {
		response.Body = &gated{ReadCloser: response.Body, proxy: p, ctx: response.Request.Context()}
	}
	return nil
}

// gated is the events of a watch. It lives no longer than its request, which is
// why it may hold its context.
type gated struct {
	io.ReadCloser
	proxy *Proxy
	ctx   context.Context //nolint:containedctx // as said above
}

// Read hands on what has come once watches are not held up any more.
func (g *gated) Read(into []byte) (int, error) {
	n, err := g.ReadCloser.Read(into)
	g.proxy.mu.Lock()
	held := g.proxy.held
	g.proxy.mu.Unlock()
	if held != nil {
		select {
		case <-held:
		case <-g.ctx.Done():
			n, err = 0, g.ctx.Err()
		}
	}
	if err != nil && errors.Is(context.Cause(g.ctx), errCut) {
		return n, io.EOF
	}
	return n, err
}
