package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/failpoint"
	"github.com/callplane/callplane/test/twiliosim"
	"github.com/callplane/callplane/test/world"
)

// A phase is a part of a lifecycle in which the manager can die.
type phase struct {
	name, outcome string
	// covers are the effects to die at; nil for a phase in which nobody dies.
	covers func(effect string) bool
	// begin causes the effects, undisturbed awaits and checks what they lead to.
	begin, undisturbed func(*testing.T)
	// down is what people do while the manager is dead, if anything; end awaits
	// and checks what it makes of everything once it was started again.
	down, end func(*testing.T)

	effects, deaths []string
	// survived says, by death, what came after it.
	survived map[string]string
}

func (m *matrix) provision(covers func(string) bool) *phase {
	return &phase{name: "provision", outcome: "one of each", covers: covers, begin: m.create, undisturbed: m.setUp, end: m.setUp}
}

func (m *matrix) teardown(covers func(string) bool) *phase {
	return &phase{name: "teardown", outcome: "none left", covers: covers, begin: m.delete, undisturbed: m.tornDown, end: m.tornDown}
}

// halfway is a number that is deleted before it was set up.
func (m *matrix) halfway(covers func(string) bool) *phase {
	return &phase{name: "provision, then deleted", outcome: "none left", covers: covers, begin: m.create, undisturbed: m.setUp, down: m.delete, end: m.tornDown}
}

func (m *matrix) release(covers func(string) bool) *phase {
	return &phase{name: "release", outcome: "none left", covers: covers, begin: m.delete, undisturbed: m.released, end: m.released}
}

func (m *matrix) retain(covers func(string) bool) *phase {
	return &phase{name: "retain", outcome: "one record", covers: covers, begin: m.delete, undisturbed: m.retained, end: m.retained}
}

// takeOver is a number of the name of one that was retained.
func (m *matrix) takeOver(covers func(string) bool) *phase {
	return &phase{name: "take-over", outcome: "one of each", covers: covers, begin: m.createAgain, undisturbed: m.takenOver, end: m.takenOver}
}

// learn takes the effects that the phase covers. There is a death before and
// after each.
func (p *phase) learn(t *testing.T, reached []string) {
	t.Helper()
	if p.covers == nil {
		return
	}
	p.effects = slices.DeleteFunc(slices.Clone(reached), func(effect string) bool { return !p.covers(effect) })
	if len(p.effects) == 0 {
		t.Fatalf("there is nothing in %s at which the manager could die: %q", p.name, reached)
	}
	for _, effect := range p.effects {
		p.deaths = append(p.deaths, failpoint.Before+" "+effect, failpoint.After+" "+effect)
	}
}

// death is the one of a lifecycle. The phase with fewer of them begins anew; in
// one without any, nobody dies.
func (p *phase) death(i int) string {
	if len(p.deaths) == 0 {
		return ""
	}
	return p.deaths[i%len(p.deaths)]
}

// note keeps what came after a death.
func (p *phase) note(t *testing.T, death string, took time.Duration) {
	t.Helper()
	if p.survived == nil {
		p.survived = map[string]string{}
	}
	p.survived[death] = fmt.Sprintf("%s in %.1f s", p.outcome, took.Seconds())
	if t.Failed() {
		p.survived[death] = "FAILED"
	}
}

// log shows the matrix.
func (m *matrix) log(t *testing.T) {
	t.Helper()
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, p := range m.steps {
		if len(p.effects) > 0 {
			p.write(table)
		}
	}
	if err := table.Flush(); err != nil {
		t.Fatal(err)
	}
	t.Logf("the kill matrix, %s\n\n%s", m.name, text.String())
	m.bridge.log(t)
}

// write adds the phase's part of the matrix to a table.
func (p *phase) write(table *tabwriter.Writer) {
	fmt.Fprintf(table, "%s\tkilled before\tkilled after\n", strings.ToUpper(p.name))
	for _, effect := range p.effects {
		fmt.Fprintf(table, "%s\t%s\t%s\n", effect, p.survived[failpoint.Before+" "+effect], p.survived[failpoint.After+" "+effect])
	}
	fmt.Fprintf(table, "%d effects, %d kills\n\n", len(p.effects), len(p.survived))
}

