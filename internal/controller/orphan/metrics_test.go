package orphan

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider/fake"
)

// oldestSweeps is how long before the last second of the clock the oldest sweep of each
// provider was, in minutes.
func oldestSweeps(w *world, registry *prometheus.Registry) map[string]float64 {
	w.t.Helper()
	families, err := registry.Gather()
	if err != nil {
		w.t.Fatal(err)
	}
	oldest := map[string]float64{}
	for _, family := range families {
		if family.GetName() != "callplane_orphan_oldest_sweep_timestamp_seconds" {
			continue
		}
		for _, metric := range family.GetMetric() {
			if at := metric.GetGauge().GetValue(); !math.IsNaN(at) {
				oldest[metric.GetLabel()[0].GetValue()] = (float64(w.clock.Now().Unix()) - at) / 60
			}
		}
	}
	return oldest
}

// TestOldestSweep tells of the account that was longest not swept to the end, though others
// are.
func TestOldestSweep(t *testing.T) {
	second := newAccount(namespace, "second")
	second.Spec.AccountSID = "AC9"
	w := newWorld(t, second)
	keeper, registry := w.keeper(), prometheus.NewRegistry()
	keeper.RegisterMetrics(t.Context(), w.cached, registry, "twilio", "livekit")
	sweeper := &Sweeper[*v1alpha1.TwilioAccount]{Keeper: keeper, Cached: w.cached, Interval: 5 * time.Minute}
	queue := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[reconcile.Request]())
	defer queue.ShutDown()
	begin := func(account *v1alpha1.TwilioAccount) func() {
		return func() { sweeper.begin(t.Context(), event.CreateEvent{Object: account}, queue) }
	}
	sweep := func(account *v1alpha1.TwilioAccount) func() {
		return func() {
			if _, err := sweeper.Reconcile(w.context(), account); err != nil {
				t.Fatal(err)
			}
		}
	}
	first := newAccount(namespace, "twilio")
	for _, step := range []struct {
		reason string
		do     func()
		want   map[string]float64
	}{
		{reason: "a manager that does not lead sweeps nothing", do: func() {}, want: map[string]float64{}},
		{reason: "it counts from when it is to be swept", do: begin(first), want: map[string]float64{"twilio": 1}},
		{reason: "the older one counts", do: begin(second), want: map[string]float64{"twilio": 2}},
		{reason: "to see it again is no sweep", do: begin(first), want: map[string]float64{"twilio": 3}},
		{reason: "the other one is the older one now", do: sweep(first), want: map[string]float64{"twilio": 3}},
		{reason: "a sweep that ended early is none", do: func() {
			w.carrier.Fail(fake.Fault{Operation: fake.List, Kind: "Trunk", Err: &external.Error{Class: external.Throttled, Message: "too many"}})
			sweep(second)()
		}, want: map[string]float64{"twilio": 4}},
		{reason: "an account that is gone is not to be swept", do: func() { w.must(w.api.Delete(t.Context(), second)) }, want: map[string]float64{"twilio": 3}},
	} {
		step.do()
		w.clock.SetTime(w.clock.Now().Add(time.Minute))
		if diff := cmp.Diff(step.want, oldestSweeps(w, registry)); diff != "" {
			t.Errorf("%s: minutes since, -want +got:\n%s", step.reason, diff)
		}
	}
}
