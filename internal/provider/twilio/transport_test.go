package twilio

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/utils/clock"

	"github.com/callplane/callplane/internal/budget"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider"
)

const (
	testAccount = "AC0123456789abcdef0123456789abcdef"
	testToken   = "0123456789abcdef0123456789canary"
)

// roundTripper is a function that carries requests.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }

// sessionWith opens a session of the test account.
func sessionWith(t *testing.T, options Options) *session {
	t.Helper()
	if options.Timeout == 0 {
		options.Timeout = patience
	}
	opened, err := New(options).Connect(t.Context(), provider.Access{
		Account: testAccount, Credentials: map[string][]byte{KeyAuthToken: []byte(testToken)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return opened.(*session)
}

// served opens a session against a handler.
func served(t *testing.T, handler http.HandlerFunc) *session {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return sessionWith(t, Options{BaseURL: server.URL, Transport: server.Client().Transport})
}

func TestRequestsGoToTwilio(t *testing.T) {
	var hosts []string
	s := sessionWith(t, Options{UserAgent: "callplane/test", Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		hosts = append(hosts, r.URL.Scheme+"://"+r.URL.Host)
		if user, password, _ := r.BasicAuth(); user != testAccount || password != testToken {
			t.Errorf("signed in as %s", user)
		}
		if agent := r.UserAgent(); !strings.HasSuffix(agent, " callplane/test") {
			t.Errorf("user agent %q", agent)
		}
		return nil, errors.New("far enough")
	})})
	t.Setenv("TWILIO_EDGE", "sydney")
	t.Setenv("TWILIO_ACCOUNT_SID", "AC99999999999999999999999999999999")
	_ = s.Verify(t.Context())
	_, _ = driverOf(t, s, KindTrunk).Observe(t.Context(), external.Call{ID: call32("TK")})
	want := []string{"https://api.twilio.com", "https://trunking.twilio.com"}
	if fmt.Sprint(hosts) != fmt.Sprint(want) {
		t.Errorf("requests went to %v, want %v whatever the environment says", hosts, want)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	var followed atomic.Bool
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed.Store(true) }))
	t.Cleanup(elsewhere.Close)
	s := served(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
	})
	wantClass(t, "Twilio redirects nowhere", s.Verify(t.Context()), external.ProviderUnavailable)
	if followed.Load() {
		t.Error("the credentials were taken elsewhere")
	}
}

func TestPagesLeadNowhereElse(t *testing.T) {
	var followed atomic.Bool
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed.Store(true) }))
	t.Cleanup(elsewhere.Close)
	s := served(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"trunks": [], "meta": {"key": "trunks", "next_page_url": "%s/v1/Trunks?Page=1"}}`, elsewhere.URL)
	})
	_, err := s.trunks(t.Context())
	wantClass(t, "a page elsewhere is not Twilio's", err, external.ProviderUnavailable)
	if followed.Load() {
		t.Error("the credentials were taken elsewhere")
	}
}

// TestPagesAreOfOneList takes no page from another path: what is there was not asked for.
func TestPagesAreOfOneList(t *testing.T) {
	for _, path := range []string{"/v1/Services", "/v1/Trunks/%ff"} {
		var requests atomic.Int32
		s := served(t, func(w http.ResponseWriter, _ *http.Request) {
			requests.Add(1)
			fmt.Fprintf(w, `{"trunks": [], "meta": {"key": "trunks", "next_page_url": "https://trunking.twilio.com%s?Page=1"}}`, path)
		})
		_, err := s.trunks(t.Context())
		wantClass(t, "a page of something else is not Twilio's", err, external.ProviderUnavailable)
		if requests.Load() != 1 {
			t.Errorf("%d requests for %s, want one", requests.Load(), path)
		}
	}
}

func TestPagesEnd(t *testing.T) {
	var requests atomic.Int32
	s := served(t, func(w http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		fmt.Fprint(w, `{"trunks": [], "meta": {"key": "trunks", "next_page_url": "https://trunking.twilio.com/v1/Trunks?Page=1"}}`)
	})
	_, err := s.trunks(t.Context())
	wantClass(t, "a list that never ends is not Twilio's", err, external.ProviderUnavailable)
	if requests.Load() != maxRequests {
		t.Errorf("%d requests, want %d", requests.Load(), maxRequests)
	}
}

func TestHugeAnswers(t *testing.T) {
	for _, status := range []int{http.StatusOK, http.StatusNotFound} {
		s := served(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.Copy(w, bytes.NewReader(bytes.Repeat([]byte(" "), 4*maxBody)))
		})
		_, err := driverOf(t, s, KindTrunk).Observe(t.Context(), external.Call{ID: call32("TK")})
		if status == http.StatusOK {
			wantClass(t, "what is too long is not read", err, external.ProviderUnavailable)
			continue
		}
		wantClass(t, "a refusal is judged by its status, and so is its proof", err, external.AccountMismatch)
	}
}

func TestForeignAnswersAreRefused(t *testing.T) {
	foreign := `"sid": "` + call32("TK") + `", "account_sid": "AC99999999999999999999999999999999"`
	cases := map[string]struct{ reason, body string }{
		"Resource": {"a resource of another account is not what was meant", "{" + foreign + "}"},
		"List":     {"neither is a list with one in it", `{"trunks": [{` + foreign + `}]}`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := served(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, tc.body) })
			call := external.Call{Marker: testMarker}
			if name == "Resource" {
				call.ID = call32("TK")
			}
			_, err := driverOf(t, s, KindTrunk).Observe(t.Context(), call)
			wantClass(t, tc.reason, err, external.AccountMismatch)
		})
	}
}

func TestAnswerAboutSomethingElseIsRefused(t *testing.T) {
	s := served(t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"sid": "TK99999999999999999999999999999999", "account_sid": %q}`, testAccount)
	})
	_, err := driverOf(t, s, KindTrunk).Observe(t.Context(), external.Call{ID: call32("TK")})
	wantClass(t, "a cache may mix answers up", err, external.ProviderUnavailable)
}

