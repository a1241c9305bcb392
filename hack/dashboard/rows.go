package main

import "strings"

// managers picks the series of the managers that are chosen: others are called alike.
const managers = `job=~"$job",namespace=~"$namespace"`

// of puts the choice of managers into an expression, where it says MANAGERS.
func of(expression string) string { return strings.ReplaceAll(expression, "MANAGERS", managers) }

func one(legend, expression string) []query { return []query{{legend, of(expression)}} }

// percentiles are those of a histogram, by labels.
func percentiles(histogram, by, legend string) []query {
	var queries []query
	for _, p := range []struct{ name, share string }{{"median", "0.5"}, {"99 %", "0.99"}} {
		queries = append(queries, query{strings.TrimSpace(legend + " " + p.name),
			of("histogram_quantile(" + p.share + ", sum by (" + by + ", le) (rate(" + histogram + "_bucket{MANAGERS}[$__rate_interval])))")})
	}
	return queries
}

// shareOf is the share of some of the requests to each provider; 0 where there is none of them.
func shareOf(matcher string) string {
	all := "sum by (provider) (rate(callplane_provider_requests_total{MANAGERS}[$__rate_interval]))"
	some := strings.Replace(all, "MANAGERS", matcher+",MANAGERS", 1)
	return of("(" + some + " or 0 * " + all + ") / " + all)
}

const (
	plain     = "short"
	seconds   = "s"
	ratio     = "percentunit"
	perSecond = "ops"
	requests  = "reqps"
	bytes     = "bytes"
)

