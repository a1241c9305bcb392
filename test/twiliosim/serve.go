package twiliosim

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const largestBody = 1 << 20

// call is one request on its way through the simulator.
type call struct {
	sim       *Simulator
	request   *http.Request
	values    url.Values
	operation *operation        // nil when the path or the method is unknown
	vars      map[string]string // SIDs of the path, by prefix
	caller    string            // account of the credentials
	account   string            // account that the request is about
	denied    *failure          // why it never reaches its handler
	action    Action
	latency   time.Duration
	inFlight  int
	now       time.Time
	seq       int
}

// ServeHTTP answers for both APIs, told apart by path.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// A body that breaks off is handled as what was read of it, as a form with parameters missing.
	body, _ := io.ReadAll(io.LimitReader(r.Body, largestBody))
	c := s.arrive(r, body)
	defer s.leave(c)
	wait(r.Context(), c.latency)
	answer := s.answer(c)
	c.deliver(w, answer)
}

// arrive decides everything that depends on the order of requests.
func (s *Simulator) arrive(r *http.Request, body []byte) *call {
	s.mu.Lock()
	defer s.mu.Unlock()
	user, password, _ := r.BasicAuth()
	c := &call{sim: s, request: r, values: parseForm(r, body), latency: s.settings.Latency}
	c.caller = s.authenticate(user, password)
	c.operation, c.vars, c.denied = route(r.Method, r.URL.Path)
	if failed := s.authorize(c); failed != nil {
		c.denied = failed
	}
	s.inFlight[c.caller]++
	c.inFlight = s.inFlight[c.caller]
	if s.settings.MaxConcurrent > 0 && c.inFlight > s.settings.MaxConcurrent {
		c.denied = fail(codeTooManyRequests)
	}
	c.seq = s.logArrival(c, user)
	c.action = s.chooseAction(c)
	c.latency += c.action.delay
	return c
}

func (s *Simulator) leave(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inFlight[c.caller]--
}

// answer applies the change, unless a fault comes before it, and logs the outcome. A client that gave up meanwhile does not stop a
// change, as it would not at Twilio.
func (s *Simulator) answer(c *call) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.now = s.now()
	var answer reply
	applied := false
	switch {
	case c.action.spoils() && !c.action.apply:
		answer = ok(object{})
	case c.denied != nil:
		answer = refuse(c.denied)
	default:
		answer = c.operation.handle(c)
		applied = answer.failed == nil && c.operation.method != http.MethodGet
	}
	answer = c.action.replace(answer)
	s.logAnswer(c, answer, applied)
	return answer
}

// deliver sends the answer, or what the fault makes of it.
func (c *call) deliver(w http.ResponseWriter, answer reply) {
	if c.action.silence(w, c) {
		return
	}
	body, content := c.action.spoil(answer)
	header := w.Header()
	header.Set("Content-Type", content)
	header.Set("Twilio-Concurrent-Requests", strconv.Itoa(c.inFlight))
	header.Set("Twilio-Request-Id", c.requestID())
	if after := c.retryAfter(answer.status); after != "" {
		header.Set("Retry-After", after)
	}
	if answer.status == http.StatusUnauthorized {
		header.Set("WWW-Authenticate", `Basic realm="Twilio API"`)
	}
	w.WriteHeader(answer.status)
	_, _ = w.Write(body) // a client that has gone away is not the simulator's concern
}

func (c *call) requestID() string {
	c.sim.mu.Lock()
	defer c.sim.mu.Unlock()
	return c.sim.sid("RQ")
}

func (c *call) retryAfter(status int) string {
	c.sim.mu.Lock()
	defer c.sim.mu.Unlock()
	if status != http.StatusTooManyRequests && status != http.StatusServiceUnavailable {
		return ""
	}
	if c.action.retryAfter != "" {
		return c.action.retryAfter
	}
	return c.sim.settings.RetryAfter
}

func (c *call) form(code int) *form { return &form{values: c.values, code: code} }

func (c *call) trunking() bool { return strings.HasPrefix(c.request.URL.Path, "/v1/") }

// base is the host that absolute addresses name: the one the client asked for, so that a client which rewrites hosts sees Twilio's
// and a plain one is never sent away from loopback.
func (c *call) base() string {
	if strings.HasSuffix(c.request.Host, ".twilio.com") {
		return "https://" + c.request.Host
	}
	return "http://" + c.request.Host
}

func wait(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// render panics on what JSON lacks, which no object holds.
func render(body object) []byte {
	if body == nil {
		return nil
	}
	text, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return text
}
