package livekit

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/rpc"
	"github.com/livekit/psrpc"
	"github.com/redis/go-redis/v9"
)

// questionLimit is how long one question may take. A server that is stopped waits
// for the deadlines of questions whose asker it lost, so they must end before the
// server's grace time does.
const questionLimit = 3 * time.Second

// answerChannels is how many channels a client listens on: claims and responses.
const answerChannels = 2

// Results of a Route.
const (
	Accept     = "ACCEPT"
	RequestPIN = "REQUEST_PIN"
	Reject     = "REJECT"
	Drop       = "DROP"
)

// ErrSeveralTrunks means that more than one trunk claims the called number; the
// server then fails every call to it.
var ErrSeveralTrunks = errors.New("several SIP trunks claim the called number")

// Route is what would become of a call.
type Route struct {
	// TrunkID is empty when no trunk matched.
	TrunkID string
	Result  string
	// RuleID, RoomName and Agents are empty unless the call is accepted.
	RuleID   string
	RoomName string
	Agents   []Agent
}

// Agent is an agent that would be sent to the room.
type Agent struct {
	Name     string
	Metadata string
}

// An Oracle asks the server the questions that LiveKit's SIP gateway asks when a
// call arrives.
type Oracle struct {
	redis *redis.Client
	io    rpc.IOInfoClient
}

// Oracle is the server's oracle. It outlives restarts; Stop closes it.
func (s *Server) Oracle(ctx context.Context) (*Oracle, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.oracle != nil {
		return s.oracle, nil
	}
	id := "CLI_" + rand.Text()
	client := redis.NewClient(&redis.Options{Addr: s.redis.Addr()})
	io, err := rpc.NewIOInfoClient(psrpc.NewRedisMessageBus(client), psrpc.WithClientID(id))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("joining the server's bus: %w", err), client.Close())
	}
	oracle := &Oracle{redis: client, io: io}
	if err := s.awaitSubscriptions(ctx, id); err != nil {
		return nil, errors.Join(err, oracle.Close())
	}
	s.oracle = oracle
	return oracle, nil
}

// awaitSubscriptions waits until the bus knows the channels on which the oracle
// hears answers. The client subscribes in the background; an answer that comes
// before is lost, and the question fails after a second.
func (s *Server) awaitSubscriptions(ctx context.Context, id string) error {
	for len(s.redis.PubSubChannels("*"+id+"*")) < answerChannels {
		select {
		case <-ctx.Done():
			return fmt.Errorf("joining the server's bus: %w", ctx.Err())
		case <-time.After(time.Millisecond):
		}
	}
	return nil
}

// Close leaves the server's bus.
func (o *Oracle) Close() error {
	o.io.Close()
	return o.redis.Close()
}

// Route says what would become of a call from one number to another that came
// from sourceIP. A caller without a PIN is assumed.
func (o *Oracle) Route(ctx context.Context, from, to, sourceIP string) (Route, error) {
	ctx, cancel := context.WithTimeout(ctx, questionLimit)
	defer cancel()
	called := &livekit.SIPUri{User: to, Host: "sip.example.com"}
	call := &rpc.SIPCall{
		LkCallId: "SCL_oracle",
		SourceIp: sourceIP,
		From:     &livekit.SIPUri{User: from, Host: sourceIP},
		To:       called,
		Address:  called,
	}
	auth, err := o.io.GetSIPTrunkAuthentication(ctx, &rpc.GetSIPTrunkAuthenticationRequest{Call: call})
	if err != nil {
		return Route{}, routeError("asking for the trunk", err)
	}
	answer, err := o.io.EvaluateSIPDispatchRules(ctx, &rpc.EvaluateSIPDispatchRulesRequest{
		Call: call, SipTrunkId: auth.GetSipTrunkId(), NoPin: true,
	})
	if err != nil {
		return Route{}, routeError("asking for the rule", err)
	}
	return newRoute(auth.GetSipTrunkId(), answer), nil
}

func newRoute(trunkID string, answer *rpc.EvaluateSIPDispatchRulesResponse) Route {
	route := Route{
		TrunkID:  trunkID,
		Result:   answer.GetResult().String(),
		RuleID:   answer.GetSipDispatchRuleId(),
		RoomName: answer.GetRoomName(),
	}
	for _, agent := range answer.GetRoomConfig().GetAgents() {
		route.Agents = append(route.Agents, Agent{Name: agent.GetAgentName(), Metadata: agent.GetMetadata()})
	}
	return route
}

// routeError goes by the text: over the bus every error has the code "unknown".
func routeError(what string, err error) error {
	if strings.Contains(err.Error(), "Multiple SIP Trunks matched") {
		err = fmt.Errorf("%w: %w", ErrSeveralTrunks, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}
