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
		"Objects by kind and by the reason of their condition Ready; Unseen for those that have none yet. One that was just deleted and waits for its turn counts as it did before, for 20 s or, where hundreds wait, for longer.", []string{"kind", "reason"}, nil)
	oldestNotReady = prometheus.NewDesc("callplane_oldest_not_ready_timestamp_seconds",
		"Since when the object is not Ready that has not been for longest, by kind and by the reason of Ready; of those that are not being deleted. There is no series for none.", []string{"kind", "reason"}, nil)
	corrupted = prometheus.NewDesc("callplane_corrupted_objects",
		"Objects whose cleanup has failed, by kind and error class. There is no series for none.", []string{"kind", "class"}, nil)
	deleting = prometheus.NewDesc("callplane_deleting_objects",
		"PhoneNumbers and SIPTrunks that are being deleted, by kind and by the reason of their condition Deleting; Unseen for those that have none yet. There is no series for none.", []string{"kind", "reason"}, nil)
	oldestDeletion = prometheus.NewDesc("callplane_oldest_deletion_timestamp_seconds",
		"Since when the PhoneNumber or SIPTrunk is being deleted that has been for longest, by kind and by the reason of Deleting. There is no series for none.", []string{"kind", "reason"}, nil)
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
	for _, description := range []*prometheus.Desc{objects, oldestNotReady, corrupted, deleting, oldestDeletion} {
		descriptions <- description
	}
}

// mostPatience is how long whoever gathers waits for a cache that has not seen all yet.
const mostPatience = time.Second

// Collect leaves out what the cache cannot list in time, as when it has just started.
func (c census) Collect(samples chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(c.ctx, mostPatience)
	defer cancel()
	counted := tally{}
	for _, list := range []client.ObjectList{
		&v1alpha1.PhoneNumberList{}, &v1alpha1.SIPTrunkList{}, &v1alpha1.TwilioAccountList{}, &v1alpha1.LiveKitProjectList{}, &v1alpha1.VoiceAgentList{},
	} {
		if c.cached.List(ctx, list, client.UnsafeDisableDeepCopy) != nil {
			continue
		}
		// It counts what it is given, and fails at nothing.
		_ = meta.EachListItem(list, func(object runtime.Object) error {
			counted.add(object.(client.Object))
			return nil
		})
	}
	for series, group := range counted {
		samples <- gauge(series.of, group.size, series.kind, series.reason)
		if oldest := oldestOf[series.of]; oldest != nil && !group.since.IsZero() {
			samples <- timestamp(oldest, group.since, series.kind, series.reason)
		}
	}
}

// oldestOf is what tells since when the oldest one is of those that are counted.
var oldestOf = map[*prometheus.Desc]*prometheus.Desc{objects: oldestNotReady, deleting: oldestDeletion}

// A tally is how many objects have a reason in common, for each thing that is counted.
type (
	tally  map[series]group
	series struct {
		of           *prometheus.Desc
		kind, reason string
	}
	group struct {
		size int
		// since is the earliest time of those that have one.
		since time.Time
	}
)

func (t tally) add(object client.Object) {
	kind, conditions := reflect.TypeOf(object).Elem().Name(), conditionsOf(object)
	ready := meta.FindStatusCondition(conditions, v1alpha1.ConditionReady)
	t.count(series{objects, kind, reasonOf(ready)}, notReadySince(object, ready))
	if failed := meta.FindStatusCondition(conditions, v1alpha1.ConditionCorrupted); failed != nil && failed.Status == metav1.ConditionTrue {
		t.count(series{corrupted, kind, failed.Reason}, time.Time{})
	}
	if _, ok := object.(v1alpha1.Owner); ok && object.GetDeletionTimestamp() != nil {
		at := meta.FindStatusCondition(conditions, v1alpha1.ConditionDeleting)
		t.count(series{deleting, kind, reasonOf(at)}, object.GetDeletionTimestamp().Time)
	}
}

func (t tally) count(in series, since time.Time) {
	group := t[in]
	group.size++
	if group.since.IsZero() || !since.IsZero() && since.Before(group.since) {
		group.since = since
	}
	t[in] = group
}

func reasonOf(condition *metav1.Condition) string {
	if condition == nil {
		return unseen
	}
	return condition.Reason
}

// notReadySince is zero for an object that is ready, or is being deleted.
func notReadySince(object client.Object, ready *metav1.Condition) time.Time {
	switch {
	case object.GetDeletionTimestamp() != nil:
		return time.Time{}
	case ready == nil:
		return object.GetCreationTimestamp().Time
	case ready.Status == metav1.ConditionTrue:
		return time.Time{}
	}
	return ready.LastTransitionTime.Time
}

func conditionsOf(object client.Object) []metav1.Condition {
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
