// Package fuzz feeds the providers' adapters arbitrary answers and Secrets, as a
// broken proxy, a new version of a provider, or somebody in between might give
// them. It knows what must hold of whatever they make of these: no panic, no secret
// in an error, every refusal classified, and nothing believed to be gone that no
// answer has shown to be.
package fuzz

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/callplane/callplane/internal/external"
)

const (
	// mostRequests bounds one call of a driver: a list may have many pages, but it
	// must end.
	mostRequests = 1100
	// longest is how long one call may take, on a machine that is busy.
	longest = 10 * time.Second
	// longestWait is the longest wait that is believed.
	longestWait = 10 * time.Minute
)

// An answer is what a provider, or something in between, may say.
type answer struct {
	status      uint16
	contentType string
	retryAfter  string
	body        []byte
}

func (a answer) code() int { return 200 + int(a.status)%400 }

// A wire answers every request, the last answer again and again.
type wire struct {
	t        *testing.T
	answers  []answer
	requests []*http.Request
}

func (w *wire) RoundTrip(request *http.Request) (*http.Response, error) {
	if err := request.Context().Err(); err != nil {
		return nil, err
	}
	given := w.answers[min(len(w.requests), len(w.answers)-1)]
	w.requests = append(w.requests, request)
	if len(w.requests) > mostRequests {
		w.t.Fatalf("one call made %d requests", len(w.requests))
	}
	response := &http.Response{
		StatusCode: given.code(), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(given.body)), ContentLength: int64(len(given.body)), Request: request,
	}
	response.Header.Set("Content-Type", given.contentType)
	response.Header.Set("Retry-After", given.retryAfter)
	return response, nil
}

// succeeded reports whether any answer to a request was a success.
func (w *wire) succeeded() bool {
	return slices.ContainsFunc(w.answers[:min(len(w.requests), len(w.answers))], func(a answer) bool { return a.code() < 300 })
}

// An operation is one method of a driver.
type operation func(context.Context, external.Driver, external.Call) (external.Observation, error)

// operations are all that a driver may be asked for. The first two tell of the
// resource itself.
var operations = []operation{
	func(ctx context.Context, d external.Driver, c external.Call) (external.Observation, error) {
		return d.Observe(ctx, c)
	},
	func(ctx context.Context, d external.Driver, c external.Call) (external.Observation, error) {
		return d.Create(ctx, c)
	},
	func(ctx context.Context, d external.Driver, c external.Call) (external.Observation, error) {
		return d.Update(ctx, c)
	},
	func(ctx context.Context, d external.Driver, c external.Call) (external.Observation, error) {
		return external.Observation{}, d.Delete(ctx, c)
	},
	func(ctx context.Context, d external.Driver, c external.Call) (external.Observation, error) {
		if shared, ok := d.(external.Shared); ok {
			_, err := shared.UsedBy(ctx, c)
			return external.Observation{}, err
		}
		return external.Observation{}, nil
	},
	func(ctx context.Context, d external.Driver, c external.Call) (external.Observation, error) {
		if held, ok := d.(external.Held); ok {
			return held.Holder(ctx, c)
		}
		return external.Observation{}, nil
	},
	func(ctx context.Context, d external.Driver, c external.Call) (external.Observation, error) {
		if listed, ok := d.(external.Listed); ok {
			_, err := listed.List(ctx, c.ParentID)
			return external.Observation{}, err
		}
		return external.Observation{}, nil
	},
}

// creating is the place of Create among the operations.
const creating = 1

// pick chooses by a number that the fuzzer makes up.
func pick[T any](from []T, by uint8) T { return from[int(by)%len(from)] }

// shaped leaves out of a call what may be missing in it.
func shaped(call external.Call, shape uint8) external.Call {
	if shape&1 != 0 {
		call.ID = ""
	}
	if shape&2 != 0 {
		call.Spec, call.Inputs = nil, nil
	}
	if shape&4 != 0 {
		call.ParentID = ""
	}
	return call
}

// perform carries out an operation within the time that it may take.
func perform(t *testing.T, work operation, driver external.Driver, call external.Call) (external.Observation, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*longest)
	defer cancel()
	began := time.Now()
	observation, err := work(ctx, driver, call)
	if took := time.Since(began); took > longest {
		t.Errorf("it took %s", took)
	}
	return observation, err
}

// classes are all that an adapter may give.
var classes = []external.Class{
	external.CredentialsMissing, external.AuthenticationFailed, external.AccountMismatch, external.PermissionDenied,
	external.InvalidConfiguration, external.ResourceInUse, external.ProviderUnavailable, external.NetworkError,
	external.Throttled, external.Unknown, external.NotFound, external.MovedAway, external.QuotaExceeded, external.NumberInUse,
}

// wantPresentable sees that an error is classified and can be shown to people and in
// logs.
func wantPresentable(t *testing.T, err error, secrets ...string) {
	t.Helper()
	classified, ok := errors.AsType[*external.Error](err)
	if !ok {
		t.Fatalf("nobody classified %T: %v", err, err)
	}
	if !slices.Contains(classes, classified.Class) {
		t.Errorf("the class %q is unknown", classified.Class)
	}
	if classified.Message == "" || !utf8.ValidString(classified.Message) {
		t.Errorf("the message %q is no text", classified.Message)
	}
	if classified.RetryAfter < 0 || classified.RetryAfter > longestWait {
		t.Errorf("it is to be tried again in %s", classified.RetryAfter)
	}
	for _, secret := range secrets {
		for _, form := range []string{secret, base64.StdEncoding.EncodeToString([]byte(secret))} {
			if strings.Contains(err.Error(), form) {
				t.Errorf("the error shows a secret: %v", err)
			}
		}
	}
}

// hidden are the values that a text holds for no other reason than to show them: long,
// and no part of what everybody may see.
func hidden(public string, values ...[]byte) []string {
	var secrets []string
	for _, value := range values {
		if text := strings.TrimSpace(string(value)); len(text) >= 24 && !strings.Contains(public, text) {
			secrets = append(secrets, text)
		}
	}
	return secrets
}

// longestID is what a ledger can hold.
const longestID = 64

// wantRecordable sees that what was observed can be written into a ledger, and is
// what was asked for.
func wantRecordable(t *testing.T, call external.Call, seen external.Observation, form *regexp.Regexp) {
	t.Helper()
	if len(seen.ID) > longestID || !form.MatchString(seen.ID) {
		t.Errorf("%q is no id of the kind", seen.ID)
	}
	if len(seen.ParentID) > longestID {
		t.Errorf("%q is no id of a parent", seen.ParentID)
	}
	if call.ID != "" && seen.ID != call.ID {
		t.Errorf("observed %s, asked for %s", seen.ID, call.ID)
	}
}