func (m *matrix) create(t *testing.T) {
	t.Helper()
	if len(m.world.Twilio.Numbers(m.world.Account.SID)) == 0 { // it was released
		m.world.Twilio.AddNumber(m.world.Account.SID, m.world.Number, twiliosim.NumberOptions{})
	}
	m.make(t, world.Outbound, world.Policy(m.policy))
}

func (m *matrix) createAgain(t *testing.T) {
	t.Helper()
	m.make(t, world.Outbound)
}

func (m *matrix) make(t *testing.T, changes ...func(*v1alpha1.PhoneNumber)) {
	t.Helper()
	number := m.world.PhoneNumber("support-line", changes...)
	create(t, m.world, number)
	m.bridge.created(number)
}

func (m *matrix) delete(t *testing.T) {
	t.Helper()
	remove(t, m.world, m.world.PhoneNumber("support-line"))
	m.bridge.deleted()
}

// setUp sees one of each resource.
func (m *matrix) setUp(t *testing.T) {
	t.Helper()
	m.awaitIdle(t, "phonenumber") // it may say Active from before the death
	number := awaitActive(t, m.world, "support-line")
	m.awaitHolders(t, true)
	m.awaitIdle(t)
	wantOneOfEach(t, m.world)
	wantNames(t, m.world, number)
	wantRoute(t, m.world, number)
	if trunks := m.world.Twilio.Trunks(""); len(trunks) == 1 && numberOnTrunk(t, m.world) != trunks[0].SID {
		t.Errorf("the number is on trunk %q, want %q", numberOnTrunk(t, m.world), trunks[0].SID)
	}
	if got := len(number.Status.ExternalResources); got != 12 {
		t.Errorf("%d resources are recorded, want 12: %s", got, render(number.Status))
	}
}

// tornDown sees that nothing is left but the number, free.
func (m *matrix) tornDown(t *testing.T) {
	t.Helper()
	m.gone(t)
	if trunk := numberOnTrunk(t, m.world); trunk != "" {
		t.Errorf("the number is still on trunk %s", trunk)
	}
}

// released sees that not even the number is left.
func (m *matrix) released(t *testing.T) {
	t.Helper()
	m.gone(t)
	if numbers := m.world.Twilio.Numbers(""); len(numbers) > 0 {
		t.Errorf("the account still has %v", numbers)
	}
}

func (m *matrix) gone(t *testing.T) {
	t.Helper()
	awaitGone(t, m.world, m.world.PhoneNumber("support-line"))
	m.awaitHolders(t, false)
	m.awaitIdle(t)
	awaitNoLogins(t, m.world)
	wantHoldings(t, m.world, nothing)
	wantDropped(t, m.world)
	wantRecords(t, m.world)
}

// retained sees one of each resource and one record of them.
func (m *matrix) retained(t *testing.T) {
	t.Helper()
	awaitGone(t, m.world, m.world.PhoneNumber("support-line"))
	m.awaitIdle(t)
	wantOneOfEach(t, m.world)
	wantRecords(t, m.world, 12)
}

// takenOver sees one of each resource, all of the new number, and no record.
func (m *matrix) takenOver(t *testing.T) {
	t.Helper()
	m.setUp(t)
	wantRecords(t, m.world)
}

// wantRecords compares how many resources each open record lists.
func wantRecords(t *testing.T, w *world.World, want ...int) {
	t.Helper()
	var records v1alpha1.OrphanRecordList
	if err := w.Client.List(t.Context(), &records, client.InNamespace(world.ManagerNamespace)); err != nil {
		t.Fatal(err)
	}
	var got []int
	for _, record := range records.Items {
		if record.Spec.Owner.Namespace == w.Namespace && record.Status.State == v1alpha1.OrphanOpen {
			got = append(got, len(record.Status.Resources))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("resources in each open record (-want +got):\n%s", diff)
	}
}
