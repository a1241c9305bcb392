package plan

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
)

// bits are decisions that the fuzzer makes; they end in zeros.
type bits struct{ data []byte }

func (b *bits) next(below int) int {
	if len(b.data) == 0 {
		return 0
	}
	taken := b.data[0]
	b.data = b.data[1:]
	return int(taken) % below
}

var slots = []external.Slot{"a", "b", "c", "d", "e", "f", "g", "h"}

// A situation is what a planner may be given.
type situation struct {
	desired []external.Resource
	entries []ledger.Entry
	found   Findings
	now     time.Time
}

func situationOf(data []byte) situation {
	choose := &bits{data: data}
	s := situation{found: Findings{}, now: time.Unix(1e9, 0)}
	for _, slot := range slots[:1+choose.next(len(slots))] {
		resource := external.Resource{Slot: slot, Kind: "Thing"}
		if of := choose.next(2 * len(slots)); of < len(slots) && slots[of] != slot {
			resource.Parent = slots[of]
		}
		for range choose.next(3) {
			resource.After = append(resource.After, slots[choose.next(len(slots))])
		}
		if choose.next(3) == 0 {
			resource.Inputs = map[string]external.Ref{"input": {Slot: slots[choose.next(len(slots))], Output: external.OutputID}}
		}
		s.desired = append(s.desired, resource)
		s.remember(choose, slot)
	}
	return s
}

// remember chooses what is recorded and what was found of a resource.
func (s *situation) remember(choose *bits, slot external.Slot) {
	if choose.next(3) > 0 {
		states := []v1alpha1.State{v1alpha1.StatePending, v1alpha1.StateReady, v1alpha1.StateMissing, v1alpha1.StateOutdated}
		entry := ledger.Entry{Slot: string(slot), State: states[choose.next(len(states))]}
		if choose.next(4) > 0 {
			entry.Since = new(metav1.NewTime(s.now.Add(-time.Duration(choose.next(60)) * time.Second)))
		}
		entry.ID = []string{"", "id-of-" + string(slot)}[choose.next(2)]
		s.entries = append(s.entries, entry)
	}
	switch choose.next(4) {
	case 1:
		s.found[slot] = Finding{Found: true, Observation: external.Observation{ID: "id"}}
	case 2:
		s.found[slot] = Finding{Found: true, Observation: external.Observation{ID: "id", Drift: []string{"name"}}}
	case 3:
		s.found[slot] = Finding{}
	}
}

// FuzzProvision holds plans of arbitrary resources, ledgers and findings against what
// any plan must be like.
func FuzzProvision(f *testing.F) {
	for i := range 32 {
		seed := make([]byte, 64)
		for j := range seed {
			seed[j] = byte((i + 3) * (j + 7) * (i + j + 1))
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := situationOf(data)
		before := situationOf(data)
		steps, err := Provision(s.desired, s.entries, s.found, s.now, grace)
		if diff := cmp.Diff(before.entries, s.entries); diff != "" {
			t.Errorf("the ledger was changed: %s", diff)
		}
		if err != nil {
			wantCircle(t, s.desired)
			return
		}
		if len(steps) != len(s.desired) {
			t.Fatalf("%d steps for %d resources", len(steps), len(s.desired))
		}
		created := map[external.Slot]bool{}
		for i, step := range steps {
			for _, need := range step.Resource.Needs() {
				if has(s.desired, need) && !slices.ContainsFunc(steps[:i], func(earlier Step) bool { return earlier.Resource.Slot == need }) {
					t.Errorf("%s comes before %s, which it needs", step.Resource.Slot, need)
				}
			}
			s.wantJustified(t, step, created)
			created[step.Resource.Slot] = step.Action == Create
		}
	})
}

// wantJustified sees that nothing is created that may exist, or is waited for that
// does.
func (s *situation) wantJustified(t *testing.T, step Step, created map[external.Slot]bool) {
	t.Helper()
	slot := step.Resource.Slot
	entry, recorded := ledger.Find(s.entries, slot)
	found := s.found[slot].Found
	switch step.Action {
	case Create:
		doubted := entry.State == v1alpha1.StatePending || entry.State == v1alpha1.StateMissing
		overdue := doubted && entry.Since != nil && !s.now.Before(entry.Since.Add(grace))
		if found || recorded && !overdue && !created[step.Resource.Parent] {
			t.Errorf("%s is created again: found %v, recorded as %+v", slot, found, entry)
		}
	case Keep, Update:
		if !found {
			t.Errorf("%s is taken to be there, and was not found", slot)
		}
	case Wait, Miss:
		if found || !recorded || step.Until.Before(s.now) || step.Until.After(s.now.Add(grace)) {
			t.Errorf("%s is waited for until %s: found %v, recorded %v", slot, step.Until, found, recorded)
		}
	}
}

// wantCircle sees that some of the resources cannot be put into an order: whatever
// needs nothing else is taken away until there is no more of that.
func wantCircle(t *testing.T, resources []external.Resource) {
	t.Helper()
	rest := slices.Clone(resources)
	for range resources {
		rest = slices.DeleteFunc(slices.Clone(rest), func(r external.Resource) bool {
			return !slices.ContainsFunc(r.Needs(), func(need external.Slot) bool { return has(rest, need) })
		})
	}
	if len(rest) == 0 {
		t.Errorf("%v could be put into an order", external.Slots(resources))
	}
}
