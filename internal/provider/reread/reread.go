// Package reread asks a provider once more for what it could not say at once: one
// failed read would otherwise throw away all that a visit has read before. It
// decides which answers are worth it. It does not know what is read, and never
// repeats what may change something.
package reread

import (
	"context"
	"io"
	"net/http"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
)

// maxDrain is how much of a refusal is read so that its connection can be kept.
const maxDrain = 64 << 10

type transport struct {
	base  http.RoundTripper
	after time.Duration
	reads func(*http.Request) bool
}

// New returns a transport that sends a read again, once, after or up to half as
// much longer later, if there was no answer or one that says that the server is at
// fault or busy. The request's own deadline holds for both together, so a provider
// that is slow is not asked twice. If after is zero it returns base.
func New(base http.RoundTripper, after time.Duration, reads func(*http.Request) bool) http.RoundTripper {
	if after <= 0 {
		return base
	}
	return &transport{base: base, after: after, reads: reads}
}

// RoundTrip returns the second answer where there is one.
func (t *transport) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := t.base.RoundTrip(request)
	if !t.reads(request) || err == nil && !passing(response) {
		return response, err
	}
	again, ok := renew(request)
	if !ok || !t.pause(request.Context()) {
		return response, err
	}
	if err == nil {
		_, _ = io.CopyN(io.Discard, response.Body, maxDrain)
		_ = response.Body.Close()
	}
	return t.base.RoundTrip(again)
}

// passing reports whether an answer may be another one soon. Who says when to come
// back is not asked before that.
func passing(response *http.Response) bool {
	busy := response.StatusCode == http.StatusTooManyRequests || response.StatusCode >= http.StatusInternalServerError
	return busy && response.Header.Get("Retry-After") == ""
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

// pause reports whether the caller still waits after it.
func (t *transport) pause(ctx context.Context) bool {
	pause, cancel := context.WithTimeout(ctx, wait.Jitter(t.after, 0.5))
	defer cancel()
	<-pause.Done()
	return ctx.Err() == nil
}
