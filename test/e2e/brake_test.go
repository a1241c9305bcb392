package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/bed/livekit"
	"github.com/callplane/callplane/test/twiliosim"
	"github.com/callplane/callplane/test/world"
)

const (
	// massSize is how many numbers are deleted at once, and atOnce how many of them
	// may be torn down at once.
	massSize = 12
	atOnce   = 2
)

// TestBrake deletes many numbers at once: never more of them than the account allows
// are torn down at once, in the order of their deletion, also by a manager that was
// killed and started again. The others take calls, and one can still be held.
func TestBrake(t *testing.T) {
	m := newMass(t)
	m.deleteAll(t)
	held := m.holdOne(t)
	m.await(t, massSize-4)
	m.manager.Kill()
	m.look(t)
	m.manager = startManager(t, m.world)
	m.await(t, 1)
	if numbers := m.list(t.Context(), t); numbers[0].Name != held || m.answered[held] == 0 {
		t.Errorf("%s is left, and %s was seen to answer %d times, want it to answer and be the only one", numbers[0].Name, held, m.answered[held])
	}
	annotate(t, m.world, held, v1alpha1.AnnotationPaused, "")
	m.await(t, 0)
	wantHoldings(t, m.world, nothing)
	t.Logf("%d looks at calls to those that wait", m.looks())
	m.wantFewAtOnce(t)
	m.wantInOrder(t, held)
	newTrial(t, m.world, m.manager).check(t)
}

// A mass is many numbers that are deleted at once.
type mass struct {
	world   *world.World
	manager *world.Manager
	// deleted is how all of them were when they had been deleted.
	deleted []v1alpha1.PhoneNumber
	// answered counts how often each was seen to take calls while it waited.
	answered map[string]int
}

func newMass(t *testing.T) *mass {
	t.Helper()
	w := emptyWorld(t)
	account := w.TwilioAccount()
	account.Spec.MaxConcurrentTeardowns = new(int32(atOnce))
	create(t, w, w.TwilioSecret(), account, w.LiveKitSecret(), w.LiveKitProject(), w.VoiceAgent())
	m := &mass{world: w, manager: startManager(t, w), answered: map[string]int{}}
	for _, number := range manyNumbers(t, w, massSize) {
		awaitActive(t, w, number.GetName())
	}
	return m
}

// deleteAll deletes them within two seconds of the API. Each teardown takes a while,
// and the first ones last until all are deleted and one is held.
func (m *mass) deleteAll(t *testing.T) {
	t.Helper()
	deletes := twiliosim.Match{Operation: "trunk.delete"}
	m.world.Twilio.Inject(twiliosim.Fault{Match: deletes, Count: atOnce, Action: twiliosim.Delay(4 * time.Second)})
	m.world.Twilio.Inject(twiliosim.Fault{Match: deletes, Count: twiliosim.Forever, Action: twiliosim.Delay(500 * time.Millisecond)})
	m.world.Twilio.ResetLog()
	numbers := m.list(t.Context(), t)
	rand.Shuffle(len(numbers), func(i, j int) { numbers[i], numbers[j] = numbers[j], numbers[i] })
	for i := range numbers {
		if i == massSize/2 {
			m.awaitNextSecond(t, numbers[0].Name)
		}
		remove(t, m.world, &numbers[i])
		m.deleted = append(m.deleted, *get(t, m.world, numbers[i].Name))
	}
}

func (m *mass) awaitNextSecond(t *testing.T, since string) {
	t.Helper()
	began := time.Now().Unix()
	eventually(t, "the second after "+since+" was deleted", func(context.Context) string {
		if time.Now().Unix() == began {
			return "it has not come"
		}
		return ""
	})
}

// holdOne pauses one in the middle of those that wait.
func (m *mass) holdOne(t *testing.T) string {
	t.Helper()
	waiting := slices.DeleteFunc(m.list(t.Context(), t), func(n v1alpha1.PhoneNumber) bool { return n.Status.Teardown != nil })
	slices.SortFunc(waiting, inOrder)
	held := &waiting[len(waiting)/2]
	patch := client.MergeFrom(held.DeepCopy())
	held.Annotations = map[string]string{v1alpha1.AnnotationPaused: "true"}
	if err := m.world.Client.Patch(t.Context(), held, patch); err != nil || held.Status.Teardown != nil {
		t.Fatalf("error %v, and its teardown is %+v, want it to be held before it has begun", err, held.Status.Teardown)
	}
	return held.Name
}

// inOrder is the order in which numbers wait.
func inOrder(a, b v1alpha1.PhoneNumber) int {
	if before := a.DeletionTimestamp.Compare(b.DeletionTimestamp.Time); before != 0 {
		return before
	}
	return strings.Compare(string(a.UID), string(b.UID))
}

