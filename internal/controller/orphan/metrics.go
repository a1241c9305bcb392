package orphan

import (
	"context"
	"math"

	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
)

// complete is the result of a sweep that has seen everything.
const complete = "Complete"

// sweeps counts the sweeps of accounts, by what became of them.
var sweeps = prometheus.NewCounterVec(prometheus.CounterOpts{
	Name: "callplane_orphan_sweeps_total",
	Help: "Sweeps of accounts and projects by provider and result: Complete, or the class of the error that ended it.",
}, []string{"provider", "result"})

func count(provider string, err error) {
	result := complete
	if err != nil {
		result = string(external.ClassOf(err))
	}
	sweeps.WithLabelValues(provider, result).Inc()
}

// RegisterMetrics adds the metrics of this package to the manager's. What open
// records list is read from a cache whenever somebody asks.
func RegisterMetrics(ctx context.Context, cached client.Reader, namespace string, providers []string) {
	metrics.Registry.MustRegister(sweeps)
	for _, provider := range providers {
		for _, reason := range []string{v1alpha1.ReasonForceDeleted, v1alpha1.ReasonRetained, v1alpha1.ReasonSwept} {
			metrics.Registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
				Name:        "callplane_orphan_resources",
				Help:        "External resources that open OrphanRecords list, by provider and by the reason of the record.",
				ConstLabels: prometheus.Labels{"provider": provider, "reason": reason},
			}, func() float64 { return left(ctx, cached, namespace, provider, reason) }))
		}
	}
}

// left is not a number while the cache cannot be read, as before it has started.
func left(ctx context.Context, cached client.Reader, namespace, provider, reason string) float64 {
	var records v1alpha1.OrphanRecordList
	if err := cached.List(ctx, &records, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return math.NaN()
	}
	number := 0
	for _, record := range records.Items {
		for _, entry := range record.Status.Resources {
			if record.Spec.Reason == reason && entry.Provider == provider && !ledger.Outlives(entry) {
				number++
			}
		}
	}
	return float64(number)
}
