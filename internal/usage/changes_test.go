package usage

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
)

// recorder is a queue that shows what was added.
type recorder struct {
	workqueue.TypedRateLimitingInterface[reconcile.Request]
	added map[string]int
}

func (r recorder) AddAfter(request reconcile.Request, _ time.Duration) { r.added[request.Name]++ }

func TestChanges(t *testing.T) {
	used := func(n *v1alpha1.PhoneNumber) []types.NamespacedName {
		var names []types.NamespacedName
		for _, connection := range Connections(n) {
			if connection.Kind == v1alpha1.KindTwilioAccount {
				names = append(names, types.NamespacedName{Namespace: n.Namespace, Name: connection.Name})
			}
		}
		return names
	}
	moved := func(n *v1alpha1.PhoneNumber) { n.Spec.CarrierRef.Name = "another" }
	also := made("trunk", v1alpha1.KindTwilioAccount, "before")
	cases := map[string]struct {
		reason   string
		old, new *v1alpha1.PhoneNumber
		want     map[string]int
	}{
		"come":      {reason: "a new user is news", new: number("a"), want: map[string]int{"twilio": 1}},
		"gone":      {reason: "a user less is news", old: number("a"), want: map[string]int{"twilio": 1}},
		"unchanged": {reason: "other changes wake nobody", old: number("a"), new: number("a", agentless), want: map[string]int{}},
		"moved":     {reason: "both are to know", old: number("a"), new: number("a", moved), want: map[string]int{"twilio": 1, "another": 1}},
		"one more":  {reason: "all are to know", old: number("a"), new: number("a", also), want: map[string]int{"twilio": 2, "before": 1}},
		"one less":  {reason: "all are to know", old: number("a", also), new: number("a"), want: map[string]int{"twilio": 2, "before": 1}},
		"another order": {
			reason: "an order is no change", old: number("a", also),
			new: number("a", func(n *v1alpha1.PhoneNumber) { n.Spec.CarrierRef.Name = "before" }, made("trunk", v1alpha1.KindTwilioAccount, "twilio")), want: map[string]int{},
		},
		"let go": {reason: "what is torn down needs less", old: number("a", also), new: number("a", also, deleting), want: map[string]int{"twilio": 1, "before": 2}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			queue := recorder{added: map[string]int{}}
			handler := Changes(used)
			switch {
			case c.old == nil:
				handler.Create(t.Context(), event.CreateEvent{Object: c.new}, queue)
			case c.new == nil:
				handler.Delete(t.Context(), event.DeleteEvent{Object: c.old}, queue)
			default:
				handler.Update(t.Context(), event.UpdateEvent{ObjectOld: c.old, ObjectNew: c.new}, queue)
			}
			if diff := cmp.Diff(c.want, queue.added); diff != "" {
				t.Errorf("%s, -want +got:\n%s", c.reason, diff)
			}
		})
	}
}

func TestThrottle(t *testing.T) {
	now := time.Unix(rand.Int64N(4e9), 0)
	var throttle Throttle
	steps := []struct {
		reason string
		uid    types.UID
		after  time.Duration
		want   time.Duration
	}{
		{reason: "the first may pass", uid: "a"},
		{reason: "the second waits", uid: "a", want: 10 * time.Second},
		{reason: "another object does not", uid: "b"},
		{reason: "waiting does not make it longer", uid: "a", after: 9 * time.Second, want: time.Second},
		{reason: "then it may pass", uid: "a", after: 10 * time.Second},
		{reason: "and the next one waits again", uid: "a", after: 10 * time.Second, want: 10 * time.Second},
	}
	for _, step := range steps {
		if got := throttle.Pass(step.uid, now.Add(step.after)); got != step.want {
			t.Errorf("%s after %s: waits %s, want %s: %s", step.uid, step.after, got, step.want, step.reason)
		}
	}
}

// TestShow shows who is the first and who was the last at once, and all others in time.
func TestShow(t *testing.T) {
	now := time.Unix(rand.Int64N(4e9), 0)
	var throttle Throttle
	var status *v1alpha1.Users
	for _, step := range []struct {
		reason string
		users  int
		after  time.Duration
		wait   time.Duration
		shown  int32
	}{
		{reason: "that nobody uses it is shown once", shown: 0},
		{reason: "the first one shows at once", users: 1, after: time.Second, shown: 1},
		{reason: "the second one waits", users: 2, after: 2 * time.Second, wait: 8 * time.Second, shown: 1},
		{reason: "what shows already waits for nothing", users: 1, after: 3 * time.Second, shown: 1},
		{reason: "then it shows", users: 2, after: 10 * time.Second, shown: 2},
		{reason: "that the last one is gone shows at once", after: 11 * time.Second, shown: 0},
	} {
		wait := throttle.Show(&status, make([]v1alpha1.PhoneNumber, step.users), "uid", now.Add(step.after))
		if wait != step.wait || *status.Count != step.shown {
			t.Errorf("it shows %d and waits %s, want %d and %s: %s", *status.Count, wait, step.shown, step.wait, step.reason)
		}
	}
}

func TestThrottleSideBySide(t *testing.T) {
	now := time.Unix(rand.Int64N(4e9), 0)
	var throttle Throttle
	var mu sync.Mutex
	var group sync.WaitGroup
	passed := 0
	for range 16 {
		group.Go(func() {
			if throttle.Pass("a", now) == 0 {
				mu.Lock()
				defer mu.Unlock()
				passed++
			}
		})
	}
	group.Wait()
	if passed != 1 {
		t.Errorf("%d passed at once, want one", passed)
	}
}
