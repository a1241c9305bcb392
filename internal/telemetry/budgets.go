package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/callplane/callplane/internal/budget"
)

var (
	waiting = prometheus.NewDesc("callplane_budget_waiting",
		"Visits in line until their accounts have room for more requests, by lane.", []string{"lane"}, nil)
	accounts = prometheus.NewDesc("callplane_budget_accounts",
		"Verified accounts and projects by the state of their budget: Paused, Silent, Narrowed or Open.", []string{"state"}, nil)
)

// budgets reads who waits, and for what, whenever somebody gathers.
type budgets struct {
	queue *budget.Queue
	of    *budget.Budgets
}

// WatchBudgets measures who waits for a turn, for whoever gathers from the registry.
func WatchBudgets(queue *budget.Queue, of *budget.Budgets, registry prometheus.Registerer) {
	waits := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "callplane_budget_wait_duration_seconds",
		Help:    "How long visits were in line that had to wait for a turn, by lane.",
		Buckets: []float64{.1, .5, 1, 5, 15, 60, 120, 300, 900, 3600},
	}, []string{"lane"})
	queue.Watch(func(lane budget.Lane, wait time.Duration) {
		waits.WithLabelValues(lane.String()).Observe(wait.Seconds())
	})
	registry.MustRegister(waits, budgets{queue, of})
}

// Describe says what there is.
func (budgets) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- waiting
	descriptions <- accounts
}

// Collect shows zeros too, so that a state is seen to be over.
func (b budgets) Collect(samples chan<- prometheus.Metric) {
	inLine := b.queue.Waiting()
	for _, lane := range []budget.Lane{budget.Drift, budget.Provision, budget.Teardown} {
		samples <- gauge(waiting, inLine[lane], lane.String())
	}
	states := b.of.States()
	for _, state := range []budget.State{budget.Paused, budget.Silent, budget.Narrowed, budget.Open} {
		samples <- gauge(accounts, states[state], string(state))
	}
}

func gauge(of *prometheus.Desc, value int, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(of, prometheus.GaugeValue, float64(value), labels...)
}
