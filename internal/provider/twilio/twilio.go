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

	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider"
	"github.com/callplane/callplane/internal/provider/reread"
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
	// Reread is how long after a failed read it is made once more; zero means never.
	Reread time.Duration
	// UserAgent is added to that of Twilio's client.
	UserAgent string
}

// A Provider opens sessions. What it holds for an account is shared by all of
// the account's sessions.
type Provider struct {
	transport http.RoundTripper
	base      *url.URL
	random    io.Reader
	timeout   time.Duration
	userAgent string
	limits    limits
}

var _ provider.Carrier = (*Provider)(nil)

// New returns a provider. A BaseURL that is not a URL is refused by Connect.
func New(options Options) *Provider {
	p := &Provider{
		transport: options.Transport,
		base:      parseBase(options.BaseURL),
		random:    options.Random,
		timeout:   options.Timeout,
		userAgent: options.UserAgent,
	}
	if p.transport == nil {
		p.transport = newTransport()
	}
	p.transport = reread.New(p.transport, options.Reread, isRead)
	if p.random == nil {
		p.random = rand.Reader
	}
	if p.timeout <= 0 {
		p.timeout = defaultTimeout
	}
	return p
}

// Name returns "twilio".
func (p *Provider) Name() string { return Name }

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
		places:   p.limits.of(access.BudgetKey(), access.Limit),
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
