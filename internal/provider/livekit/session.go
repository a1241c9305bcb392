package livekit

import (
	"context"

	"github.com/livekit/protocol/livekit"
	"github.com/twitchtv/twirp"

	"github.com/callplane/callplane/internal/budget"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider/send"
)

// absentTrunk has the form of an id and is none: LiveKit's are longer.
const absentTrunk = "ST_0"

// A session works at one host with one API key.
type session struct {
	account string
	sip     livekit.SIP
	sign    signer
	charge  *budget.Charge
}

var _ external.Session = (*session)(nil)

// Account is the host.
func (s *session) Account() string { return s.account }

// Driver returns the driver of a kind.
func (s *session) Driver(kind string) (external.Driver, bool) {
	switch kind {
	case KindInboundTrunk:
		return newInboundTrunks(s), true
	case KindDispatchRule:
		return newDispatchRules(s), true
	case KindOutboundTrunk:
		return newOutboundTrunks(s), true
	case KindOutboundNumber:
		return outboundNumbers{newOutboundTrunks(s)}, true
	}
	return nil, false
}

// Verify asks for a trunk that does not exist: the smallest answer that only
// an accepted key gets.
func (s *session) Verify(ctx context.Context) error {
	_, err := do(ctx, s, s.sip.ListSIPInboundTrunk, &livekit.ListSIPInboundTrunkRequest{TrunkIds: []string{absentTrunk}})
	return err
}

// do makes one call: it signs, and classifies the error.
func do[Request, Response any](
	ctx context.Context, s *session, method func(context.Context, Request) (Response, error), request Request,
) (Response, error) {
	var none Response
	token, err := s.sign()
	if err != nil {
		return none, err
	}
	ctx, answer := withAnswer(send.Charged(ctx, s.charge))
	// The error is about headers that are not ours to set; this one is.
	ctx, _ = twirp.WithHTTPRequestHeaders(ctx, authorization(token))
	response, err := method(ctx, request)
	if err != nil {
		err = classify(err, answer, append(confidential(request), token))
	}
	s.charge.Judge(err)
	if err != nil {
		return none, err
	}
	return response, nil
}

// create is do, one at a time in each project: of two creates at once for one number
// the server accepts both, and then drops every call to it.
func create[Request, Response any](
	ctx context.Context, s *session, method func(context.Context, Request) (Response, error), request Request,
) (Response, error) {
	var none Response
	done, err := s.charge.Alone(ctx)
	if err != nil {
		return none, err
	}
	defer done()
	return do(ctx, s, method, request)
}