func TestSilenceIsBounded(t *testing.T) {
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	trickle := func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
	for name, handler := range map[string]http.HandlerFunc{"Hang": hang, "HalfAnswer": trickle} {
		t.Run(name, func(t *testing.T) {
			s := served(t, handler)
			s.provider.sending.Timeout = impatience
			err := s.Verify(t.Context())
			wantClass(t, "a silent server is left", err, external.NetworkError)
			if !errors.Is(err, context.DeadlineExceeded) || external.MessageOf(err) != "Twilio did not answer in time" {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func TestCancellationReachesTheRequest(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	err := served(t, func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() }).Verify(ctx)
	wantClass(t, "a cancelled request is a lost one", err, external.NetworkError)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the caller does not recognise its cancellation in %v", err)
	}
}

func TestPlacesAreSharedByTheSessionsOfAnAccount(t *testing.T) {
	var underWay atomic.Int32
	var highest sync.Mutex
	var most int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		now := underWay.Add(1)
		highest.Lock()
		most = max(most, now)
		highest.Unlock()
		time.Sleep(20 * time.Millisecond)
		underWay.Add(-1)
		fmt.Fprint(w, `{"incoming_phone_numbers": []}`)
	}))
	t.Cleanup(server.Close)
	// Waiting for a place takes longer than a request may.
	const sessions = 40
	p := New(Options{BaseURL: server.URL, Timeout: sessions / 4 * 20 * time.Millisecond})
	budgets := budget.New(clock.RealClock{})
	caller := budget.Caller{Account: budgets.Account(testAccount, p.Terms(2))}
	done := make(chan error)
	for range sessions {
		go func() {
			s, err := p.Connect(t.Context(), provider.Access{
				Account: testAccount, Budget: budgets.Charge(t.Context(), caller),
				Credentials: map[string][]byte{KeyAuthToken: []byte(testToken)},
			})
			if err == nil {
				err = s.Verify(t.Context())
			}
			done <- err
		}()
	}
	for range sessions {
		if err := <-done; err != nil {
			t.Errorf("waiting for a place counted as a failure: %v", err)
		}
	}
	if most > 2 {
		t.Errorf("%d requests were under way, want at most 2", most)
	}
}

func TestWaitingForAPlaceEndsWithTheCaller(t *testing.T) {
	p := New(Options{Transport: roundTripper(func(request *http.Request) (*http.Response, error) {
		<-request.Context().Done()
		return nil, request.Context().Err()
	})})
	budgets := budget.New(clock.RealClock{})
	busy := budgets.Charge(t.Context(), budget.Caller{Account: budgets.Account(testAccount, p.Terms(1))})
	if err := busy.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, err := p.Connect(t.Context(), provider.Access{
		Account: testAccount, Budget: busy, Credentials: map[string][]byte{KeyAuthToken: []byte(testToken)},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	err = s.Verify(ctx)
	wantClass(t, "the wait for our own places is no failure of Twilio", err, external.Throttled)
	if !external.IsOwnLimit(err) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the caller does not recognise its deadline in %v", err)
	}
}

// TestTheAccountLearns shows that what Twilio says of an account reaches its budget.
func TestTheAccountLearns(t *testing.T) {
	status, header := http.StatusTooManyRequests, http.Header{"Retry-After": {"7"}}
	p := New(Options{Transport: roundTripper(func(request *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: header, Body: http.NoBody, Request: request}, nil
	})})
	budgets := budget.New(clock.RealClock{})
	open := func(name string, probe bool) external.Session {
		caller := budget.Caller{Account: budgets.Account(name, p.Terms(0)), Name: name, Probe: probe}
		s, err := p.Connect(t.Context(), provider.Access{
			Account: testAccount, Budget: budgets.Charge(t.Context(), caller), Credentials: map[string][]byte{KeyAuthToken: []byte(testToken)},
		})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if err := open("throttled", false).Verify(t.Context()); external.IsOwnLimit(err) {
		t.Errorf("Twilio was not asked: %v", err)
	}
	if err := open("throttled", false).Verify(t.Context()); !external.IsOwnLimit(err) || external.RetryAfterOf(err) <= 6*time.Second {
		t.Errorf("Twilio wants to be left alone, and was asked: %v", err)
	}
	status, header = http.StatusUnauthorized, nil
	wantClass(t, "a probe is asked", open("refused", true).Verify(t.Context()), external.AuthenticationFailed)
	status = http.StatusOK
	err := open("refused", false).Verify(t.Context())
	wantClass(t, "what a probe has found holds for all", err, external.AuthenticationFailed)
	if external.MessageOf(err) != "Twilio refused the credentials" {
		t.Errorf("the message is %q, want what Twilio's refusal says", external.MessageOf(err))
	}
}

// TestOperation shows that no metric has an id as a label.
func TestOperation(t *testing.T) {
	for target, want := range map[string]string{
		"/v1/Trunks": "GET /v1/Trunks",
		"/v1/Trunks/TK0123456789abcdef0123456789abcdef/PhoneNumbers?PageSize=1":                                                "GET /v1/Trunks/{sid}/PhoneNumbers",
		"/2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/IncomingPhoneNumbers/PN0123456789abcdef0123456789abcdef.json": "GET /2010-04-01/Accounts/{sid}/IncomingPhoneNumbers/{sid}.json",
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if got := operation(request); got != want {
			t.Errorf("%s is called %q, want %q", target, got, want)
		}
	}
}
