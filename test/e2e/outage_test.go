package e2e

import (
	"context"
	"testing"
	"time"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/twiliosim"
	"github.com/callplane/callplane/test/world"
)

// TestAPIServerCrash kills kube-apiserver at phases of a number's life, each time
// when a provider has done something of which the manager does not know yet.
func TestAPIServerCrash(t *testing.T) { //nolint:tparallel // one manager goes through all cases
	t.Parallel()
	wire := wiredWorld(t, ownPlane(t))
	tr := newTrial(t, wire.world, startManager(t, wire.world))
	for _, phase := range []struct{ setup, teardown string }{
		{"POST /v1/Trunks", "DeleteSIPDispatchRule"},
		{"CreateSIPInboundTrunk", "DELETE /PhoneNumbers/"},
		{"POST /PhoneNumbers", "DELETE /v1/Trunks/"},
	} {
		t.Run(phase.setup+", "+phase.teardown, func(t *testing.T) {
			tr.live(t, crashing(wire, phase.setup), crashing(wire, phase.teardown))
		})
	}
}

// crashing kills kube-apiserver at a call, and starts it again.
func crashing(wire *tripwire, call string) func(*testing.T, *world.World) fault {
	return func(t *testing.T, w *world.World) fault {
		t.Helper()
		crashed := wire.arm(call, func() {
			if err := w.Plane.CrashAPIServer(); err != nil {
				t.Error(err)
			}
		})
		return fault{
			pending: func() string { return ended(crashed, "there was no "+call) },
			// Visits fail while it is away, after 1 s, 2 s, 4 s.
			met: func() int { return 4 },
			end: func() {
				if err := w.Plane.StartCrashed(testContext(t)); err != nil {
					t.Fatal(err)
				}
			},
		}
	}
}

const (
	// leaseLife is how long a lease holds that is not renewed.
	leaseLife = 15 * time.Second
	etcdDown  = leaseLife + 2*time.Second
)

// TestEtcdOutage stops etcd for long while one number is set up and another one
// taken down. The manager loses its lease and ends; while no lease holds, nothing
// is changed at a provider. Once it is started again, it goes on.
func TestEtcdOutage(t *testing.T) {
	t.Parallel()
	wire := wiredWorld(t, ownPlane(t))
	w := wire.world
	first := startManager(t, w, leading)
	other := otherNumber(w)
	create(t, w, other)
	awaitActive(t, w, other.Name)
	quiet(t, w)
	crashed := wire.arm("POST /v1/Trunks", func() {
		if err := w.Plane.CrashEtcd(); err != nil {
			t.Error(err)
		}
	})
	create(t, w, w.PhoneNumber("support-line", world.Outbound))
	remove(t, w, other)
	eventually(t, "etcd to be down", func(context.Context) string { return ended(crashed, "no trunk was made") })
	down := time.Now()
	time.Sleep(etcdDown) // How long it lasts is what matters: there is no condition to await.
	if first.Running() {
		t.Errorf("the manager still leads %s after etcd went away", etcdDown)
	}
	wantNoChangeBetween(t, w, down.Add(leaseLife), time.Now())
	if err := w.Plane.StartCrashed(testContext(t)); err != nil {
		t.Fatal(err)
	}
	tr := newTrial(t, w, first, startManager(t, w, leading))
	awaitGone(t, w, other)
	tr.finish(t)
}

// leading has managers elect a leader.
const leading = "--leader-elect=true"

// otherNumber is a number beside the world's own.
func otherNumber(w *world.World) *v1alpha1.PhoneNumber {
	const number = "+14155550101"
	w.Twilio.AddNumber(w.Account.SID, number, twiliosim.NumberOptions{})
	return w.PhoneNumber("other", func(n *v1alpha1.PhoneNumber) { n.Spec.Number = number })
}

// wantNoChangeBetween sees that nothing was changed at a provider for a while.
func wantNoChangeBetween(t *testing.T, w *world.World, from, to time.Time) {
	t.Helper()
	for _, call := range w.Twilio.Mutations() {
		if call.Time.After(from) && call.Time.Before(to) {
			t.Errorf("%s came %s after the lease had ended", call.Operation, call.Time.Sub(from))
		}
	}
	for _, call := range w.Proxy.Calls() {
		if call.Applied && changesLiveKit(call.Method) && call.Time.After(from) && call.Time.Before(to) {
			t.Errorf("%s came %s after the lease had ended", call.Method, call.Time.Sub(from))
		}
	}
}
