package send

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/utils/clock"

	"github.com/callplane/callplane/internal/budget"
	"github.com/callplane/callplane/internal/external"
)

// script answers with one status after the other; zero is a lost connection.
type script struct {
	statuses   []int
	retryAfter string
	bodies     []string
}

func (s *script) RoundTrip(request *http.Request) (*http.Response, error) {
	body := ""
	if request.Body != nil {
		text, err := io.ReadAll(request.Body)
		if err != nil {
			return nil, err
		}
		body = string(text)
	}
	status := s.statuses[len(s.bodies)]
	s.bodies = append(s.bodies, body)
	if status == 0 {
		return nil, errors.New("connection reset by peer")
	}
	header := http.Header{}
	if s.retryAfter != "" {
		header.Set("Retry-After", s.retryAfter)
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader("text")), Request: request}, nil
}

func notPost(request *http.Request) bool { return request.Method != http.MethodPost }

func TestRoundTrip(t *testing.T) {
	cases := map[string]struct {
		reason     string
		method     string
		statuses   []int
		retryAfter string
		want       int
		sent       int
	}{
		"fine":        {reason: "what was answered is not asked again", method: http.MethodGet, statuses: []int{200}, want: 200, sent: 1},
		"not found":   {reason: "an answer about the thing is an answer", method: http.MethodGet, statuses: []int{404}, want: 404, sent: 1},
		"unavailable": {reason: "a server at fault may be well again", method: http.MethodGet, statuses: []int{503, 200}, want: 200, sent: 2},
		"busy":        {reason: "a busy account may be free again", method: http.MethodGet, statuses: []int{429, 200}, want: 200, sent: 2},
		"busy write":  {reason: "what is one too many is not carried out", method: http.MethodPost, statuses: []int{429, 429, 200}, want: 200, sent: 3},
		"busy for long": {
			reason: "others have to wait meanwhile", method: http.MethodPost, statuses: []int{429, 429, 429, 429, 429, 429}, want: 429, sent: 5,
		},
		"busy, then at fault": {reason: "a write may have been applied", method: http.MethodPost, statuses: []int{429, 500}, want: 500, sent: 2},
		"lost":                {reason: "a lost connection is opened again", method: http.MethodGet, statuses: []int{0, 200}, want: 200, sent: 2},
		"delete":              {reason: "what is gone cannot be deleted twice", method: http.MethodDelete, statuses: []int{503, 404}, want: 404, sent: 2},
		"lost delete":         {reason: "what is gone cannot be deleted twice", method: http.MethodDelete, statuses: []int{0, 204}, want: 204, sent: 2},
		"twice":               {reason: "the second answer stands, whatever it is", method: http.MethodGet, statuses: []int{503, 500}, want: 500, sent: 2},
		"told when":           {reason: "who says when to come back is not asked before", method: http.MethodGet, statuses: []int{429}, retryAfter: "1", want: 429, sent: 1},
		"write":               {reason: "a write may have been applied", method: http.MethodPost, statuses: []int{503}, want: 503, sent: 1},
		"lost write":          {reason: "a write may have been applied", method: http.MethodPost, statuses: []int{0}, want: 0, sent: 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			base := &script{statuses: c.statuses, retryAfter: c.retryAfter}
			request, err := http.NewRequestWithContext(t.Context(), c.method, "http://127.0.0.1/", http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			got := 0
			response, err := New(base, Options{Again: time.Millisecond, Repeatable: notPost, MaxBody: 10}).RoundTrip(request)
			if err == nil {
				defer response.Body.Close()
				got = response.StatusCode
			}
			if got != c.want || len(base.bodies) != c.sent {
				t.Errorf("got %d after %d requests, want %d after %d: %s", got, len(base.bodies), c.want, c.sent, c.reason)
			}
		})
	}
}

