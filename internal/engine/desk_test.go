package engine_test

import (
	"context"
	"errors"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/plan"
	"github.com/callplane/callplane/internal/provider/fake"
)

// errDied is what every call answers once the process has died, so that
// nothing of it goes on.
var errDied = errors.New("the process has died")

// A desk does what the reconciler does around the engine: it writes down what
// is about to be made, and what was made. What it has written survives it.
type desk struct {
	cloud   *fake.Provider
	now     time.Time
	grace   time.Duration
	written []ledger.Entry
	// dead desks write nothing down any more.
	dead  bool
	steps []plan.Step
}

func newDesk(*testing.T) *desk {
	d := &desk{cloud: newCloud(), now: instant, grace: grace}
	d.cloud.Now = func() time.Time { return d.now }
	return d
}

// established is a desk with a number that is set up, and an empty log.
func established(t *testing.T) *desk {
	t.Helper()
	d := newDesk(t)
	if err := d.provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.cloud.Forget()
	return d
}

// restart begins anew with what is written, a while later.
func (d *desk) restart(after time.Duration) {
	d.cloud.Heal()
	d.now, d.dead = d.now.Add(after), false
}

// dieAt lets the process die at the nth call from now on.
func (d *desk) dieAt(nth int, applied bool) {
	d.cloud.Fail(fake.Fault{Nth: nth, Applied: applied, Down: true, Err: errDied})
}

func (d *desk) write(entries []ledger.Entry) {
	if !d.dead {
		d.written = entries
	}
}

// provision is one attempt; nil also if something must wait.
func (d *desk) provision(ctx context.Context) error {
	err := d.construct(ctx)
	d.dead = d.dead || errors.Is(err, errDied)
	return err
}

func (d *desk) construct(ctx context.Context) error {
	ordered, err := plan.Order(wanted())
	if err != nil {
		return err
	}
	construction := &engine.Construction{Sessions: sessions(d.cloud), Marker: marker, Ledger: d.written}
	found, err := construction.Observe(ctx, ordered)
	if err != nil {
		return err
	}
	if d.steps, err = plan.Provision(ordered, d.written, found, d.now, d.grace); err != nil {
		return err
	}
	d.fence()
	for result := range construction.Provision(ctx, d.steps) {
		if result.Err != nil {
			return result.Err
		}
		d.note(result.Resource, result.Observation)
		d.intend()
	}
	return nil
}

// fence writes what was seen and what is intended.
func (d *desk) fence() {
	for _, step := range d.steps {
		entry := d.entry(step.Resource)
		switch {
		case step.Action == plan.Miss:
			entry.State, entry.Since = v1alpha1.StateMissing, new(metav1.NewTime(d.now))
			d.put(entry)
		case step.Action == plan.Keep || step.Action == plan.Update:
			d.note(step.Resource, step.Observed)
		case step.Action == plan.Create && entry.State == v1alpha1.StateReady:
			d.write(ledger.Remove(d.written, step.Resource.Slot))
		}
	}
	d.intend()
}

func (d *desk) intend() {
	for _, step := range d.steps {
		if entry := d.entry(step.Resource); step.Action == plan.Create && entry.State != v1alpha1.StateReady {
			d.intent(step.Resource, entry)
		}
	}
}

func (d *desk) intent(resource external.Resource, entry ledger.Entry) {
	ids := map[external.Slot]string{}
	for _, slot := range resource.Needs() {
		needed, ok := ledger.Find(d.written, slot)
		if !ok || needed.State != v1alpha1.StateReady {
			return
		}
		ids[slot] = needed.ID
	}
	entry.State, entry.Since = v1alpha1.StatePending, new(metav1.NewTime(d.now))
	entry.ID = ids[resource.Inputs[resource.Association].Slot]
	entry.ParentID = ids[resource.Parent]
	d.put(entry)
}

func (d *desk) note(resource external.Resource, observation external.Observation) {
	d.put(ledger.Observed(d.entry(resource), observation))
}

func (d *desk) put(entry ledger.Entry) {
	d.write(ledger.Put(d.written, plan.Slots(d.steps), entry))
}

func (d *desk) entry(resource external.Resource) ledger.Entry {
	if entry, ok := ledger.Find(d.written, resource.Slot); ok {
		return entry
	}
	entry := ledger.Entry{
		Slot: string(resource.Slot), Provider: resource.Provider, Kind: resource.Kind, Account: resource.Provider,
		Connection: v1alpha1.Connection{Kind: "Account", Name: resource.Provider},
		Origin:     v1alpha1.OriginCreated, State: v1alpha1.StatePending,
	}
	switch {
	case resource.Existing:
		entry.Origin = v1alpha1.OriginAdopted
	case resource.Parent == "":
		entry.Name = marker(resource.Slot)
	}
	return entry
}

// teardown is one attempt; it writes down what is left.
func (d *desk) teardown(ctx context.Context) []engine.Outcome {
	outcomes := demolition(d.cloud, d.written, d.now).Run(ctx)
	for _, outcome := range outcomes {
		d.dead = d.dead || errors.Is(outcome.Err, errDied)
	}
	d.write(remaining(outcomes))
	return outcomes
}

// withoutLists makes of the number one that has no outbound calls.
func (d *desk) withoutLists(t *testing.T) {
	t.Helper()
	lists := []external.Slot{external.SlotCredentialListLink, external.SlotCredential, external.SlotCredentialList}
	var entries []ledger.Entry
	for _, slot := range lists {
		entry, _ := ledger.Find(d.written, slot)
		entries = append([]ledger.Entry{entry}, entries...)
		d.write(ledger.Remove(d.written, slot))
	}
	if got := remaining(demolition(d.cloud, entries, d.now).Run(t.Context())); len(got) > 0 {
		t.Fatalf("left %v", got)
	}
}

// deleteByHand is what a person does who cleans up.
func (d *desk) deleteByHand(t *testing.T, kind, id string, account ...string) {
	t.Helper()
	work, _ := d.cloud.Session(append(account, carrier)[0]).Driver(kind)
	if err := work.Delete(t.Context(), external.Call{ID: id}); err != nil {
		t.Fatal(err)
	}
	d.cloud.Forget()
}
