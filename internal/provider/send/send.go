// Package send sends a request to a provider when its account's budget lets it, and
// sends it again where that is safe and may help: one failed read would otherwise throw
// away all that a visit has read before. It does not know what is asked for, and repeats
// what the provider may have carried out only where twice is the same as once.
package send

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/callplane/callplane/internal/budget"
)

// Options are what is particular to a provider.
type Options struct {
	// Again is how long after a failed attempt the next one is made, or up to half as
	// much longer; twice as long each time. Zero sends nothing twice.
	Again time.Duration
	// Repeatable reports whether a request is the same twice as once: it changes nothing,
	// or deletes what it names by an id.
	Repeatable func(*http.Request) bool
	// Once reports whether a request is not sent again even if it was one too many; nil
	// sends any again.
	Once func(*http.Request) bool
	// Timeout of one attempt, not counting the wait for a place; zero for none.
	Timeout time.Duration
	// MaxBody is how long an answer may be. Of a longer one a byte more is handed on.
	MaxBody int64
	// AtOnce is how many calls of the account were under way as an answer says; nil if
	// the provider never says it.
	AtOnce func(http.Header) int
	// Watch is told what is sent, in the words of Operation; nil tells nobody.
	Watch     Watch
	Operation func(*http.Request) string
}

// A Watch is told when a request is sent, and what it returns how that ended: with an HTTP
// status, or 0 where no answer came. An operation has no id in its name.
type Watch func(operation string) (ended func(code int))

type transport struct {
	Options
	base http.RoundTripper
}

// New returns a transport whose answers were read to their end.
func New(base http.RoundTripper, options Options) http.RoundTripper {
	return &transport{Options: options, base: base}
}

type chargeKey struct{}

// Charged returns a context whose requests are charged to somebody.
func Charged(ctx context.Context, charge *budget.Charge) context.Context {
	return context.WithValue(ctx, chargeKey{}, charge)
}

// RoundTrip returns the last answer where there are several.
func (t *transport) RoundTrip(request *http.Request) (*http.Response, error) {
	pause := t.Again
	for attempt := 1; ; attempt++ {
		response, err := t.attempt(request)
		if pause <= 0 || !t.again(request, response, err, attempt) {
			return response, err
		}
		next, ok := renew(request)
		if !ok || !rest(request.Context(), pause) {
			return response, err
		}
		request = next
		pause *= 2
	}
}

// attempt sends the request once. Its answer holds no connection any more.
func (t *transport) attempt(request *http.Request) (*http.Response, error) {
	charge, _ := request.Context().Value(chargeKey{}).(*budget.Charge)
	if err := charge.Begin(request.Context()); err != nil {
		return nil, err
	}
	var answer budget.Answer
	defer func() { charge.End(answer) }()
	ctx, cancel := request.Context(), func() {}
	if t.Timeout > 0 {
		ctx, cancel = context.WithTimeout(ctx, t.Timeout)
	}
	defer cancel()
	response, err := t.watched(request.WithContext(ctx))
	if err != nil {
		// Whose time was up, or who was told to end, has heard no silence.
		answer.Silent = request.Context().Err() == nil
		return nil, err
	}
	answer = t.answer(response)
	return response, nil
}

// watched reads the answer to its end: half of one is none.
func (t *transport) watched(request *http.Request) (*http.Response, error) {
	ended := func(int) {}
	if t.Watch != nil {
		ended = t.Watch(t.Operation(request))
	}
	response, err := t.exchange(request)
	if err != nil {
		ended(0)
		return nil, err
	}
	ended(response.StatusCode)
	return response, nil
}

func (t *transport) exchange(request *http.Request) (*http.Response, error) {
	response, err := t.base.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(io.LimitReader(response.Body, t.MaxBody+1))
	if err != nil {
		return nil, err
	}
	whole := *response
	whole.Body = body{bytes.NewReader(content), content}
	return &whole, nil
}

// A body is that of an answer which was read to its end.
type body struct {
	*bytes.Reader
	content []byte
}

func (body) Close() error { return nil }

// Content is the body of an answer of this transport, which is not read by that.
func Content(response *http.Response) []byte {
	if whole, ok := response.Body.(body); ok {
		return whole.content
	}
	return nil
}

func (t *transport) answer(response *http.Response) budget.Answer {
	answer := budget.Answer{Answered: true, Throttled: response.StatusCode == http.StatusTooManyRequests}
	if answer.Throttled || response.StatusCode == http.StatusServiceUnavailable {
		answer.RetryAfter = RetryAfter(response)
	}
	if t.AtOnce != nil {
		answer.AtOnce = t.AtOnce(response.Header)
	}
	return answer
}

// attempts is how often a request is sent that the provider has too many of: it has
// carried out none of them.
const attempts = 5

// again reports whether another attempt is safe and may help. Who says when to come
// back is not asked before that, and who does not answer in time not at all.
func (t *transport) again(request *http.Request, response *http.Response, err error, attempt int) bool {
	switch {
	case err != nil:
		return attempt == 1 && t.Repeatable(request) && !errors.Is(err, context.DeadlineExceeded) && !notSent(err)
	case response.Header.Get("Retry-After") != "":
		return false
	case response.StatusCode == http.StatusTooManyRequests:
		return attempt < attempts && (t.Once == nil || !t.Once(request))
	default:
		return attempt == 1 && t.Repeatable(request) && response.StatusCode >= http.StatusInternalServerError
	}
}

// renew returns the request with a body that has not been read, if it can.
func renew(request *http.Request) (*http.Request, bool) {
	again := request.Clone(request.Context())
	if request.Body == nil || request.Body == http.NoBody {
		return again, true
	}
	if request.GetBody == nil {
		return nil, false
	}
	var err error
	again.Body, err = request.GetBody()
	return again, err == nil
}

// rest reports whether the caller still waits after it.
func rest(ctx context.Context, pause time.Duration) bool {
	resting, cancel := context.WithTimeout(ctx, wait.Jitter(pause, 0.5))
	defer cancel()
	<-resting.Done()
	return ctx.Err() == nil
}
