package orphan

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/connection"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/provider"
)

// complete is the result of a sweep that has seen everything.
const complete = "Complete"

// sweeps counts the sweeps of accounts, by what became of them.
var sweeps = prometheus.NewCounterVec(prometheus.CounterOpts{
	Name: "callplane_orphan_sweeps_total",
	Help: "Sweeps of accounts and projects by provider and result: Complete, or the class of the error that ended it.",
}, []string{"provider", "result"})

func count(at string, err error) {
	result := complete
	if err != nil {
		result = string(external.ClassOf(err))
	}
	sweeps.WithLabelValues(at, result).Inc()
}

// A diary is when each account was last swept to the end.
type diary struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// expect notes an account that is to be swept from now on.
func (d *diary) expect(account string, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, known := d.last[account]; !known {
		d.note(account, now)
	}
}

func (d *diary) completed(account string, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.note(account, now)
}

func (d *diary) note(account string, now time.Time) {
	if d.last == nil {
		d.last = map[string]time.Time{}
	}
	d.last[account] = now
}

// oldest is the earliest time of some accounts; not a number where there is none, as on a
// manager that does not lead.
func (d *diary) oldest(accounts []string) float64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	var oldest time.Time
	for _, account := range accounts {
		if last, ok := d.last[account]; ok && (oldest.IsZero() || last.Before(oldest)) {
			oldest = last
		}
	}
	if oldest.IsZero() {
		return math.NaN()
	}
	return float64(oldest.Unix())
}

// RegisterMetrics adds the metrics of this package to a registry. What open records list,
// and which accounts there are, is read from a cache whenever somebody asks.
func (k *Keeper) RegisterMetrics(ctx context.Context, cached client.Reader, registry prometheus.Registerer, providers ...string) {
	registry.MustRegister(sweeps)
	for _, provider := range providers {
		registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name:        "callplane_orphan_oldest_sweep_timestamp_seconds",
			Help:        "When the verified account or project was last swept to the end for which that is longest ago, or when it was first seen; by provider. It is NaN where there is none, and on a manager that does not lead.",
			ConstLabels: prometheus.Labels{"provider": provider},
		}, func() float64 { return k.swept.oldest(sweptAt(ctx, cached, k.Providers, provider)) }))
		for _, reason := range []string{v1alpha1.ReasonForceDeleted, v1alpha1.ReasonRetained, v1alpha1.ReasonSwept} {
			registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
				Name:        "callplane_orphan_resources",
				Help:        "External resources that open OrphanRecords list, by provider and by the reason of the record.",
				ConstLabels: prometheus.Labels{"provider": provider, "reason": reason},
			}, func() float64 { return left(ctx, cached, k.Orphans.Namespace, provider, reason) }))
		}
	}
}

// sweptAt are the accounts of a provider that are swept.
func sweptAt(ctx context.Context, cached client.Reader, set provider.Set, name string) []string {
	// Without an answer of the cache there is none.
	objects, _ := connection.Resolver{Objects: cached}.Verified(ctx)
	var accounts []string
	for _, object := range objects {
		if at, ok := set.Of(object.Connection()); ok && at.Name() == name {
			accounts = append(accounts, connection.NameOf(object))
		}
	}
	return accounts
}

// left is not a number while the cache cannot be read, as before it has started.
func left(ctx context.Context, cached client.Reader, namespace, at, reason string) float64 {
	var records v1alpha1.OrphanRecordList
	if err := cached.List(ctx, &records, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return math.NaN()
	}
	number := 0
	for _, record := range records.Items {
		for _, entry := range record.Status.Resources {
			if record.Spec.Reason == reason && entry.Provider == at && !ledger.Outlives(entry) {
				number++
			}
		}
	}
	return float64(number)
}
