// Package livekit makes a LiveKit server answer the calls of a number: it says
// which trunks and which dispatch rule a number needs there, and observes,
// creates, updates and deletes them. It decides what LiveKit's answers prove,
// above all when something is gone, and classifies its errors. It talks to no
// Kubernetes, does not know the carrier, and does not decide when anything is
// done or in which order.
//
// Of the SDK (server-sdk-go) it uses the address and authorisation conventions,
// and the client that the SDK's SIPClient wraps instead of SIPClient itself:
// SIPClient dials through http.DefaultTransport, which hides failures from
// tests and Retry-After from us, has no limit on the size of an answer, and
// repeats creates in other regions of *.livekit.cloud, which makes duplicates.
package livekit

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/utils/xtwirp"

	"github.com/callplane/callplane/internal/budget"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider"
	"github.com/callplane/callplane/internal/provider/send"
)

// Name of the provider in the ledger, in metrics and in messages.
const Name = "livekit"

// Kinds of resources.
const (
	KindInboundTrunk  = "SIPInboundTrunk"
	KindDispatchRule  = "SIPDispatchRule"
	KindOutboundTrunk = "SIPOutboundTrunk"
	// KindOutboundNumber is the place of a number on an outbound trunk of a SIPTrunk.
	KindOutboundNumber = "SIPOutboundTrunkNumber"
)

// defaultTimeout keeps a call under the 5 s that external calls may take.
const defaultTimeout = 4 * time.Second

// Options of a Provider; all have defaults.
type Options struct {
	// AllowedHosts are the hosts that may be called: a host, with its port
	// unless that is the default one, or *. and a domain for all hosts below
	// it. An entry that begins with http:// allows plain HTTP too. The default
	// is *.livekit.cloud.
	AllowedHosts []string
	// Transport makes the HTTP requests.
	Transport http.RoundTripper
	// Timeout of one request, not counting the wait for a turn; zero means 4 seconds.
	Timeout time.Duration
	// Again is how long after a failed request it is sent once more, where that is safe;
	// zero means never.
	Again time.Duration
	// UserAgent sent with every request.
	UserAgent string
	// Watch is told of every request; nil tells nobody.
	Watch send.Watch
}

// A Provider signs in to LiveKit servers.
type Provider struct {
	allowed allowList
	client  *http.Client
}

var _ provider.Platform = (*Provider)(nil)

// New returns a provider.
func New(options Options) *Provider {
	if len(options.AllowedHosts) == 0 {
		options.AllowedHosts = []string{"*.livekit.cloud"}
	}
	if options.Timeout <= 0 {
		options.Timeout = defaultTimeout
	}
	return &Provider{
		allowed: newAllowList(options.AllowedHosts),
		client:  &http.Client{Transport: newTransport(options)},
	}
}

// Name in the ledger, in metrics and in messages.
func (p *Provider) Name() string { return Name }

// Link is the dispatch rule: without it LiveKit drops the call.
func (p *Provider) Link() external.Slot { return external.SlotDispatchRule }

// Host returns the host that a URL leads to, as it is written in the ledger. It
// refuses a URL that may not be called.
func (p *Provider) Host(url string) (string, error) {
	endpoint, err := p.allowed.endpoint(url)
	return endpoint.host, err
}

// defaultLimit is LiveKit Cloud's limit on requests per minute and project.
const defaultLimit = 1000

// Terms bound the requests of a minute.
func (p *Provider) Terms(limit int) budget.Terms {
	if limit < 1 {
		limit = defaultLimit
	}
	return budget.Terms{PerMinute: limit}
}

// Connect opens a session without calling LiveKit.
func (p *Provider) Connect(_ context.Context, access provider.Access) (external.Session, error) {
	endpoint, err := p.allowed.endpoint(access.URL)
	if err != nil {
		return nil, err
	}
	if endpoint.host != access.Account {
		return nil, &external.Error{
			Class:   external.AccountMismatch,
			Message: fmt.Sprintf("the URL leads to the LiveKit host %s, but the resources are at %q", endpoint.host, access.Account),
		}
	}
	signer, err := newSigner(access.Credentials)
	if err != nil {
		return nil, err
	}
	return &session{
		account: endpoint.host,
		sip:     livekit.NewSIPProtobufClient(endpoint.base(), p.client, xtwirp.DefaultClientOptions()...),
		sign:    signer,
		charge:  access.Budget,
	}, nil
}
