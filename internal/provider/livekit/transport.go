package livekit

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider/send"
)

const (
	// maxAnswer is 10,000 rules with some metadata: a self-hosted server lists all at once.
	maxAnswer = 8 << 20
	// maxHeader is far more than any answer needs; net/http would take 10 MiB.
	maxHeader = 1 << 20
)

// A transport hands on answers that were read to their end and that a LiveKit
// server may have given. An empty answer is a valid list without items, so a
// proxy's empty 200 or half of an answer must never get as far as the decoder.
type transport struct {
	base      http.RoundTripper
	userAgent string
}

func newTransport(options Options) http.RoundTripper {
	base, userAgent := options.Transport, options.UserAgent
	if base == nil {
		own := http.DefaultTransport.(*http.Transport).Clone()
		own.MaxResponseHeaderBytes = maxHeader
		base = own
	}
	if userAgent == "" {
		userAgent = "callplane"
	}
	base = send.New(base, send.Options{
		Again: options.Again, Repeatable: isRepeatable, Once: isCreate, Timeout: options.Timeout, MaxBody: maxAnswer,
		Watch: options.Watch, Operation: operation,
	})
	return &transport{base: base, userAgent: userAgent}
}

// operation is the procedure that a request calls.
func operation(request *http.Request) string { return path.Base(request.URL.Path) }

// isRepeatable reports whether a request is the same twice as once: it changes nothing, or
// deletes what has an id that nothing gets again. Every method is a POST; its name tells.
func isRepeatable(request *http.Request) bool {
	name := operation(request)
	return strings.HasPrefix(name, "List") || strings.HasPrefix(name, "Delete")
}

// isCreate reports whether a request makes something: LiveKit says "too many" in the same
// words of requests and of things, and lets two of a kind be made.
func isCreate(request *http.Request) bool {
	return strings.HasPrefix(operation(request), "Create")
}

// RoundTrip follows nothing.
func (t *transport) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.Header.Set("User-Agent", t.userAgent)
	response, err := t.base.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	if len(send.Content(response)) > maxAnswer {
		return nil, &external.Error{Class: external.ProviderUnavailable, Message: "LiveKit's answer is larger than 8 MiB"}
	}
	if problem := implausible(response); problem != "" {
		return nil, notLiveKit(response, problem)
	}
	if answer, ok := request.Context().Value(answerKey{}).(*answer); ok {
		*answer = newAnswer(request, response)
	}
	return response, nil
}

// implausible says why an answer cannot be believed, or nothing.
func implausible(response *http.Response) string {
	if response.StatusCode >= 300 && response.StatusCode <= 399 {
		return "the URL leads elsewhere: redirects are not followed"
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return ""
	}
	if kind, _, err := mime.ParseMediaType(response.Header.Get("Content-Type")); err != nil || kind != "application/protobuf" {
		return "what answers is not a LiveKit server"
	}
	if unbounded(response) {
		return "the end of LiveKit's answer cannot be told"
	}
	return ""
}

func notLiveKit(response *http.Response, problem string) error {
	return &external.Error{
		Class:      external.ProviderUnavailable,
		Message:    problem,
		RetryAfter: send.RetryAfter(response),
		Err:        fmt.Errorf("status %d with content type %.64q", response.StatusCode, response.Header.Get("Content-Type")),
	}
}

// unbounded reports whether the answer ended with the connection, so that one
// cut short looks complete.
func unbounded(response *http.Response) bool {
	return response.ProtoMajor < 2 && response.ContentLength < 0 &&
		len(response.TransferEncoding) == 0 && !response.Uncompressed
}

// An answer is what the client in between does not hand on.
type answer struct {
	// status is 0 until there was a whole answer.
	status     int
	method     string
	retryAfter time.Duration
}

type answerKey struct{}

// withAnswer makes the transport note its answer.
func withAnswer(ctx context.Context) (context.Context, *answer) {
	noted := &answer{}
	return context.WithValue(ctx, answerKey{}, noted), noted
}

func newAnswer(request *http.Request, response *http.Response) answer {
	return answer{
		status:     response.StatusCode,
		method:     operation(request),
		retryAfter: send.RetryAfter(response),
	}
}
