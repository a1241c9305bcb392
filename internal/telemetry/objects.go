package telemetry

import (
	"context"
	"reflect"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/connection"
)

var (
	objects = prometheus.NewDesc("callplane_objects",
		"Objects by kind and by the reason of their condition Ready; Unseen for those that have none yet.", []string{"kind", "reason"}, nil)
	corrupted = prometheus.NewDesc("callplane_corrupted_objects",
		"Objects whose cleanup has failed, by kind and error class.", []string{"kind", "class"}, nil)
)

// unseen is the reason of what nobody has looked at yet.
const unseen = "Unseen"

// A census counts objects in a cache whenever somebody gathers: what is counted when it
// happens would be wrong after a start.
type census struct {
	ctx    context.Context //nolint:containedctx // prometheus.Collector has none; it ends with the manager
	cached client.Reader
}

// WatchObjects counts objects as a cache shows them, for whoever gathers from the registry,
// until the context ends.
func WatchObjects(ctx context.Context, cached client.Reader, registry prometheus.Registerer) {
	registry.MustRegister(census{ctx, cached})
}

// Describe says what there is.
func (census) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- objects
	descriptions <- corrupted
}

// A tally is a label's value, for each kind.
type tally map[[2]string]int

// mostPatience is how long whoever gathers waits for a cache that has not seen all yet.
const mostPatience = time.Second

// Collect leaves out what the cache cannot list in time, as when it has just started.
func (c census) Collect(samples chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(c.ctx, mostPatience)
	defer cancel()
	byReason, byClass := tally{}, tally{}
	for _, list := range []client.ObjectList{
		&v1alpha1.PhoneNumberList{}, &v1alpha1.SIPTrunkList{}, &v1alpha1.TwilioAccountList{}, &v1alpha1.LiveKitProjectList{}, &v1alpha1.VoiceAgentList{},
	} {
		if c.cached.List(ctx, list, client.UnsafeDisableDeepCopy) != nil {
			continue
		}
		// It counts what it is given, and fails at nothing.
		_ = meta.EachListItem(list, func(object runtime.Object) error {
			count(object, byReason, byClass)
			return nil
		})
	}
	for labels, number := range byReason {
		samples <- gauge(objects, number, labels[0], labels[1])
	}
	for labels, number := range byClass {
		samples <- gauge(corrupted, number, labels[0], labels[1])
	}
}

func count(object runtime.Object, byReason, byClass tally) {
	kind, conditions := reflect.TypeOf(object).Elem().Name(), conditionsOf(object)
	reason := unseen
	if ready := meta.FindStatusCondition(conditions, v1alpha1.ConditionReady); ready != nil {
		reason = ready.Reason
	}
	byReason[[2]string{kind, reason}]++
	if failed := meta.FindStatusCondition(conditions, v1alpha1.ConditionCorrupted); failed != nil && failed.Status == metav1.ConditionTrue {
		byClass[[2]string{kind, failed.Reason}]++
	}
}

func conditionsOf(object runtime.Object) []metav1.Condition {
	switch object := object.(type) {
	case v1alpha1.Owner:
		return object.Lifecycle().Conditions
	case connection.Object:
		return object.ConnectionStatus().Conditions
	case *v1alpha1.VoiceAgent:
		return object.Status.Conditions
	}
	return nil
}
