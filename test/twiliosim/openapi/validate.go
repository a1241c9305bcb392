package openapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/getkin/kin-openapi/openapi3filter"
)

// Report receives every violation. It may be called from several goroutines at once.
type Report func(error)

// Transport checks every request that passes through it, and every answer.
func (d *Documents) Transport(next http.RoundTripper, report Report) http.RoundTripper {
	return transport{documents: d, next: next, report: report}
}

type transport struct {
	documents *Documents
	next      http.RoundTripper
	report    Report
}

func (t transport) RoundTrip(request *http.Request) (*http.Response, error) {
	sent, err := drain(&request.Body)
	if err != nil {
		return nil, err
	}
	response, err := t.next.RoundTrip(request)
	if err != nil {
		t.documents.check(request, sent, nil, t.report)
		return nil, err
	}
	body, err := drain(&response.Body)
	if err != nil {
		return nil, err
	}
	t.documents.check(request, sent, &answer{response.StatusCode, response.Header, body}, t.report)
	return response, nil
}

// Handler checks every request that reaches next, and every answer that it writes.
func (d *Documents) Handler(next http.Handler, report Report) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent, err := drain(&r.Body)
		if err != nil {
			return // the client has gone away in the middle of its request
		}
		seen := &recorder{ResponseWriter: w, status: http.StatusOK}
		defer func() { d.check(r, sent, seen.answer(), report) }()
		next.ServeHTTP(seen, r)
	})
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

// recorder lets everything through, so that resets and truncated bodies reach the client unchanged.
type recorder struct {
	http.ResponseWriter
	status int
	wrote  bool
	body   bytes.Buffer
}

// Unwrap lets a handler take over the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *recorder) WriteHeader(status int) {
	r.status, r.wrote = status, true
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(body []byte) (int, error) {
	r.wrote = true
	r.body.Write(body)
	return r.ResponseWriter.Write(body)
}

// answer is nil when the handler cut the connection.
func (r *recorder) answer() *answer {
	if !r.wrote {
		return nil
	}
	return &answer{r.status, r.Header(), r.body.Bytes()}
}

//nolint:gocritic // ptrToRefParam: the body is replaced by one that can be read again
func drain(body *io.ReadCloser) ([]byte, error) {
	if *body == nil {
		return nil, nil
	}
	text, err := io.ReadAll(*body)
	_ = (*body).Close()
	*body = io.NopCloser(bytes.NewReader(text))
	return text, err
}

func (d *Documents) check(request *http.Request, sent []byte, got *answer, report Report) {
	copied := request.Clone(context.WithoutCancel(request.Context())) // the client may have given up by now
	violation := func(err error) {
		report(fmt.Errorf("%s %s: %w", request.Method, request.URL.Path, err))
	}
	input, err := d.input(copied)
	if err != nil {
		violation(err)
		return
	}
	//nolint:contextcheck // it is the context of the request, as the comment above says
	err = errors.Join(openapi3filter.ValidateRequest(copied.Context(), input), validateForm(input.Route.Operation, copied.Header, sent))
	if err != nil {
		violation(fmt.Errorf("the request is not as documented: %w", err))
	}
	if got == nil || got.status >= http.StatusMultipleChoices {
		return
	}
	if err := validateAnswer(input, got); err != nil {
		violation(fmt.Errorf("the answer is not as documented: %w", err))
	}
}

func (d *Documents) input(request *http.Request) (*openapi3filter.RequestValidationInput, error) {
	route, params, err := d.find(request)
	if err != nil {
		return nil, err
	}
	return &openapi3filter.RequestValidationInput{
		Request: request, PathParams: params, Route: route,
		Options: &openapi3filter.Options{
			AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
			ExcludeRequestBody: true, SkipSettingDefaults: true, IncludeResponseStatus: true, MultiError: true,
		},
	}, nil
}

func validateAnswer(input *openapi3filter.RequestValidationInput, got *answer) error {
	return openapi3filter.ValidateResponse(input.Request.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: got.status, Header: got.header,
		Body: io.NopCloser(bytes.NewReader(got.body)), Options: input.Options,
	})
}
