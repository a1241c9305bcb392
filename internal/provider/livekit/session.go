package livekit

import (
	"context"
	"time"

	"github.com/livekit/protocol/livekit"
	"github.com/twitchtv/twirp"

	"github.com/callplane/callplane/internal/external"
)

// absentTrunk has the form of an id and is none: LiveKit's are longer.
const absentTrunk = "ST_0"

// A session works at one host with one API key.
type session struct {
	account string
	sip     livekit.SIP
	sign    signer
	budget  *budget
	timeout time.Duration
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

// do makes one call: it waits for its turn, signs, bounds the time and
// classifies the error. Waiting does not count against that time.
func do[Request, Response any](
	ctx context.Context, s *session, method func(context.Context, Request) (Response, error), request Request,
) (Response, error) {
	var none Response
	if err := s.budget.wait(ctx); err != nil {
		return none, err
	}
	token, err := s.sign()
	if err != nil {
		return none, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	ctx, answer := withAnswer(ctx)
	// The error is about headers that are not ours to set; this one is.
	ctx, _ = twirp.WithHTTPRequestHeaders(ctx, authorization(token))
	response, err := method(ctx, request)
	if err != nil {
		return none, classify(err, answer, append(confidential(request), token))
	}
	return response, nil
}

// create is do, one at a time at each host.
func create[Request, Response any](
	ctx context.Context, s *session, method func(context.Context, Request) (Response, error), request Request,
) (Response, error) {
	var none Response
	done, err := s.budget.turn(ctx)
	if err != nil {
		return none, err
	}
	defer done()
	return do(ctx, s, method, request)
}