// rows are the dashboard. Of several managers each shows all objects, and counts what it
// does itself.
var rows = []row{
	{
		title: "Fleet",
		glances: []panel{
			{"Numbers", "PhoneNumbers in all namespaces.", plain, one("", `sum(max by (namespace, reason) (callplane_objects{kind="PhoneNumber",MANAGERS})) or vector(0)`)},
			{"Ready", "PhoneNumbers whose calls reach their agent.", plain, one("", `sum(max by (namespace, reason) (callplane_objects{kind="PhoneNumber",reason="Active",MANAGERS})) or vector(0)`)},
			{"Corrupted", "Numbers and trunks whose cleanup has failed.", plain, one("", `sum(max by (namespace, kind, class) (callplane_corrupted_objects{MANAGERS})) or vector(0)`)},
			{"Orphans", "Resources at the providers that no object stands for, without what was retained.", plain, one("", `sum(max by (namespace, provider, reason) (callplane_orphan_resources{reason!="Retained",MANAGERS}))`)},
			{"Forced", "Numbers and trunks that were let go without cleanup, in the time shown.", plain, one("", `sum(increase(callplane_phonenumber_force_deletions_total{MANAGERS}[$__range])) + sum(increase(callplane_siptrunk_force_deletions_total{MANAGERS}[$__range]))`)},
			{"Leaders", "Managers that lead: one of each installation.", plain, one("", `sum(leader_election_master_status{name="callplane-manager",MANAGERS})`)},
		},
		graphs: []panel{
			{"Numbers by reason", "By the reason of their condition Ready.", plain, one("{{reason}}", `max by (namespace, reason) (callplane_objects{kind="PhoneNumber",MANAGERS})`)},
			{"All else by reason", "Trunks, accounts, projects and agents, by the reason of Ready.", plain, one("{{kind}} {{reason}}", `max by (namespace, kind, reason) (callplane_objects{kind!="PhoneNumber",MANAGERS})`)},
			{"Corrupted by class", "Objects whose cleanup has failed, by what was in the way.", plain, one("{{kind}} {{class}}", `max by (namespace, kind, class) (callplane_corrupted_objects{MANAGERS})`)},
			{"Longest not Ready", "How long the object is not Ready that has not been for longest.", seconds, one("{{kind}} {{reason}}", `time() - min by (namespace, kind, reason) (callplane_oldest_not_ready_timestamp_seconds{MANAGERS})`)},
		},
	},
	{
		title: "Deletions",
		graphs: []panel{
			{"Deletions that ended", "By deletion policy, a minute.", plain, []query{
				{"numbers {{policy}}", of(`60 * sum by (policy) (rate(callplane_phonenumber_deletions_total{MANAGERS}[$__rate_interval]))`)},
				{"trunks {{policy}}", of(`60 * sum by (policy) (rate(callplane_siptrunk_deletions_total{MANAGERS}[$__rate_interval]))`)},
			}},
			{"How long they took", "From the request to delete until the object was let go.", seconds, append(
				percentiles("callplane_phonenumber_deletion_duration_seconds", "policy", "numbers {{policy}}"),
				percentiles("callplane_siptrunk_deletion_duration_seconds", "policy", "trunks {{policy}}")...)},
			{"Being deleted", "By the reason of their condition Deleting.", plain, one("{{kind}} {{reason}}", `max by (namespace, kind, reason) (callplane_deleting_objects{MANAGERS})`)},
			{"Longest deletion", "How long the object is being deleted that has been for longest.", seconds, one("{{kind}} {{reason}}", `time() - min by (namespace, kind, reason) (callplane_oldest_deletion_timestamp_seconds{MANAGERS})`)},
		},
	},
	{
		title: "Providers",
		graphs: []panel{
			{"Requests", "By provider and HTTP status; none is for no answer.", requests, one("{{provider}} {{code}}", `sum by (provider, code) (rate(callplane_provider_requests_total{MANAGERS}[$__rate_interval]))`)},
			{"Share that failed", "No answer, or a status of 500 or more; and what was one request too many.", ratio, []query{
				{"{{provider}} failed", shareOf(`code=~"5..|none"`)},
				{"{{provider}} throttled", shareOf(`code="429"`)},
			}},
			{"How long they took", "Without the wait for a turn.", seconds, percentiles("callplane_provider_request_duration_seconds", "provider", "{{provider}}")},
			{"The ten most frequent operations", "Requests by operation.", requests, one("{{provider}} {{operation}}", `topk(10, sum by (provider, operation) (rate(callplane_provider_requests_total{MANAGERS}[$__rate_interval])))`)},
		},
	},
	{
		title: "Budgets",
		graphs: []panel{
			{"Waiting for a turn", "Visits in line until their accounts have room for more requests.", plain, one("{{lane}}", `max by (namespace, lane) (callplane_budget_waiting{MANAGERS})`)},
			{"Longest wait", "How long the visit is in line that has waited longest.", seconds, one("{{lane}}", `time() - min by (namespace, lane) (callplane_budget_oldest_wait_timestamp_seconds{MANAGERS})`)},
			{"How long they waited", "Of those that had to wait.", seconds, percentiles("callplane_budget_wait_duration_seconds", "lane", "{{lane}}")},
			{"Accounts by state", "Paused: the provider wants to be left alone. Silent: it does not answer. Narrowed: it takes fewer requests at once than are allowed.", plain, one("{{provider}} {{state}}", `max by (namespace, provider, state) (callplane_budget_accounts{MANAGERS})`)},
		},
	},
	{
		title: "Orphans and sweeps",
		graphs: []panel{
			{"Orphans by reason", "What open OrphanRecords list. What was Retained is meant to stay.", plain, one("{{provider}} {{reason}}", `max by (namespace, provider, reason) (callplane_orphan_resources{MANAGERS})`)},
			{"Sweeps", "By result, an hour.", plain, one("{{provider}} {{result}}", `3600 * sum by (provider, result) (rate(callplane_orphan_sweeps_total{MANAGERS}[$__rate_interval]))`)},
			{"Longest not swept", "How long it is since the account was swept to the end for which that is longest ago.", seconds, one("{{provider}}", `time() - min by (namespace, provider) (callplane_orphan_oldest_sweep_timestamp_seconds{MANAGERS})`)},
		},
	},
	{
		title: "Controllers",
		graphs: []panel{
			{"Queues", "Objects that wait for a worker.", plain, one("{{controller}}", `sum by (controller) (workqueue_depth{MANAGERS})`)},
			{"Reconciles", "By controller.", perSecond, one("{{controller}}", `sum by (controller) (rate(controller_runtime_reconcile_total{MANAGERS}[$__rate_interval]))`)},
			{"Reconciles that end in an error", "What a provider refuses is none: it is in the conditions.", perSecond, one("{{controller}}", `sum by (controller) (rate(controller_runtime_reconcile_errors_total{MANAGERS}[$__rate_interval]))`)},
			{"How long they take", "99 % of the reconciles take no longer.", seconds, one("{{controller}}", `histogram_quantile(0.99, sum by (controller, le) (rate(controller_runtime_reconcile_time_seconds_bucket{MANAGERS}[$__rate_interval])))`)},
			{"Longest reconcile", "How long the reconcile takes so far that is under way for longest.", seconds, one("{{controller}}", `max by (controller) (workqueue_longest_running_processor_seconds{MANAGERS})`)},
			{"Requests to the API server", "Writes by method and status, and all reads as one.", requests, []query{
				{"{{method}} {{code}}", of(`sum by (method, code) (rate(rest_client_requests_total{method!="GET",MANAGERS}[$__rate_interval]))`)},
				{"GET", of(`sum(rate(rest_client_requests_total{method="GET",MANAGERS}[$__rate_interval]))`)},
			}},
		},
	},
	{
		title: "Processes",
		graphs: []panel{
			{"Builds", "Managers by the build that they are.", plain, one("{{version}}", `count by (version) (callplane_build_info{MANAGERS})`)},
			{"Memory", "Of each manager: what it has of the machine, and what of that is live or not yet collected.", bytes, []query{
				{"{{instance}} resident", of(`process_resident_memory_bytes{MANAGERS}`)},
				{"{{instance}} heap", of(`go_memstats_heap_inuse_bytes{MANAGERS}`)},
			}},
			{"CPU", "Cores.", plain, one("{{instance}}", `rate(process_cpu_seconds_total{MANAGERS}[$__rate_interval])`)},
			{"Goroutines", "", plain, one("{{instance}}", `go_goroutines{MANAGERS}`)},
		},
	},
}
