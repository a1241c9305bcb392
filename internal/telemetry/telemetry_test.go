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
	WatchBudgets(queue, of, func(account string) string {
		provider, _, _ := strings.Cut(account, " ")
		return provider
	}, registry)
	account := of.Account("twilio one", budget.Terms{AtOnce: 1})
	account.Declare("an object", budget.Terms{})
	of.Account("twilio two", budget.Terms{}).Declare("another object", budget.Terms{})
	of.Account("livekit three", budget.Terms{}) // which nobody stands for any more
	var tickets []*budget.Ticket
	for i := range account.Capacity() {
		ticket, _ := queue.Enter(budget.Visit{Name: i, Lane: budget.Drift, Accounts: []*budget.Account{account}})
		tickets = append(tickets, ticket)
	}
	for _, name := range []string{"waits", "came later"} {
		queue.Enter(budget.Visit{Name: name, Lane: budget.Teardown, Accounts: []*budget.Account{account}, Wake: func() {}})
		now.Step(time.Second)
	}
	queue.Forget("came later")
	want := map[string]string{
		"callplane_budget_waiting{lane=drift}": "0", "callplane_budget_waiting{lane=provision}": "0", "callplane_budget_waiting{lane=teardown}": "1",
		"callplane_budget_oldest_wait_timestamp_seconds{lane=teardown}": "1.8e+09",
		"callplane_budget_accounts{provider=twilio,state=Paused}":       "0", "callplane_budget_accounts{provider=twilio,state=Silent}": "0",
		"callplane_budget_accounts{provider=twilio,state=Narrowed}": "0", "callplane_budget_accounts{provider=twilio,state=Open}": "2",
	}
	wantGathered(t, registry, want)

	now.Step(time.Second)
	tickets[0].Leave()
	of.Charge(t.Context(), budget.Caller{Account: account}).End(budget.Answer{Answered: true, Throttled: true, RetryAfter: time.Minute})
	want["callplane_budget_waiting{lane=teardown}"] = "0"
	want["callplane_budget_wait_duration_seconds{lane=teardown}"] = "1 in 3"
	delete(want, "callplane_budget_oldest_wait_timestamp_seconds{lane=teardown}")
	want["callplane_budget_accounts{provider=twilio,state=Paused}"], want["callplane_budget_accounts{provider=twilio,state=Open}"] = "1", "1"
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

// TestObjects counts objects by what they say of themselves, and tells since when the
// oldest one says so.
func TestObjects(t *testing.T) {
	scheme, registry := runtime.NewScheme(), prometheus.NewRegistry()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	at := func(second int64) metav1.Time { return metav1.Unix(1_800_000_000+second, 0) }
	condition := func(of string, status metav1.ConditionStatus, reason string, since int64) metav1.Condition {
		return metav1.Condition{Type: of, Status: status, Reason: reason, LastTransitionTime: at(since)}
	}
	number := func(name string, conditions ...metav1.Condition) *v1alpha1.PhoneNumber {
		number := &v1alpha1.PhoneNumber{ObjectMeta: metav1.ObjectMeta{Name: name, CreationTimestamp: at(9)}}
		number.Status.Conditions = conditions
		return number
	}
	deleted := func(name string, second int64, conditions ...metav1.Condition) *v1alpha1.PhoneNumber {
		number := number(name, conditions...)
		number.DeletionTimestamp, number.Finalizers = new(at(second)), []string{v1alpha1.FinalizerTeardown}
		return number
	}
	ready := condition(v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonActive, 1)
	inUse := func(since int64) metav1.Condition {
		return condition(v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonNumberInUse, since)
	}
	sound := condition(v1alpha1.ConditionCorrupted, metav1.ConditionFalse, v1alpha1.ReasonNotCorrupted, 1)
	failed := condition(v1alpha1.ConditionCorrupted, metav1.ConditionTrue, v1alpha1.ClassPermissionDenied, 1)
	gone := condition(v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ReasonDeleting, 1)
	retrying := condition(v1alpha1.ConditionDeleting, metav1.ConditionTrue, v1alpha1.ReasonRetrying, 1)
	account := &v1alpha1.TwilioAccount{ObjectMeta: metav1.ObjectMeta{Name: "one"}}
	account.Status.Conditions = []metav1.Condition{condition(v1alpha1.ConditionReady, metav1.ConditionFalse, v1alpha1.ClassAuthenticationFailed, 2)}
	cached := apifake.NewClientBuilder().WithScheme(scheme).WithObjects(
		number("active", ready, sound), number("active too", ready), number("unseen"),
		number("in use", inUse(7)), number("in use for longer", inUse(5)), number("in use of late", inUse(6)),
		deleted("failing", 4, gone, retrying, failed), deleted("retrying", 3, gone, retrying), deleted("just deleted", 8, ready),
		account).Build()
	WatchObjects(t.Context(), cached, registry)
	wantGathered(t, registry, map[string]string{
		"callplane_objects{kind=PhoneNumber,reason=Active}":                                            "3",
		"callplane_objects{kind=PhoneNumber,reason=Unseen}":                                            "1",
		"callplane_objects{kind=PhoneNumber,reason=NumberInUse}":                                       "3",
		"callplane_objects{kind=PhoneNumber,reason=Deleting}":                                          "2",
		"callplane_objects{kind=TwilioAccount,reason=AuthenticationFailed}":                            "1",
		"callplane_oldest_not_ready_timestamp_seconds{kind=PhoneNumber,reason=Unseen}":                 "1.800000009e+09",
		"callplane_oldest_not_ready_timestamp_seconds{kind=PhoneNumber,reason=NumberInUse}":            "1.800000005e+09",
		"callplane_oldest_not_ready_timestamp_seconds{kind=TwilioAccount,reason=AuthenticationFailed}": "1.800000002e+09",
		"callplane_corrupted_objects{class=PermissionDenied,kind=PhoneNumber}":                         "1",
		"callplane_deleting_objects{kind=PhoneNumber,reason=Retrying}":                                 "2",
		"callplane_deleting_objects{kind=PhoneNumber,reason=Unseen}":                                   "1",
		"callplane_oldest_deletion_timestamp_seconds{kind=PhoneNumber,reason=Retrying}":                "1.800000003e+09",
		"callplane_oldest_deletion_timestamp_seconds{kind=PhoneNumber,reason=Unseen}":                  "1.800000008e+09",
	})
}
