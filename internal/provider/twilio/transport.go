package twilio

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"

	"github.com/callplane/callplane/internal/provider/send"
)

const (
	// maxBody is a page of a thousand numbers, twice; a longer answer is not Twilio's.
	maxBody = 4 << 20
	// maxHeader is far more than any answer needs; net/http would take 10 MiB.
	maxHeader = 1 << 20
	// maxRequests ends a list whose pages lead in a circle.
	maxRequests = 100
)

// hosts are where Twilio's client sends requests to. A page of a list names the
// next one, so without pinning an answer could send the credentials elsewhere.
var hosts = map[string]bool{"trunking.twilio.com": true, "api.twilio.com": true}

// newTransport returns one that keeps connections for all requests that an
// account may have under way.
func newTransport() http.RoundTripper {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 2 * defaultLimit
	transport.MaxResponseHeaderBytes = maxHeader
	return transport
}

var sidInPath = regexp.MustCompile(`[A-Z]{2}[0-9a-fA-F]{32}`)

// operation is what a request asks for, whatever it is about: GET /v1/Trunks/{sid}.
func operation(request *http.Request) string {
	return request.Method + " " + sidInPath.ReplaceAllString(request.URL.Path, "{sid}")
}

// A courier carries the requests of one call of Twilio's client, which knows no
// contexts, drops the headers of refusals and follows pages anywhere. It lives
// no longer than the call, which is why it may hold the call's context.
type courier struct {
	ctx     context.Context //nolint:containedctx // as said above
	session *session
	sent    int
	// path is that of the first request: a page is followed by one of the same list.
	path string
}

// RoundTrip sends the request when the account has a place for it. Every answer that
// it returns is a success that makes sense; a refusal, redirects among them, is an error.
func (c *courier) RoundTrip(request *http.Request) (*http.Response, error) {
	c.sent++
	if c.sent > maxRequests {
		return nil, garbled(errors.New("a list with too many pages"))
	}
	target, err := c.session.provider.target(request.URL)
	if err != nil {
		return nil, err
	}
	if c.path == "" {
		c.path = target.Path
	}
	if target.Path != c.path {
		return nil, garbled(errors.New("a list that goes on elsewhere"))
	}
	if !isRead(request) {
		c.session.memory.forget()
		defer c.session.memory.forget()
	}
	ctx, cancel := context.WithCancel(send.Charged(c.ctx, c.session.charge))
	defer cancel()
	defer context.AfterFunc(request.Context(), cancel)()

	outgoing := request.Clone(ctx) //nolint:contextcheck // ctx is the caller's; request has none of its own
	outgoing.URL, outgoing.Host = target, ""
	return c.send(outgoing)
}

func (c *courier) send(request *http.Request) (*http.Response, error) {
	provider := c.session.provider
	response, body, err := exchange(send.New(provider.transport, provider.sending), request)
	if err != nil {
		return nil, c.lost(err)
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return nil, newRefusal(response, body)
	}
	if err := c.session.examine(request, body); err != nil {
		return nil, err
	}
	response.ContentLength = int64(len(body))
	return response, nil
}

// isRead reports whether a request changes nothing.
func isRead(request *http.Request) bool { return request.Method == http.MethodGet }

// isRepeatable reports whether a request is the same twice as once. A SID is never given
// a second time.
func isRepeatable(request *http.Request) bool {
	return isRead(request) || request.Method == http.MethodDelete
}

// atOnce is how many requests of the account Twilio says that it has under way.
func atOnce(header http.Header) int {
	number, err := strconv.Atoi(header.Get("Twilio-Concurrent-Requests"))
	if err != nil {
		return 0
	}
	return max(number, 0)
}

// lost lets the caller recognise its own cancellation, whatever the transport
// made of it.
func (c *courier) lost(err error) error {
	if cancelled := c.ctx.Err(); cancelled != nil {
		return errors.Join(cancelled, err)
	}
	return err
}

// exchange returns the answer with its body.
func exchange(transport http.RoundTripper, request *http.Request) (*http.Response, []byte, error) {
	response, err := transport.RoundTrip(request)
	if err != nil {
		return nil, nil, err
	}
	body := send.Content(response)
	if len(body) > maxBody {
		if response.StatusCode < 300 {
			return nil, nil, garbled(fmt.Errorf("an answer of more than %d bytes", maxBody))
		}
		body = nil // a refusal is judged by its status then
	}
	return response, body, nil
}

// target is where a request goes: to Twilio, or to what stands in for it, and
// nowhere else.
func (p *Provider) target(wanted *url.URL) (*url.URL, error) {
	known := wanted.Scheme == "https" && hosts[wanted.Host]
	standIn := p.base != nil && wanted.Host == p.base.Host
	if !known && !standIn {
		return nil, garbled(errors.New("an answer that leads to another host"))
	}
	target := *wanted
	if p.base != nil {
		target.Scheme, target.Host = p.base.Scheme, p.base.Host
	}
	return &target, nil
}
