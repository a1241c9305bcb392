package livekit

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"path"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Call is a call that came to a Proxy.
type Call struct {
	// Method is the twirp method.
	Method string
	// Sequence is the place of the call's arrival among all that share a source.
	Sequence int64
	Time     time.Time
	// Status is what the client was sent; 0 means nothing, or nothing yet.
	Status int
	// Applied says that the server carried the call out.
	Applied bool
}

// ProxyOptions are what a proxy can be started with; all have defaults.
type ProxyOptions struct {
	// Sequence numbers the calls. Proxies and simulators that share one can be
	// put in order against each other.
	Sequence func() int64
}

// A Proxy stands before a server, spoils the calls it is told to spoil and keeps
// a log of all. Its methods may be called concurrently.
type Proxy struct {
	target   string
	sequence func() int64
	http     *http.Server
	address  string
	client   *http.Client
	closing  chan struct{}
	once     sync.Once

	mu     sync.Mutex
	faults []*armed
	calls  []Call
}

// Proxy starts a proxy before the server. It goes on when the server restarts.
func (s *Server) Proxy(options ProxyOptions) (*Proxy, error) {
	return NewProxy(s.URL(), options)
}

// NewProxy starts a proxy before the server at target.
func NewProxy(target string, options ProxyOptions) (*Proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("starting a proxy: %w", err)
	}
	p := &Proxy{
		target:   target,
		sequence: options.Sequence,
		address:  "http://" + listener.Addr().String(),
		client:   &http.Client{Timeout: forwardLimit, Transport: &http.Transport{DisableCompression: true, DisableKeepAlives: true}},
		closing:  make(chan struct{}),
	}
	if p.sequence == nil {
		p.sequence = counter()
	}
	p.http = &http.Server{Handler: http.HandlerFunc(p.serve), ReadHeaderTimeout: forwardLimit}
	go func() { _ = p.http.Serve(listener) }()
	return p, nil
}

func counter() func() int64 {
	var last atomic.Int64
	return func() int64 { return last.Add(1) }
}

// URL is the proxy's address, to be used in place of the server's.
func (p *Proxy) URL() string { return p.address }

// Close ends the proxy and all calls in it. It may be called again.
func (p *Proxy) Close() error {
	p.once.Do(func() { close(p.closing) })
	return p.http.Close()
}

// Spoil adds faults. When several hit one call, the one added first is used.
func (p *Proxy) Spoil(faults ...Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, fault := range faults {
		p.faults = append(p.faults, &armed{Fault: fault})
	}
}

// Clear removes all faults; calls that hang go on hanging.
func (p *Proxy) Clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = nil
}

// Calls is the log of all calls in the order of their arrival.
func (p *Proxy) Calls() []Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.calls)
}

// serve settles each call's entry in the log before the client can see the
// answer, so that a test never reads an entry that is still to change.
func (p *Proxy) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client has gone
	}
	entry, fault := p.arrive(path.Base(r.URL.Path))
	own := fault.Answer.write == nil
	if !p.wait(r.Context(), fault.Latency) {
		reset(w)
		return
	}
	var answer *reply
	if own || fault.Apply {
		answer, err = p.forward(r, body, fault.Apply)
	}
	if fault.Then != nil {
		fault.Then()
	}
	if own && err != nil {
		reset(w) // as a server that is down looks to its client
		return
	}
	if own {
		p.settle(entry, answer.status, answer.applied())
		answer.write(w)
		return
	}
	p.settle(entry, fault.Answer.status, answer.applied())
	fault.Answer.write(p, w, r)
}

// arrive logs a call and returns its place in the log and the fault it meets.
func (p *Proxy) arrive(method string) (int, Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls = append(p.calls, Call{Method: method, Sequence: p.sequence(), Time: time.Now()})
	var hit Fault
	found := false
	for _, fault := range p.faults {
		// Every fault counts the call, also when another has been found.
		if fault.hits(method) && !found {
			hit, found = fault.Fault, true
		}
	}
	return len(p.calls) - 1, hit
}

func (p *Proxy) settle(entry, status int, applied bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls[entry].Status, p.calls[entry].Applied = status, applied
}

// wait reports whether someone still waits for the answer afterwards.
func (p *Proxy) wait(ctx context.Context, latency time.Duration) bool {
	if latency <= 0 {
		return true
	}
	select {
	case <-time.After(latency):
		return true
	case <-ctx.Done():
		return false
	case <-p.closing:
		return false
	}
}
