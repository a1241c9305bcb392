package e2e

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/callplane/callplane/test/bed/kube"
	"github.com/callplane/callplane/test/twiliosim"
	"github.com/callplane/callplane/test/world"
)

// ownPlane is a control plane for one test, so that it can run beside others.
func ownPlane(t *testing.T) *kube.ControlPlane {
	t.Helper()
	own, err := startPlane(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = own.Stop() })
	return own
}

// TestTwoManagersBothLead has two managers work on the same number, neither of
// which knows of the other: the first one is paused when a provider has done
// something for it, the second one does everything, and the first one goes on
// with what it knew. There is one of each resource, and then none.
func TestTwoManagersBothLead(t *testing.T) { //nolint:tparallel // the same two managers go through all cases
	t.Parallel()
	wire := wiredWorld(t, ownPlane(t))
	w := wire.world
	first, second := startManager(t, w, "--create-grace=1s"), startManager(t, w, "--create-grace=1s")
	tr := newTrial(t, w, first, second)
	for _, pause := range []struct{ setup, teardown string }{
		{"POST /v1/Trunks", "DeleteSIPDispatchRule"},
		{"POST /Credentials.json", "DELETE /PhoneNumbers/"},
		{"CreateSIPInboundTrunk", "DELETE /Credentials/"},
		{"CreateSIPDispatchRule", "DeleteSIPTrunk"},
		{"POST /PhoneNumbers", "DELETE /v1/Trunks/"},
	} {
		passed := t.Run(pause.setup+", "+pause.teardown, func(t *testing.T) {
			tr.overtake(t, wire, pause.setup, func() {
				create(t, w, w.PhoneNumber("support-line", world.Outbound))
			}, func() { awaitActive(t, w, "support-line") })
			wantOneOfEach(t, w)
			tr.overtake(t, wire, pause.teardown, func() {
				remove(t, w, w.PhoneNumber("support-line"))
			}, func() { awaitGone(t, w, w.PhoneNumber("support-line")) })
			wantHoldings(t, w, nothing)
			wantDropped(t, w)
			wantRecords(t, w)
		})
		if !passed {
			return
		}
	}
	tr.check(t)
}

// overtake causes something of which the first manager does the beginning, up to
// a call, and the second one all. Then the first one goes on.
func (tr *trial) overtake(t *testing.T, wire *tripwire, call string, cause, await func()) {
	t.Helper()
	first, second := tr.managers[0], tr.managers[1]
	act(t, second.Pause)
	paused := wire.arm(call, func() { act(t, first.Pause) })
	cause()
	eventually(t, "the first manager to be paused", func(context.Context) string { return ended(paused, "there was no "+call) })
	act(t, second.Resume)
	await()
	quiet(t, tr.world)
	act(t, first.Resume)
	tr.wantSettled(t)
}

func act(t *testing.T, do func() error) {
	t.Helper()
	if err := do(); err != nil {
		t.Error(err)
	}
}

// TestLeaderLost takes the lead from a manager in the middle of a call by which
// it makes something, in the two ways in which it cannot know: it is paused, or
// it alone does not reach the API server. The next leader finishes what it began.
// The first one begins nothing more, and ends.
func TestLeaderLost(t *testing.T) { //nolint:tparallel // the cases share a control plane, whose managers must not meet
	t.Parallel()
	own := ownPlane(t)
	cases := map[string]struct {
		reason string
		lose   func(*testing.T, *world.Manager, *kube.Proxy)
		found  func(*testing.T, *world.Manager)
	}{
		"Paused": {
			reason: "A process can stand still for longer than its lease holds.",
			lose:   func(t *testing.T, first *world.Manager, _ *kube.Proxy) { act(t, first.Pause) },
			found:  func(t *testing.T, first *world.Manager) { act(t, first.Resume) },
		},
		"CutOff": {
			reason: "A network can lose one manager's requests, those for its lease among them.",
			lose: func(_ *testing.T, _ *world.Manager, proxy *kube.Proxy) {
				proxy.Spoil(kube.Fault{Count: kube.Always, Answer: kube.Hang})
				proxy.HoldWatches()
			},
			found: func(t *testing.T, first *world.Manager) {
				t.Helper()
				if first.Running() {
					t.Error("the second manager led before the first one had ended")
				}
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			wire := wiredWorld(t, own)
			w := wire.world
			proxy := newProxy(t, w)
			door := newDoor(t, wire)
			first := startManager(t, w, leading, "--twilio-url="+door.url)
			w.Through(nil)
			second := startManager(t, w, leading)
			lost := wire.arm("POST /v1/Trunks", func() { tc.lose(t, first, proxy) })
			create(t, w, w.PhoneNumber("support-line", world.Outbound))
			eventually(t, "the first manager to be lost", func(context.Context) string { return ended(lost, "no trunk was made") })
			began := time.Now()
			awaitActive(t, w, "support-line")
			tc.found(t, first)
			eventually(t, "the first manager to end", func(context.Context) string {
				if first.Running() {
					return "it still runs"
				}
				return ""
			})
			door.wantNothingMadeSince(t, began)
			newTrial(t, w, first, second).finish(t)
			if t.Failed() {
				t.Log(tc.reason)
			}
		})
	}
}

// finish sees that the number is there as it is to be, and takes it to its end.
func (tr *trial) finish(t *testing.T) {
	t.Helper()
	awaitActive(t, tr.world, "support-line")
	wantOneOfEach(t, tr.world)
	tr.wantSettled(t)
	remove(t, tr.world, tr.world.PhoneNumber("support-line"))
	awaitGone(t, tr.world, tr.world.PhoneNumber("support-line"))
	wantHoldings(t, tr.world, nothing)
	tr.check(t)
}

// A door to the simulated Twilio is used by one manager only.
type door struct {
	url string

	mu   sync.Mutex
	made []time.Time
}

func newDoor(t *testing.T, wire *tripwire) *door {
	t.Helper()
	d := &door{}
	behind := wire.before(wire.world.Twilio)
	server, err := twiliosim.Serve("127.0.0.1:0", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			d.mu.Lock()
			d.made = append(d.made, time.Now())
			d.mu.Unlock()
		}
		behind.ServeHTTP(w, r)
	}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	d.url = server.URL
	return d
}

func (d *door) wantNothingMadeSince(t *testing.T, since time.Time) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, at := range d.made {
		if at.After(since) {
			t.Errorf("it made something %s after it had lost the lead", at.Sub(since))
		}
	}
}
