package livekit

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider"
	bed "github.com/callplane/callplane/test/bed/livekit"
)

const (
	startLimit = 60 * time.Second
	testLimit  = 30 * time.Second
)

// server is shared: every test has numbers and markers of its own.
var server *bed.Server

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	var err error
	if server, err = bed.Start(ctx, bed.Options{}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.Run()
	if err := server.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testLimit)
	t.Cleanup(cancel)
	return ctx
}

// connect opens a session at a URL, with the real server's credentials unless
// others are given.
func connect(t *testing.T, url string, change ...func(*Options, *provider.Access)) *session {
	t.Helper()
	options := Options{AllowedHosts: []string{url}}
	access := provider.Access{
		URL: url,
		Credentials: map[string][]byte{
			keyAPIKey: []byte(server.APIKey()), keyAPISecret: []byte(server.APISecret()),
		},
	}
	for _, change := range change {
		change(&options, &access)
	}
	p := New(options)
	host, err := p.Host(access.URL)
	if err != nil {
		t.Fatal(err)
	}
	access.Account = host
	opened, err := p.Connect(testContext(t), access)
	if err != nil {
		t.Fatal(err)
	}
	return opened.(*session)
}

func proxied(t *testing.T, change ...func(*Options, *provider.Access)) (*bed.Proxy, *session) {
	t.Helper()
	proxy, err := server.Proxy(bed.ProxyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = proxy.Close() })
	return proxy, connect(t, proxy.URL(), change...)
}

// within bounds the time of each request.
func within(timeout time.Duration) func(*Options, *provider.Access) {
	return func(options *Options, _ *provider.Access) { options.Timeout = timeout }
}

// stub serves a handler in place of a LiveKit server.
func stub(t *testing.T, handler http.HandlerFunc, change ...func(*Options, *provider.Access)) *session {
	t.Helper()
	front := httptest.NewServer(handler)
	t.Cleanup(front.Close)
	return connect(t, front.URL, change...)
}

var numbers atomic.Int64

func newNumber() string { return fmt.Sprintf("+1415555%04d", 1000+numbers.Add(1)) }

func newMarker(slot external.Slot) string {
	return fmt.Sprintf("cp-test01-%036d-00000000-%s", numbers.Add(1), slot)
}

func driverOf(t *testing.T, s *session, kind string) external.Driver {
	t.Helper()
	driver, ok := s.Driver(kind)
	if !ok {
		t.Fatalf("no driver for %s", kind)
	}
	return driver
}

func wantClass(t *testing.T, err error, want external.Class) {
	t.Helper()
	if err == nil || external.ClassOf(err) != want {
		t.Fatalf("got %v (%s), want the class %s", err, external.ClassOf(err), want)
	}
}