func (m *mass) list(ctx context.Context, t *testing.T) []v1alpha1.PhoneNumber {
	t.Helper()
	var numbers v1alpha1.PhoneNumberList
	if err := m.world.Client.List(ctx, &numbers, client.InNamespace(m.world.Namespace)); err != nil && ctx.Err() == nil {
		t.Fatal(err)
	}
	return numbers.Items
}

// await looks at all of them until so many are left.
func (m *mass) await(t *testing.T, left int) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d numbers to be left", left), func(context.Context) string {
		if now := m.look(t); now > left {
			return fmt.Sprintf("there are %d", now)
		}
		return ""
	})
}

// look sees how many are being torn down at one moment, and whether those that wait
// take calls, and says how many are left.
func (m *mass) look(t *testing.T) int {
	t.Helper()
	numbers := m.list(t.Context(), t)
	begun := 0
	for i := range numbers {
		if numbers[i].Status.Teardown != nil {
			begun++
			continue
		}
		m.wantAnswered(t, &numbers[i])
	}
	if begun > atOnce {
		t.Errorf("%d are torn down at once, want %d at most", begun, atOnce)
	}
	return len(numbers)
}

// wantAnswered asks the real LiveKit what becomes of a call to a number, unless its
// turn has come meanwhile.
func (m *mass) wantAnswered(t *testing.T, number *v1alpha1.PhoneNumber) {
	t.Helper()
	got, err := m.world.Oracle.Route(t.Context(), "+14155550199", number.Spec.Number, "54.172.60.1")
	if err != nil {
		t.Fatal(err)
	}
	key := client.ObjectKeyFromObject(number)
	if m.world.Client.Get(t.Context(), key, number) != nil || number.Status.Teardown != nil {
		return
	}
	if got.Result != livekit.Accept || len(got.Agents) != 1 {
		t.Errorf("%s waits, and a call to it is routed to %+v", number.Name, got)
	}
	if reason, _ := condition(number, v1alpha1.ConditionDeleting); reason == v1alpha1.ReasonAwaitingBudget || reason == v1alpha1.ReasonPaused {
		m.answered[number.Name]++
	}
}

func (m *mass) looks() int {
	looks := 0
	for _, count := range m.answered {
		looks += count
	}
	return looks
}

// spans are the first and the last call that Twilio got for each number.
func (m *mass) spans() map[string][2]int {
	spans := map[string][2]int{}
	for at, call := range m.world.Twilio.Calls() {
		name, ok := m.concerned(call)
		if !ok {
			continue
		}
		if _, began := spans[name]; !began {
			spans[name] = [2]int{at, at}
		}
		spans[name] = [2]int{spans[name][0], at}
	}
	return spans
}

// concerned is the number whose resource a call names.
func (m *mass) concerned(call twiliosim.Call) (string, bool) {
	for _, number := range m.deleted {
		for _, entry := range number.Status.ExternalResources {
			if strings.Contains(call.Path, entry.ID) {
				return number.Name, true
			}
		}
	}
	return "", false
}

func (m *mass) wantFewAtOnce(t *testing.T) {
	t.Helper()
	spans := m.spans()
	if len(spans) != massSize {
		t.Errorf("Twilio was called for %d numbers, want %d", len(spans), massSize)
	}
	most := 0
	for _, began := range spans {
		under := 0
		for _, span := range spans {
			if span[0] <= began[0] && began[0] <= span[1] {
				under++
			}
		}
		most = max(most, under)
	}
	if most != atOnce {
		t.Errorf("Twilio was called for %d numbers at once, want %d", most, atOnce)
	}
}

// wantInOrder compares the order in which those that waited began. Of the places that
// become free together, it does not matter which is taken first.
func (m *mass) wantInOrder(t *testing.T, held string) {
	t.Helper()
	spans := m.spans()
	began := func(a, b v1alpha1.PhoneNumber) int { return spans[a.Name][0] - spans[b.Name][0] }
	got := slices.SortedFunc(slices.Values(m.deleted), began)[atOnce:]
	got = slices.DeleteFunc(got, func(n v1alpha1.PhoneNumber) bool { return n.Name == held })
	want := slices.SortedFunc(slices.Values(got), inOrder)
	for i, number := range got {
		if should := slices.IndexFunc(want, func(n v1alpha1.PhoneNumber) bool { return n.UID == number.UID }); should-i >= atOnce || i-should >= atOnce {
			t.Errorf("those that waited began in another order than they were deleted, -want +got:\n%s", cmp.Diff(namesOf(want), namesOf(got)))
			return
		}
	}
}

func namesOf(numbers []v1alpha1.PhoneNumber) []string {
	var all []string
	for _, number := range numbers {
		all = append(all, number.Name)
	}
	return all
}
