package hostile

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
)

// A Standstill serves over HTTP/2 and answers nothing: it does not even end a stream
// that its client has given up.
type Standstill struct {
	*httptest.Server
	// Streams counts the requests that came over HTTP/2.
	Streams atomic.Int32

	end chan struct{}
}

// StandStill starts a Standstill, which End ends.
func StandStill() *Standstill {
	s := &Standstill{end: make(chan struct{})}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor == 2 {
			s.Streams.Add(1)
		}
		<-s.end
	}))
	s.EnableHTTP2 = true
	s.StartTLS()
	return s
}

// End lets the server go.
func (s *Standstill) End() {
	close(s.end)
	s.Close()
}
