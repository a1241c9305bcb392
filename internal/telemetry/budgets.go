package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/callplane/callplane/internal/budget"
)

var (
	waiting = prometheus.NewDesc("callplane_budget_waiting",
		"Visits in line until their accounts have room for more requests, by lane: teardown, provision or drift.", []string{"lane"}, nil)
	oldestWait = prometheus.NewDesc("callplane_budget_oldest_wait_timestamp_seconds",
		"Since when the visit is in line that has waited longest, by lane; there is no series while nobody waits.", []string{"lane"}, nil)
	accounts = prometheus.NewDesc("callplane_budget_accounts",
		"Verified accounts and projects by provider and by the state of their budget: Paused, the provider wants to be left alone; Silent, it does not answer; Narrowed, it takes fewer requests at once than are allowed; or Open.", []string{"provider", "state"}, nil)
)

// budgets reads who waits, and for what, whenever somebody gathers.
type budgets struct {
	queue *budget.Queue
	of    *budget.Budgets
	// provider is that of an account, by its name.
	provider func(account string) string
}

// WatchBudgets measures who waits for a turn, and in what state accounts are, for whoever
// gathers from the registry. Names of accounts are only asked for their provider.
func WatchBudgets(queue *budget.Queue, of *budget.Budgets, provider func(account string) string, registry prometheus.Registerer) {
	waits := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "callplane_budget_wait_duration_seconds",
		Help:    "How long visits were in line that had to wait for a turn, by lane.",
		Buckets: []float64{.1, .5, 1, 5, 15, 60, 120, 300, 900, 3600},
	}, []string{"lane"})
	queue.Watch(func(lane budget.Lane, wait time.Duration) {
		waits.WithLabelValues(lane.String()).Observe(wait.Seconds())
	})
	registry.MustRegister(waits, budgets{queue, of, provider})
}

// Describe says what there is.
func (budgets) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- waiting
	descriptions <- oldestWait
	descriptions <- accounts
}

// Collect shows zeros too, so that a state is seen to be over.
func (b budgets) Collect(samples chan<- prometheus.Metric) {
	inLine := b.queue.Waiting()
	for _, lane := range []budget.Lane{budget.Drift, budget.Provision, budget.Teardown} {
		samples <- gauge(waiting, inLine[lane].Visits, lane.String())
		if inLine[lane].Visits > 0 {
			samples <- timestamp(oldestWait, inLine[lane].Since, lane.String())
		}
	}
	for provider, states := range b.states() {
		for _, state := range []budget.State{budget.Paused, budget.Silent, budget.Narrowed, budget.Open} {
			samples <- gauge(accounts, states[state], provider, string(state))
		}
	}
}

// states counts the accounts of each provider.
func (b budgets) states() map[string]map[budget.State]int {
	counted := map[string]map[budget.State]int{}
	for account, state := range b.of.States() {
		provider := b.provider(account)
		if counted[provider] == nil {
			counted[provider] = map[budget.State]int{}
		}
		counted[provider][state]++
	}
	return counted
}

// timestamp is in seconds since 1970, as Prometheus has it: whoever reads it knows the time.
func timestamp(of *prometheus.Desc, at time.Time, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(of, prometheus.GaugeValue, float64(at.UnixMilli())/1000, labels...)
}

func gauge(of *prometheus.Desc, value int, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(of, prometheus.GaugeValue, float64(value), labels...)
}
