package docs_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	apifake "sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/budget"
	"github.com/callplane/callplane/internal/controller/orphan"
	"github.com/callplane/callplane/internal/controller/phonenumber"
	"github.com/callplane/callplane/internal/controller/siptrunk"
	"github.com/callplane/callplane/internal/telemetry"
)

// TestMetrics sees that reference/metrics.md, which is made from the code, lists what the
// manager shows: all metrics and no others, with their kinds and their labels.
func TestMetrics(t *testing.T) {
	page, err := os.ReadFile("reference/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]string{}
	for _, row := range metricRow.FindAllStringSubmatch(string(page), -1) {
		var labels []string
		for _, label := range quoted.FindAllStringSubmatch(row[3], -1) {
			labels = append(labels, label[1])
		}
		listed[row[1]] = described(row[2], labels)
	}
	if diff := cmp.Diff(shownByManager(t), listed); diff != "" {
		t.Errorf("-shown +in reference/metrics.md:\n%s", diff)
	}
}

func described(kind string, labels []string) string {
	return strings.ToLower(kind) + " " + strings.Join(slices.Sorted(slices.Values(labels)), ",")
}

// shownByManager is what a registry gathers in which all metrics of the manager are, each
// with a series.
func shownByManager(t *testing.T) map[string]string {
	t.Helper()
	registry := filled{prometheus.NewRegistry()}
	ours := metrics.Registry
	metrics.Registry = registry
	defer func() { metrics.Registry = ours }()
	telemetry.ShowBuild(registry)
	phonenumber.RegisterMetrics()
	siptrunk.RegisterMetrics()
	telemetry.NewRequests(clock.RealClock{}, registry)
	queue, of := crowd()
	telemetry.WatchBudgets(queue, of, func(string) string { return "twilio" }, registry)
	telemetry.WatchObjects(t.Context(), objects(t), registry)
	new(orphan.Keeper).RegisterMetrics(t.Context(), objects(t), registry, "twilio")

	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]string{}
	for _, family := range families {
		var labels []string
		for _, label := range family.GetMetric()[0].GetLabel() {
			labels = append(labels, label.GetName())
		}
		shown[family.GetName()] = described(family.GetType().String(), labels)
	}
	return shown
}

// filled is a registry in which each vector has a series: one without is not gathered.
type filled struct{ *prometheus.Registry }

func (f filled) MustRegister(collectors ...prometheus.Collector) {
	for _, collector := range collectors {
		switch vector := collector.(type) {
		case *prometheus.CounterVec:
			fill(vector.MetricVec)
		case *prometheus.HistogramVec:
			fill(vector.MetricVec)
		}
	}
	f.Registry.MustRegister(collectors...)
}

// fill makes a series with as many values as the vector has labels; how many, it does not
// tell.
func fill(vector *prometheus.MetricVec) {
	for count := range 10 {
		if _, err := vector.GetMetricWithLabelValues(make([]string, count)...); err == nil {
			return
		}
	}
}

// crowd is an account with one visit more than it lets in.
func crowd() (*budget.Queue, *budget.Budgets) {
	queue, of := budget.NewQueue(clock.RealClock{}), budget.New(clock.RealClock{})
	account := of.Account("main", budget.Terms{AtOnce: 1})
	account.Declare("an object", budget.Terms{})
	for name := range account.Capacity() + 1 {
		queue.Enter(budget.Visit{Name: name, Lane: budget.Teardown, Accounts: []*budget.Account{account}, Wake: func() {}})
	}
	return queue, of
}

// objects are a number that nobody has seen, and one whose cleanup has failed.
func objects(t *testing.T) client.Reader {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	number := func(name string) *v1alpha1.PhoneNumber {
		created := metav1.Unix(1_800_000_000, 0)
		return &v1alpha1.PhoneNumber{ObjectMeta: metav1.ObjectMeta{Name: name, CreationTimestamp: created}}
	}
	failing := number("failing")
	failing.Finalizers, failing.DeletionTimestamp = []string{v1alpha1.FinalizerTeardown}, &failing.CreationTimestamp
	failing.Status.Conditions = []metav1.Condition{{
		Type: v1alpha1.ConditionCorrupted, Status: metav1.ConditionTrue, Reason: v1alpha1.ClassPermissionDenied,
	}}
	return apifake.NewClientBuilder().WithScheme(scheme).WithObjects(number("unseen"), failing).Build()
}
