package twiliosim

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Server is a simulator that listens on loopback.
type Server struct {
	// URL is the base of both APIs, such as http://127.0.0.1:1234.
	URL string

	http   *http.Server
	end    context.CancelFunc
	served chan struct{}
}

// Start listens on a free port of 127.0.0.1. Close the server when done.
func (s *Simulator) Start() (*Server, error) { return Serve("127.0.0.1:0", s) }

// Serve listens on an address and serves a simulator, or a handler that is wrapped around one.
func Serve(address string, handler http.Handler) (*Server, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listening for Twilio requests: %w", err)
	}
	ctx, end := context.WithCancel(context.Background())
	server := &Server{URL: "http://" + listener.Addr().String(), end: end, served: make(chan struct{})}
	server.http = &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	go func() {
		defer close(server.served)
		_ = server.http.Serve(listener) // the error is always that of Close
	}()
	return server, nil
}

// Close cuts every connection, ends requests that hang, and returns once nothing listens any more. The simulator keeps its state, and
// may be started again: that is an outage.
func (s *Server) Close() {
	s.end()
	_ = s.http.Close() // closing a listener on loopback has no failure that a caller could act on
	<-s.served
}
