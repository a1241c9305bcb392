package twiliosim_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/callplane/callplane/test/twiliosim"
)

// clock is a hand that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is a served simulator with one account, and a client that speaks plain HTTP to it.
type world struct {
	t        *testing.T
	sim      *twiliosim.Simulator
	url      string
	clock    *clock
	account  twiliosim.Account
	user     string
	password string
	client   *http.Client
	stop     func()
}

func newWorld(t *testing.T, options ...twiliosim.Option) *world {
	t.Helper()
	hand := &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	defaults := []twiliosim.Option{twiliosim.WithSeed(7), twiliosim.WithClock(hand.read), twiliosim.WithLogf(t.Logf)}
	sim := twiliosim.New(append(defaults, options...)...)
	server, err := sim.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	account := sim.AddAccount(twiliosim.AccountOptions{})
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &world{
		t: t, sim: sim, url: server.URL, clock: hand, account: account, user: account.SID, password: account.AuthToken,
		client: &http.Client{Transport: transport}, stop: server.Close,
	}
}

// as returns the same world seen with other credentials.
func (w *world) as(user, password string) *world {
	other := *w
	other.user, other.password = user, password
	return &other
}

type answer struct {
	status int
	code   int
	body   map[string]any
	text   string
	header http.Header
	err    error
}

func (a answer) sid() string { return a.str("sid") }

func (a answer) str(field string) string {
	text, _ := a.body[field].(string)
	return text
}

func (a answer) String() string { return fmt.Sprintf("%d/%d %s %v", a.status, a.code, a.text, a.err) }

func (w *world) do(method, path string, params ...string) answer {
	w.t.Helper()
	body := form(params...)
	request, err := http.NewRequest(method, w.url+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if len(params) > 0 {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	request.Header.Set("User-Agent", "twiliosim-test")
	request.SetBasicAuth(w.user, w.password)
	response, err := w.client.Do(request)
	if err != nil {
		return answer{err: err}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	got := answer{status: response.StatusCode, text: string(text), header: response.Header, err: err}
	if json.Unmarshal(text, &got.body) == nil && response.StatusCode >= 400 {
		code, _ := got.body["code"].(float64)
		got.code = int(code)
	}
	return got
}

func form(params ...string) string {
	values := url.Values{}
	for i := 0; i+1 < len(params); i += 2 {
		values.Add(params[i], params[i+1])
	}
	return values.Encode()
}

func (w *world) get(path string) answer { return w.do(http.MethodGet, path) }
func (w *world) post(path string, params ...string) answer {
	return w.do(http.MethodPost, path, params...)
}
func (w *world) delete(path string) answer { return w.do(http.MethodDelete, path) }
func (w *world) api(path string) string    { return "/2010-04-01/Accounts/" + w.account.SID + path }
func (w *world) lists() string             { return w.api("/SIP/CredentialLists") }
func (w *world) acls() string              { return w.api("/SIP/IpAccessControlLists") }
func (w *world) numbers() string           { return w.api("/IncomingPhoneNumbers") }
func (w *world) must(status int, got answer) answer {
	w.t.Helper()
	if got.status != status {
		w.t.Fatalf("got %v, want status %d", got, status)
	}
	return got
}

func (w *world) trunk(params ...string) string {
	w.t.Helper()
	return "/v1/Trunks/" + w.must(201, w.post("/v1/Trunks", params...)).sid()
}

func (w *world) list(name string) string {
	w.t.Helper()
	return w.must(201, w.post(w.lists()+".json", "FriendlyName", name)).sid()
}

func (w *world) acl(name string) string {
	w.t.Helper()
	return w.must(201, w.post(w.acls()+".json", "FriendlyName", name)).sid()
}

func items(got answer, key string) []any {
	list, _ := got.body[key].([]any)
	return list
}
