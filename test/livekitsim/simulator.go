package livekitsim

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"

	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/utils/xtwirp"
)

// A Simulator is one LiveKit project. It is an http.Handler and an
// http.RoundTripper, both of which want a token; called directly, the methods of
// the API do not. All its methods may be called concurrently.
type Simulator struct {
	api http.Handler

	mu        sync.Mutex
	paged     bool
	authority *authority
	// lastID is the number of the object made last, whatever its kind.
	lastID     int
	inbound    table[*livekit.SIPInboundTrunkInfo]
	outbound   table[*livekit.SIPOutboundTrunkInfo]
	rules      table[*livekit.SIPDispatchRuleInfo]
	violations []string
}

var (
	_ livekit.SIP       = (*Simulator)(nil)
	_ http.Handler      = (*Simulator)(nil)
	_ http.RoundTripper = (*Simulator)(nil)
)

// New returns a project without objects that accepts tokens of one API key.
func New(key, secret string) *Simulator {
	return (&Simulator{
		authority: &authority{key: key, secret: secret},
		inbound:   table[*livekit.SIPInboundTrunkInfo]{},
		outbound:  table[*livekit.SIPOutboundTrunkInfo]{},
		rules:     table[*livekit.SIPDispatchRuleInfo]{},
	}).serve()
}

func (s *Simulator) serve() *Simulator {
	s.api = livekit.NewSIPServer(s, xtwirp.ServerPassErrorDetails())
	return s
}

// Clone returns a project in the same state, which goes its own way from now on.
// The same calls give the same ids in both.
func (s *Simulator) Clone() *Simulator {
	s.mu.Lock()
	defer s.mu.Unlock()
	return (&Simulator{
		paged:      s.paged,
		authority:  s.authority,
		lastID:     s.lastID,
		inbound:    maps.Clone(s.inbound),
		outbound:   maps.Clone(s.outbound),
		rules:      maps.Clone(s.rules),
		violations: slices.Clone(s.violations),
	}).serve()
}

// Rekey makes the project accept another API key in place of the present one.
func (s *Simulator) Rekey(key, secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.authority = &authority{key: key, secret: secret}
}

// HonourPages has every list end after one page, of 1,000 objects unless the request
// says otherwise. A self-hosted server goes on by itself; LiveKit Cloud is said not to.
func (s *Simulator) HonourPages() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paged = true
}

// ServeHTTP answers what the token in the request allows.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	authority := s.authority
	s.mu.Unlock()
	authority.guard(w, r, s.api)
}

// RoundTrip answers as ServeHTTP does, without a connection. Whatever host the
// request is for, it is this one.
func (s *Simulator) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Body != nil {
		defer func() { _ = request.Body.Close() }()
	}
	if err := request.Context().Err(); err != nil {
		return nil, err
	}
	recorder := httptest.NewRecorder()
	s.ServeHTTP(recorder, request)
	response := recorder.Result()
	response.Request = request
	return response, nil
}
