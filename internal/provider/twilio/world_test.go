package twilio

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider"
	"github.com/callplane/callplane/test/twiliosim"
)

const (
	// patience is for answers that come, on a machine that is busy.
	patience = 20 * time.Second
	// impatience is for those that never do.
	impatience = 100 * time.Millisecond
)

// world is a simulated Twilio with an account, and a provider that talks to it.
type world struct {
	t        *testing.T
	sim      *twiliosim.Simulator
	account  twiliosim.Account
	provider *Provider
	url      string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	sim := twiliosim.New(twiliosim.WithSeed(1), twiliosim.WithLogf(t.Logf))
	server, err := sim.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &world{
		t: t, sim: sim, url: server.URL, account: sim.AddAccount(twiliosim.AccountOptions{}),
		provider: New(Options{Transport: transport, BaseURL: server.URL, Timeout: patience, Random: &counter{}}),
	}
}

// counter is a random source that never repeats itself.
type counter struct{ n byte }

func (c *counter) Read(p []byte) (int, error) {
	c.n++
	return copy(p, bytes.Repeat([]byte{c.n}, len(p))), nil
}

// session signs in with the auth token of the account.
func (w *world) session() *session {
	w.t.Helper()
	return w.connect(w.account.SID, map[string]string{KeyAuthToken: w.account.AuthToken})
}

// sessionWithKey signs in to the account with an API key of any account.
func (w *world) sessionWithKey(key twiliosim.APIKey) *session {
	w.t.Helper()
	return w.connect(w.account.SID, map[string]string{KeyAPIKeySID: key.SID, KeyAPIKeySecret: key.Secret})
}

func (w *world) connect(account string, secret map[string]string) *session {
	w.t.Helper()
	data := map[string][]byte{}
	for key, value := range secret {
		data[key] = []byte(value)
	}
	opened, err := w.provider.Connect(w.t.Context(), provider.Access{Account: account, Credentials: data})
	if err != nil {
		w.t.Fatalf("Connect: %v", err)
	}
	return opened.(*session)
}

// driver returns the driver of a kind in a session of its own.
func (w *world) driver(kind string) external.Driver {
	w.t.Helper()
	return driverOf(w.t, w.session(), kind)
}

func driverOf(t *testing.T, s external.Session, kind string) external.Driver {
	t.Helper()
	driver, ok := s.Driver(kind)
	if !ok {
		t.Fatalf("no driver of kind %s", kind)
	}
	return driver
}

// fault spoils the next request of an operation.
func (w *world) fault(operation string, action twiliosim.Action) {
	w.sim.Inject(twiliosim.Fault{Match: twiliosim.Match{Operation: operation}, Action: action})
}

// operations are the requests that f makes, in order.
func (w *world) operations(f func()) []string {
	w.sim.ResetLog()
	f()
	var made []string
	for _, call := range w.sim.Calls() {
		made = append(made, call.Operation)
	}
	return made
}

// must fails the test on an error.
func must[T any](t *testing.T) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatalf("%v", err)
		}
		return value
	}
}

func wantClass(t *testing.T, reason string, err error, want external.Class) {
	t.Helper()
	classified, ok := errors.AsType[*external.Error](err)
	if !ok {
		t.Fatalf("%s: %v is not classified; want %s", reason, err, want)
	}
	if classified.Class != want {
		t.Errorf("%s: class %s (%v), want %s", reason, classified.Class, err, want)
	}
}

// stage is a driver with all that its resource needs around it.
type stage struct {
	*world
	kind string
	call external.Call
	// drift is what Create leaves to Update.
	drift []string
	// adopted is what Observe reports about a resource that is found without an id.
	adopted []string
	// changed is a spec that differs, with the drift that it means.
	changed      any
	changedDrift []string
}

const testMarker = "cp-abcdef-7d4bbd34-5d07-4c0b-9c1d-0123456789ab-89abcdef-slot"

// own makes a resource for others to build upon, and returns its id.
func (w *world) own(kind string, call external.Call) string {
	w.t.Helper()
	call.Marker = testMarker
	return must[external.Observation](w.t)(w.driver(kind).Create(w.t.Context(), call)).ID
}

