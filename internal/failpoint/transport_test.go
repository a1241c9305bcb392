//go:build failpoints

package failpoint

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// target names the variable that makes the test binary the process that dies.
const target = "FAILPOINT_TEST_TARGET"

func TestMain(m *testing.M) {
	if url := os.Getenv(target); url != "" {
		os.Exit(threeCalls(url))
	}
	os.Exit(m.Run())
}

func threeCalls(url string) int {
	client := &http.Client{Transport: New(os.Getenv(Variable), http.DefaultTransport, LiveKit)}
	for range 3 {
		response, err := client.Post(url+"/Call", "", nil)
		if err != nil {
			return 1
		}
		_ = response.Body.Close()
	}
	return 0
}

func TestDies(t *testing.T) {
	all := []string{"livekit Call #1", "livekit Call #2", "livekit Call #3"}
	cases := map[string]struct {
		reason  string
		armed   string
		calls   int32
		reached []string
		lives   bool
	}{
		"before":      {reason: "the call was not sent", armed: "before livekit Call #2", calls: 1, reached: append(all[:2:2], "before livekit Call #2")},
		"after":       {reason: "the call was answered", armed: "after livekit Call #2", calls: 2, reached: append(all[:2:2], "after livekit Call #2")},
		"never":       {reason: "there is no fourth call", armed: "before livekit Call #4", calls: 3, reached: all, lives: true},
		"not a death": {reason: "anything else only counts", armed: "recording", calls: 3, reached: all, lives: true},
		"disarmed":    {reason: "without the file nothing dies", calls: 3, reached: all, lives: true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var calls atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
			defer server.Close()
			folder := t.TempDir()
			arm(t, folder, c.armed)
			if killed := runChild(t, folder, server.URL); killed == c.lives {
				t.Errorf("killed: %v, want %v: %s", killed, !c.lives, c.reason)
			}
			if got := calls.Load(); got != c.calls {
				t.Errorf("%d calls, want %d: %s", got, c.calls, c.reason)
			}
			if diff := cmp.Diff(c.reached, reached(t, folder)); diff != "" {
				t.Errorf("%s, -want +got:\n%s", c.reason, diff)
			}
		})
	}
}

// runChild reports whether the process was killed.
func runChild(t *testing.T, folder, url string) bool {
	t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = []string{target + "=" + url, Variable + "=" + folder}
	err := command.Run()
	ended, ok := errors.AsType[*exec.ExitError](err)
	if err != nil && !ok {
		t.Fatal(err)
	}
	if err != nil && ended.ExitCode() >= 0 {
		t.Fatalf("it ended by itself: %v", err)
	}
	return err != nil && ended.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL
}

// TestCountsAnew shows that what is armed counts from then on.
func TestCountsAnew(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	folder := t.TempDir()
	client := &http.Client{Transport: New(folder, http.DefaultTransport, LiveKit)}
	for _, armed := range []string{"", "one", "one", "another"} {
		arm(t, folder, armed)
		response, err := client.Get(server.URL + "/Call")
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
	}
	want := []string{"livekit Call #1", "livekit Call #1", "livekit Call #2", "livekit Call #1"}
	if diff := cmp.Diff(want, reached(t, folder)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestNoFolder shows that a test build without a folder is as any other.
func TestNoFolder(t *testing.T) {
	if got := New("", http.DefaultTransport, LiveKit); got != http.DefaultTransport {
		t.Errorf("got %T, want the transport itself", got)
	}
}

// TestUnknownEffect shows that nothing is done that could not be written down.
func TestUnknownEffect(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "missing")
	client := &http.Client{Transport: New(folder, http.DefaultTransport, LiveKit)}
	response, err := client.Get("http://127.0.0.1:1/Call")
	if err == nil {
		_ = response.Body.Close()
	}
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want that the note cannot be written", err)
	}
}

func arm(t *testing.T, folder, text string) {
	t.Helper()
	if text == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(folder, Armed), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func reached(t *testing.T, folder string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, Reached))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}
