package kube

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// forwardLimit bounds how long a client may take to send its headers.
const forwardLimit = 30 * time.Second

// Always as a Fault's Count makes it go on until it is removed.
const Always = -1

// A Fault spoils some of the requests that pass through a Proxy.
type Fault struct {
	// Match picks requests; nil picks all.
	Match func(*http.Request) bool
	// Count is how many are spoiled; 0 means 1.
	Count int
	// Latency delays the request before anything else happens.
	Latency time.Duration
	// Apply sends the request to the API server before it is answered. It is
	// implied without an Answer.
	Apply bool
	// Answer is what the client gets; nil is the API server's own answer.
	Answer Answer
}

// An Answer takes the place of the API server's. It ends at the latest when the
// fault is removed.
type Answer func(w http.ResponseWriter, r *http.Request, removed <-chan struct{})

// Refuse answers with a status of the API, and with Retry-After, in seconds,
// unless that is 0.
func Refuse(code int, reason string, retryAfter int) Answer {
	return func(w http.ResponseWriter, _ *http.Request, _ <-chan struct{}) {
		w.Header().Set("Content-Type", "application/json")
		if retryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
		}
		w.WriteHeader(code)
		fmt.Fprintf(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":%q,"message":"this request was made to fail","code":%d}`, reason, code)
	}
}

// Hang keeps the client waiting, as a network does that loses everything.
func Hang(_ http.ResponseWriter, r *http.Request, removed <-chan struct{}) {
	select {
	case <-r.Context().Done():
	case <-removed:
	}
	panic(http.ErrAbortHandler)
}

// Break ends the request without an answer.
func Break(http.ResponseWriter, *http.Request, <-chan struct{}) { panic(http.ErrAbortHandler) }

// Writes picks every request that changes something, leases and events apart,
// which the API serves beside all else.
func Writes(r *http.Request) bool {
	return r.Method != http.MethodGet && !Leases(r) && !strings.Contains(r.URL.Path, "/events")
}

// Leases picks the requests by which a manager leads.
func Leases(r *http.Request) bool { return strings.Contains(r.URL.Path, "/leases") }

// Spoiled is a fault that was added to a proxy.
type Spoiled struct {
	proxy   *Proxy
	fault   Fault
	hits    int
	removed chan struct{}
}

// Spoil adds a fault. Where several want one request, the one added first has it.
func (p *Proxy) Spoil(fault Fault) *Spoiled {
	p.mu.Lock()
	defer p.mu.Unlock()
	spoiled := &Spoiled{proxy: p, fault: fault, removed: make(chan struct{})}
	p.faults = append(p.faults, spoiled)
	return spoiled
}

// Hits is how many requests the fault has met.
func (s *Spoiled) Hits() int {
	s.proxy.mu.Lock()
	defer s.proxy.mu.Unlock()
	return s.hits
}

// Remove ends the fault, and requests that hang.
func (s *Spoiled) Remove() {
	s.proxy.mu.Lock()
	defer s.proxy.mu.Unlock()
	if i := slices.Index(s.proxy.faults, s); i >= 0 {
		s.proxy.faults = slices.Delete(s.proxy.faults, i, i+1)
		close(s.removed)
	}
}

// meet returns the fault that hits a request, or one that does nothing.
func (p *Proxy) meet(r *http.Request) *Spoiled {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.faults, func(s *Spoiled) bool { return s.due(r) })
	if i < 0 {
		return &Spoiled{}
	}
	p.faults[i].hits++
	return p.faults[i]
}

func (s *Spoiled) due(r *http.Request) bool {
	left := s.fault.Count == Always || s.hits < max(s.fault.Count, 1)
	return left && (s.fault.Match == nil || s.fault.Match(r))
}

// wait reports whether someone still waits for the answer afterwards.
func wait(ctx context.Context, latency time.Duration) bool {
	select {
	case <-time.After(latency):
		return true
	case <-ctx.Done():
		return false
	}
}

// silent drops what the server says of clients that go away.
var silent = log.New(io.Discard, "", 0)

// discard is nobody who reads an answer.
type discard struct{}

func (discard) Header() http.Header               { return http.Header{} }
func (discard) Write(content []byte) (int, error) { return len(content), nil }
func (discard) WriteHeader(int)                   {}
