// Package wire makes the requests to Twilio and LiveKit that a number needs, and
// nothing else: for the rivals of the manager, which are to have no disadvantage but
// their own. It keeps within the limits of both providers, retries nothing and knows
// no Kubernetes.
package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"
)

// A Job says where the providers are, how to sign in, and what they allow.
type Job struct {
	TwilioURL, LiveKitURL string
	// Account and Token open Twilio, Bearer opens LiveKit.
	Account, Token, Bearer       string
	Concurrent, PerMinute, Burst int
	// Namespace has the objects to work on.
	Namespace string
}

// JobVariable names the environment variable that holds a Job as JSON.
const JobVariable = "CALLPLANE_BENCH_JOB"

// A Client may be used by many at once.
type Client struct {
	job    Job
	http   *http.Client
	places *semaphore.Weighted
	pace   *rate.Limiter
}

// New returns a client for a job.
func New(job Job) *Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 100
	return &Client{
		job: job, http: &http.Client{Transport: transport},
		places: semaphore.NewWeighted(int64(job.Concurrent)),
		pace:   rate.NewLimiter(rate.Limit(job.PerMinute)/60, job.Burst),
	}
}

// A StatusError is an answer that is no success.
type StatusError struct {
	Status int
	Text   string
}

// Error is the answer.
func (e *StatusError) Error() string { return fmt.Sprintf("status %d: %.200s", e.Status, e.Text) }

func (c *Client) twilio(ctx context.Context, method, path string, form url.Values, into any) error {
	if err := c.places.Acquire(ctx, 1); err != nil {
		return err
	}
	defer c.places.Release(1)
	request, err := http.NewRequestWithContext(ctx, method, c.job.TwilioURL+path, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	request.SetBasicAuth(c.job.Account, c.job.Token)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return c.do(request, into)
}

// liveKit asks until it is let in: the server counts requests as they arrive, which may
// be faster than they were sent.
func (c *Client) liveKit(ctx context.Context, method string, message, into any) error {
	body, err := json.Marshal(message)
	if err != nil {
		return err
	}
	for {
		if err := c.pace.Wait(ctx); err != nil {
			return err
		}
		err := c.post(ctx, method, body, into)
		if status, ok := errors.AsType[*StatusError](err); !ok || status.Status != http.StatusTooManyRequests {
			return err
		}
	}
}

func (c *Client) post(ctx context.Context, method string, body []byte, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.job.LiveKitURL+"/twirp/livekit.SIP/"+method, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+c.job.Bearer)
	request.Header.Set("Content-Type", "application/json")
	return c.do(request, into)
}

func (c *Client) do(request *http.Request, into any) error {
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode > 299 {
		return &StatusError{response.StatusCode, string(body)}
	}
	if into == nil || len(body) == 0 {
		return nil
	}
	return json.Unmarshal(body, into)
}
