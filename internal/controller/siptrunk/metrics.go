package siptrunk

import (
	"github.com/prometheus/client_golang/prometheus"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/callplane/callplane/internal/controller/lifecycle"
)

// deletions counts the deletions that ended, by the policy that they obeyed.
var deletions = prometheus.NewCounterVec(prometheus.CounterOpts{
	Name: "callplane_siptrunk_deletions_total",
	Help: "SIPTrunks that were let go, by deletion policy.",
}, []string{"policy"})

// deletionDurations are from the request to delete until the object was let go.
var deletionDurations = prometheus.NewHistogramVec(prometheus.HistogramOpts{
	Name:    "callplane_siptrunk_deletion_duration_seconds",
	Help:    "How long SIPTrunks were being deleted, from the request until they were let go, by deletion policy.",
	Buckets: lifecycle.DeletionBuckets,
}, []string{"policy"})

// forceDeletions counts the trunks that were let go without cleanup.
var forceDeletions = prometheus.NewCounter(prometheus.CounterOpts{
	Name: "callplane_siptrunk_force_deletions_total",
	Help: "SIPTrunks that were let go without cleanup, counted once their OrphanRecord was written.",
})

// RegisterMetrics adds the metrics of this package to the manager's.
func RegisterMetrics() { metrics.Registry.MustRegister(deletions, deletionDurations, forceDeletions) }