func (w *world) ownTrunk() string {
	return w.own(KindTrunk, external.Call{Spec: TrunkSpec{}})
}

func (w *world) ownCredentialList() string {
	return w.own(KindCredentialList, external.Call{Spec: CredentialListSpec{}})
}

func (w *world) ownIPAccessList() string {
	return w.own(KindIPAccessList, external.Call{Spec: IPAccessListSpec{Addresses: []string{"192.0.2.1"}}})
}

// stages sets up one of each kind that is created.
func stages() map[string]func(w *world) stage {
	return map[string]func(w *world) stage{
		KindTrunk: func(*world) stage {
			return stage{
				call:    external.Call{Spec: TrunkSpec{}},
				changed: TrunkSpec{Secure: true}, changedDrift: []string{"secure"},
			}
		},
		KindOriginationURL: func(w *world) stage {
			return stage{
				call:    external.Call{ParentID: w.ownTrunk(), Spec: OriginationURLSpec{SIPURL: "sip:a.example.com;transport=tcp"}},
				changed: OriginationURLSpec{SIPURL: "sip:b.example.com;transport=tls"}, changedDrift: []string{"sipURL"},
			}
		},
		KindCredentialList: func(*world) stage {
			return stage{call: external.Call{Spec: CredentialListSpec{}}}
		},
		KindCredential: func(w *world) stage {
			return stage{
				call:    external.Call{ParentID: w.ownCredentialList(), Spec: CredentialSpec{"user", external.NewSecret("Password12345")}},
				adopted: []string{"password"},
				changed: CredentialSpec{"other", external.NewSecret("Password12345")}, changedDrift: []string{"username"},
			}
		},
		KindIPAccessList: func(*world) stage {
			return stage{
				call:    external.Call{Spec: IPAccessListSpec{Addresses: []string{"192.0.2.1", "198.51.100.7/24"}}},
				drift:   []string{"addresses"},
				changed: IPAccessListSpec{Addresses: []string{"192.0.2.1/32", "203.0.113.0/25"}}, changedDrift: []string{"addresses"},
			}
		},
		KindTrunkCredentialList: func(w *world) stage {
			return stage{call: external.Call{ParentID: w.ownTrunk(), Inputs: map[string]string{InputListSID: w.ownCredentialList()}}}
		},
		KindTrunkIPAccessList: func(w *world) stage {
			return stage{call: external.Call{ParentID: w.ownTrunk(), Inputs: map[string]string{InputListSID: w.ownIPAccessList()}}}
		},
		KindTrunkPhoneNumber: func(w *world) stage {
			number := w.sim.AddNumber(w.account.SID, "+14155550100", twiliosim.NumberOptions{})
			return stage{call: external.Call{ParentID: w.ownTrunk(), Inputs: map[string]string{InputNumberSID: number}}}
		},
	}
}

// onStage runs a test for each kind.
func onStage(t *testing.T, test func(*testing.T, stage)) {
	kinds := stages()
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		t.Run(kind, func(t *testing.T) {
			w := newWorld(t)
			s := kinds[kind](w)
			s.world, s.kind = w, kind
			s.call.Marker = testMarker
			s.call.Own = append(slices.Collect(maps.Values(s.call.Inputs)), s.call.ParentID)
			w.sim.ResetLog()
			test(t, s)
		})
	}
}

// created makes the resource with everything that Create leaves to Update, and
// returns a call with its id.
func (s stage) created(t *testing.T) external.Call {
	t.Helper()
	call := s.call
	call.ID = must[external.Observation](t)(s.driver(s.kind).Create(t.Context(), call)).ID
	if len(s.drift) > 0 {
		must[external.Observation](t)(s.driver(s.kind).Update(t.Context(), call))
	}
	return call
}

// teardown is what is left of a call once the spec is gone.
func teardown(call external.Call) external.Call {
	call.Spec, call.Inputs = nil, nil
	return call
}

func cancelled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