// TestBody shows that the second request says all that the first one said.
func TestBody(t *testing.T) {
	base := &script{statuses: []int{500, 200}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1/", strings.NewReader("which"))
	if err != nil {
		t.Fatal(err)
	}
	response, err := New(base, Options{Again: time.Millisecond, Repeatable: func(*http.Request) bool { return true }, MaxBody: 10}).RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if len(base.bodies) != 2 || base.bodies[0] != "which" || base.bodies[1] != "which" {
		t.Errorf("sent %q, want the same twice", base.bodies)
	}
}

// TestNoTimeLeft shows that the first answer stands when the caller cannot wait.
func TestNoTimeLeft(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	base := &script{statuses: []int{503, 200}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := New(base, Options{Again: time.Hour, Repeatable: notPost, MaxBody: 10}).RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusServiceUnavailable || len(base.bodies) != 1 {
		t.Errorf("got %d after %d requests, want 503 after one", response.StatusCode, len(base.bodies))
	}
}

// TestOff shows that nothing is sent twice unless that is wanted.
func TestOff(t *testing.T) {
	base := &script{statuses: []int{503, 200}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := New(base, Options{Repeatable: notPost, MaxBody: 10}).RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusServiceUnavailable || len(base.bodies) != 1 {
		t.Errorf("got %d after %d requests, want 503 after one", response.StatusCode, len(base.bodies))
	}
}

// TestSilence shows that who does not answer in time is not asked twice, and that his
// account learns of it, unless nobody was there to hear an answer.
func TestSilence(t *testing.T) {
	never := func(request *http.Request) (*http.Response, error) {
		<-request.Context().Done()
		return nil, request.Context().Err()
	}
	half := func(request *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(endless(request.Context().Done()))}, nil
	}
	cases := map[string]struct {
		reason            string
		base              roundTripper
		timeout, patience time.Duration
		silent            bool
	}{
		"no answer":      {"the provider had its time", never, time.Millisecond, time.Minute, true},
		"half an answer": {"that is none", half, time.Millisecond, time.Minute, true},
		"no caller":      {"the caller had no more time", never, time.Minute, time.Millisecond, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			budgets, asked := budget.New(clock.RealClock{}), 0
			account := budgets.Account("one", budget.Terms{})
			before := account.Capacity()
			sender := New(roundTripper(func(request *http.Request) (*http.Response, error) {
				asked++
				return c.base(request)
			}), Options{Again: time.Millisecond, Repeatable: notPost, Timeout: c.timeout, MaxBody: 10})
			for i := range 4 {
				ctx, cancel := context.WithTimeout(Charged(t.Context(), budgets.Charge(t.Context(), budget.Caller{Account: account})), c.patience)
				request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1/", http.NoBody)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := sender.RoundTrip(request); !errors.Is(err, context.DeadlineExceeded) || asked != i+1 { //nolint:bodyclose // there is none
					t.Errorf("got %v after %d requests, want the deadline after one each", err, asked)
				}
				cancel()
			}
			if fewer := account.Capacity() < before; fewer != c.silent {
				t.Errorf("fewer visits may be in: %v, want %v: %s", fewer, c.silent, c.reason)
			}
		})
	}
}

// endless says nothing until the time is up.
type endless <-chan struct{}

func (e endless) Read([]byte) (int, error) {
	<-e
	return 0, context.DeadlineExceeded
}

// TestWatch tells of every attempt, and how it ended.
func TestWatch(t *testing.T) {
	var told []string
	sender := New(&script{statuses: []int{503, 0}}, Options{
		Again: time.Millisecond, Repeatable: notPost, MaxBody: 10, Operation: func(*http.Request) string { return "read" },
		Watch: func(operation string) func(int) {
			return func(code int) { told = append(told, fmt.Sprint(operation, " ", code)) }
		},
	})
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sender.RoundTrip(request); err == nil { //nolint:bodyclose // there is none
		t.Error("a lost connection is no error")
	}
	if want := []string{"read 503", "read 0"}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (r roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return r(request) }

// TestLongAnswer shows that of an answer that is too long so much is read that it can be
// told.
func TestLongAnswer(t *testing.T) {
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := New(&script{statuses: []int{200}}, Options{Repeatable: notPost, MaxBody: 2}).RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err != nil || string(body) != "tex" {
		t.Errorf("got %q and %v, want one byte more than is allowed", body, err)
	}
}

// TestCharged shows that every attempt is charged, and none is made that may not be.
func TestCharged(t *testing.T) {
	budgets := budget.New(clock.RealClock{})
	charge := budgets.Charge(t.Context(), budget.Caller{Account: budgets.Account("one", budget.Terms{})})
	base := &script{statuses: []int{429, 200}, retryAfter: "60"}
	sender := New(base, Options{Again: time.Millisecond, Repeatable: notPost, MaxBody: 10})
	ask := func() error {
		request, err := http.NewRequestWithContext(Charged(t.Context(), charge), http.MethodGet, "http://127.0.0.1/", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		response, err := sender.RoundTrip(request)
		if err == nil {
			err = response.Body.Close()
		}
		return err
	}
	if err := ask(); err != nil {
		t.Fatal(err)
	}
	if err := ask(); !external.IsOwnLimit(err) || len(base.bodies) != 1 {
		t.Errorf("got %v after %d requests, want that the provider is left alone", err, len(base.bodies))
	}
}
