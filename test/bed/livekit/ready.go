package livekit

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/callplane/callplane/test/bed/process"
)

// settle is how long the server needs after its first 200 until it obeys
// SIGTERM; a signal before that is lost for good and there is nothing to poll.
const settle = 150 * time.Millisecond

// questions are the channels on which the server hears the oracle.
var questions = []string{"IOInfo|GetSIPTrunkAuthentication|REQ", "IOInfo|EvaluateSIPDispatchRules|REQ"}

// await returns when the server answers calls, hears the oracle and can be
// stopped.
func (s *Server) await(ctx context.Context, run *process.Process) error {
	ready := func(ctx context.Context) error {
		if err := healthy(ctx, s.URL()); err != nil {
			return err
		}
		for channel, listeners := range s.redis.PubSubNumSub(questions...) {
			if listeners == 0 {
				return fmt.Errorf("livekit-server does not listen on %s yet", channel)
			}
		}
		return nil
	}
	if err := run.Await(ctx, ready); err != nil {
		return err
	}
	time.Sleep(settle)
	// Once more: if someone else has our port, the first answer was theirs.
	return run.Await(ctx, ready)
}

func healthy(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	request.Close = true // no idle connection to a server that will be restarted
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("livekit-server answered %s", response.Status)
	}
	return nil
}
