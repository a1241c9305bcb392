// Package twilio makes, finds and removes what a phone number needs on Twilio
// Elastic SIP Trunking. It decides what that is, how each part is found again,
// and what a refusal of Twilio means. It does not know Kubernetes, who answers
// the calls, when anything is to be made or removed, or how often to retry.
package twilio

import (
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/callplane/callplane/internal/budget"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider"
	"github.com/callplane/callplane/internal/provider/send"
)

// Name of the provider in the ledger, in metrics and in messages.
const Name = "twilio"

// defaultTimeout bounds one request; it must stay well below the renew deadline
// of the manager's lease.
const defaultTimeout = 5 * time.Second

// Options of a Provider; the zero value is fit for production.
type Options struct {
	// Transport carries the requests; nil means a transport of our own.
	Transport http.RoundTripper
	// BaseURL is the scheme and host that every request goes to instead of
	// Twilio's own: a proxy, or a test.
	BaseURL string
	// Random is where the names of trunk domains come from; nil means crypto/rand.
	// Sessions read from it at the same time.
	Random io.Reader
	// Timeout of one request, not counting the wait for a place among those of
	// the account; zero means 5 seconds.
	Timeout time.Duration
	// Again is how long after a failed request it is sent once more, where that is safe;
	// zero means never.
	Again time.Duration
	// UserAgent is added to that of Twilio's client.
	UserAgent string
	// Watch is told of every request; nil tells nobody.
	Watch send.Watch
}

// A Provider opens sessions.
type Provider struct {
	transport http.RoundTripper
	base      *url.URL
	random    io.Reader
	sending   send.Options
	userAgent string
}

var _ provider.Carrier = (*Provider)(nil)

// New returns a provider. A BaseURL that is not a URL is refused by Connect.
func New(options Options) *Provider {
	p := &Provider{
		transport: options.Transport,
		base:      parseBase(options.BaseURL),
		random:    options.Random,
		userAgent: options.UserAgent,
	}
	if p.transport == nil {
		p.transport = newTransport()
	}
	if options.Timeout <= 0 {
		options.Timeout = defaultTimeout
	}
	p.sending = send.Options{
		Again: options.Again, Repeatable: isRepeatable, Timeout: options.Timeout, MaxBody: maxBody, AtOnce: atOnce,
		Watch: options.Watch, Operation: operation,
	}
	if p.random == nil {
		p.random = rand.Reader
	}
	return p
}

// Name returns "twilio".
func (p *Provider) Name() string { return Name }

// defaultLimit is how many requests an account may have under way. Twilio
// limits concurrency rather than rate, and publishes no number.
const defaultLimit = 8

// Terms bound the requests that are under way.
func (p *Provider) Terms(limit int) budget.Terms {
	if limit < 1 {
		limit = defaultLimit
	}
	return budget.Terms{AtOnce: limit}
}

// Connect opens a session without calling Twilio.
func (p *Provider) Connect(_ context.Context, access provider.Access) (external.Session, error) {
	if p.base != nil && p.base.Host == "" {
		return nil, invalid("the base URL for Twilio must be a scheme and a host, such as https://proxy.example.com")
	}
	if !validSID("AC", access.Account) {
		return nil, invalid("the account SID must be AC and 32 hexadecimal digits")
	}
	signIn, err := parseLogin(access.Account, access.Credentials)
	if err != nil {
		return nil, err
	}
	return &session{
		provider: p,
		account:  access.Account,
		login:    signIn,
		charge:   access.Budget,
	}, nil
}

// parseBase returns nil for Twilio's own hosts, and a URL without a host for
// what is not one.
func parseBase(base string) *url.URL {
	if base == "" {
		return nil
	}
	parsed, err := url.Parse(base)
	if err != nil || (parsed.Scheme != "http" && parsed.Scheme != "https") {
		return new(url.URL)
	}
	return parsed
}
