package telemetry

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	apifake "sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/budget"
)

// gathered is the value of each series, the count of a histogram's samples and their sum.
func gathered(t *testing.T, registry *prometheus.Registry) map[string]string {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			values[family.GetName()+labels(metric)] = value(metric)
		}
	}
	return values
}

func labels(metric *dto.Metric) string {
	var pairs []string
	for _, label := range metric.GetLabel() {
		pairs = append(pairs, label.GetName()+"="+label.GetValue())
	}
	return "{" + strings.Join(pairs, ",") + "}"
}

func value(metric *dto.Metric) string {
	switch {
	case metric.Gauge != nil:
		return fmt.Sprint(metric.GetGauge().GetValue())
	case metric.Counter != nil:
		return fmt.Sprint(metric.GetCounter().GetValue())
	default:
		return fmt.Sprint(metric.GetHistogram().GetSampleCount(), " in ", metric.GetHistogram().GetSampleSum())
	}
}

func wantGathered(t *testing.T, registry *prometheus.Registry, want map[string]string) {
	t.Helper()
	if diff := cmp.Diff(want, gathered(t, registry)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestRequests(t *testing.T) {
	now, registry := clocktesting.NewFakePassiveClock(time.Unix(1_800_000_000, 0)), prometheus.NewRegistry()
	watch := NewRequests(now, registry).Of("twilio")
	for _, code := range []int{200, 200, 429, 0} {
		ended := watch("GET /v1/Trunks/{sid}")
		now.SetTime(now.Now().Add(500 * time.Millisecond))
		ended(code)
	}
	wantGathered(t, registry, map[string]string{
		"callplane_provider_requests_total{code=200,operation=GET /v1/Trunks/{sid},provider=twilio}":  "2",
		"callplane_provider_requests_total{code=429,operation=GET /v1/Trunks/{sid},provider=twilio}":  "1",
		"callplane_provider_requests_total{code=none,operation=GET /v1/Trunks/{sid},provider=twilio}": "1",
		"callplane_provider_request_duration_seconds{operation=GET /v1/Trunks/{sid},provider=twilio}": "4 in 2",
	})
}

// TestBudgets shows who waits, and afterwards for how long, and who is left alone.
func TestBudgets(t *testing.T) {
	now, registry := clocktesting.NewFakeClock(time.Unix(1_800_000_000, 0)), prometheus.NewRegistry()
	queue, of := budget.NewQueue(now), budget.New(now)
	WatchBudgets(queue, of, registry)
	account := of.Account("one", budget.Terms{AtOnce: 1})
	account.Declare("an object", budget.Terms{})
	of.Account("two", budget.Terms{}).Declare("another object", budget.Terms{})
	of.Account("three", budget.Terms{}) // which nobody stands for any more
	var tickets []*budget.Ticket
	for i := range account.Capacity() {
		ticket, _ := queue.Enter(budget.Visit{Name: i, Lane: budget.Drift, Accounts: []*budget.Account{account}})
		tickets = append(tickets, ticket)
	}
	queue.Enter(budget.Visit{Name: "waits", Lane: budget.Teardown, Accounts: []*budget.Account{account}, Wake: func() {}})
	want := map[string]string{
		"callplane_budget_waiting{lane=drift}": "0", "callplane_budget_waiting{lane=provision}": "0", "callplane_budget_waiting{lane=teardown}": "1",
		"callplane_budget_accounts{state=Paused}": "0", "callplane_budget_accounts{state=Silent}": "0",
		"callplane_budget_accounts{state=Narrowed}": "0", "callplane_budget_accounts{state=Open}": "2",
	}
	wantGathered(t, registry, want)

	now.Step(3 * time.Second)
	tickets[0].Leave()
	of.Charge(t.Context(), budget.Caller{Account: account}).End(budget.Answer{Answered: true, Throttled: true, RetryAfter: time.Minute})
	want["callplane_budget_waiting{lane=teardown}"] = "0"
	want["callplane_budget_wait_duration_seconds{lane=teardown}"] = "1 in 3"
	want["callplane_budget_accounts{state=Paused}"], want["callplane_budget_accounts{state=Open}"] = "1", "1"
	wantGathered(t, registry, want)
}

// stuck is a cache that does not see all objects yet.
type stuck struct{ client.Reader }

func (stuck) List(ctx context.Context, _ client.ObjectList, _ ...client.ListOption) error {
	<-ctx.Done()
	return ctx.Err()
}

// TestNoObjectsYet gathers the rest while a cache has not started.
func TestNoObjectsYet(t *testing.T) {
	registry := prometheus.NewRegistry()
	WatchObjects(t.Context(), stuck{}, registry)
	wantGathered(t, registry, map[string]string{})
}

// TestObjects counts objects by what they say of themselves.
func TestObjects(t *testing.T) {
	scheme, registry := runtime.NewScheme(), prometheus.NewRegistry()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	number := func(name string, conditions ...metav1.Condition) *v1alpha1.PhoneNumber {
		number := &v1alpha1.PhoneNumber{ObjectMeta: metav1.ObjectMeta{Name: name}}
		number.Status.Conditions = conditions
		return number
	}
	ready := metav1.Condition{Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonActive}
	failed := metav1.Condition{Type: v1alpha1.ConditionCorrupted, Status: metav1.ConditionTrue, Reason: v1alpha1.ClassPermissionDenied}
	sound := metav1.Condition{Type: v1alpha1.ConditionCorrupted, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonNotCorrupted}
	account := &v1alpha1.TwilioAccount{ObjectMeta: metav1.ObjectMeta{Name: "one"}}
	account.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: metav1.ConditionFalse, Reason: v1alpha1.ClassAuthenticationFailed}}
	cached := apifake.NewClientBuilder().WithScheme(scheme).WithObjects(number("a", ready, sound), number("b", ready), number("c", failed), number("d"), account).Build()
	WatchObjects(t.Context(), cached, registry)
	wantGathered(t, registry, map[string]string{
		"callplane_objects{kind=PhoneNumber,reason=Active}":                    "2",
		"callplane_objects{kind=PhoneNumber,reason=Unseen}":                    "2",
		"callplane_objects{kind=TwilioAccount,reason=AuthenticationFailed}":    "1",
		"callplane_corrupted_objects{class=PermissionDenied,kind=PhoneNumber}": "1",
	})
}
