// Package telemetry measures what the manager does, for Prometheus: requests to
// providers, waits for a turn, and how objects are. It decides nothing. No label names a
// number, an object or an account: what there may be any number of is in logs and events.
package telemetry

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/utils/clock"
)

// Requests measures requests to providers.
type Requests struct {
	clock     clock.PassiveClock
	ended     *prometheus.CounterVec
	durations *prometheus.HistogramVec
}

// NewRequests measures by a clock, for whoever gathers from the registry.
func NewRequests(by clock.PassiveClock, registry prometheus.Registerer) *Requests {
	r := &Requests{
		clock: by,
		ended: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "callplane_provider_requests_total",
			Help: "Requests to providers by provider, operation and HTTP status; the code is none where no answer came.",
		}, []string{"provider", "operation", "code"}),
		durations: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "callplane_provider_request_duration_seconds",
			Help:    "How long requests to providers took, without the wait for a turn, by provider and operation.",
			Buckets: []float64{.05, .1, .2, .4, .8, 1.6, 3.2, 6.4},
		}, []string{"provider", "operation"}),
	}
	registry.MustRegister(r.ended, r.durations)
	return r
}

// Of measures the requests to one provider. It is called as a request begins, and what it
// returns as that ends, with the HTTP status; 0 is for no answer.
func (r *Requests) Of(provider string) func(operation string) (ended func(code int)) {
	return func(operation string) func(code int) {
		began := r.clock.Now()
		return func(code int) {
			r.ended.WithLabelValues(provider, operation, text(code)).Inc()
			r.durations.WithLabelValues(provider, operation).Observe(r.clock.Since(began).Seconds())
		}
	}
}

func text(code int) string {
	if code == 0 {
		return "none"
	}
	return strconv.Itoa(code)
}
