package twilio

import (
	"context"
	"net/http"

	"github.com/twilio/twilio-go/client"
	accounts "github.com/twilio/twilio-go/rest/api/v2010"
	trunking "github.com/twilio/twilio-go/rest/trunking/v1"

	"github.com/callplane/callplane/internal/budget"
	"github.com/callplane/callplane/internal/external"
)

// session implements external.Session.
type session struct {
	provider *Provider
	account  string
	login    login
	charge   *budget.Charge
	memory   memory
}

// Account returns the account SID.
func (s *session) Account() string { return s.account }

// Driver returns the driver of a kind.
func (s *session) Driver(kind string) (external.Driver, bool) {
	switch kind {
	case KindNumber:
		return numberDriver{s}, true
	case KindTrunk:
		return trunkDriver{s}, true
	case KindOriginationURL:
		return originationURLDriver{s}, true
	case KindIPAccessList:
		return ipAccessListDriver{s}, true
	case KindCredentialList:
		return credentialListDriver{s}, true
	case KindCredential:
		return credentialDriver{s}, true
	case KindTrunkIPAccessList:
		return trunkLinkDriver{session: s, links: ipAccessListLinks}, true
	case KindTrunkCredentialList:
		return trunkLinkDriver{session: s, links: credentialListLinks}, true
	case KindTrunkPhoneNumber:
		return attachmentDriver{s}, true
	}
	return nil, false
}

// Verify proves the credentials, as far as Twilio lets them be told apart: an
// account that is suspended may look like a wrong password.
func (s *session) Verify(ctx context.Context) error {
	err := s.belongs(ctx, proofOfTrunking, external.NotFound)
	s.charge.Judge(err)
	return err
}

// clients are the two parts of Twilio's client that are used.
type clients struct {
	trunking *trunking.ApiService
	accounts *accounts.ApiService
}

// clients returns clients for one call. They are cheap, and one for each call is
// how a context gets in. The handler is made here because Twilio's own
// constructor would have the environment choose the host.
func (s *session) clients(ctx context.Context) clients {
	base := &client.Client{
		Credentials: s.login.credentials(),
		HTTPClient:  &http.Client{Transport: &courier{ctx: ctx, session: s}},
	}
	if s.provider.userAgent != "" {
		base.UserAgentExtensions = []string{s.provider.userAgent}
	}
	base.SetAccountSid(s.account)
	handler := &client.RequestHandler{Client: base}
	return clients{trunking: trunking.NewApiService(handler), accounts: accounts.NewApiService(handler)}
}

// ask makes one call. Subject and where say what the call is about, in case
// Twilio does not know it.
func ask[T any](ctx context.Context, s *session, subject about, send func(clients) (T, error)) (T, error) {
	answer, err := send(s.clients(ctx))
	if err == nil {
		return answer, nil
	}
	err = s.explain(ctx, subject, err)
	s.charge.Judge(err)
	return *new(T), err
}

// tell makes one call that has no answer.
func tell(ctx context.Context, s *session, subject about, send func(clients) error) error {
	_, err := ask(ctx, s, subject, func(c clients) (struct{}, error) { return struct{}{}, send(c) })
	return err
}

// about names what a call is about, and the proof that its absence takes.
type about struct {
	what  string
	proof proof
}

func inTrunking(what string) about { return about{what, proofOfTrunking} }
func inAccount(what string) about  { return about{what, proofOfAccount} }

func (s *session) explain(ctx context.Context, subject about, err error) error {
	classified := classify(err)
	if classified.Class != external.NotFound {
		return s.doubt(ctx, classified)
	}
	return s.absent(ctx, subject, err)
}

// absent is the only source of NotFound, and the only place where its proof is
// asked for: wrong credentials see nothing either.
func (s *session) absent(ctx context.Context, subject about, cause error) error {
	err := s.belongs(ctx, subject.proof, external.AuthenticationFailed, external.PermissionDenied, external.NotFound)
	if err != nil {
		return err
	}
	return &external.Error{
		Class:   external.NotFound,
		Message: subject.what + " does not exist in account " + s.account,
		Err:     cause,
	}
}

// inParent checks the parent of what is looked for. A child of a parent that was
// never recorded was never recorded either, and goes with its parent if it is
// there after all: it counts as absent.
func (s *session) inParent(ctx context.Context, prefix string, call external.Call) error {
	if call.ParentID == "" {
		return s.absent(ctx, inTrunking("what would be in a "+nouns[prefix]), nil)
	}
	return checkSIDs(prefix, call.ParentID)
}
