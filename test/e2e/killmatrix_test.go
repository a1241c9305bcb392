package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/world"
)

// A scenario says which part of a lifecycle is gone through, and in what
// surroundings, so that this part has the same effects in every run.
type scenario struct {
	reason   string
	surround func(*testing.T, *world.World)
	covers   func(effect string) bool
	// fresh begins every phase with a new manager: lists of users are written at
	// most every 10 s, but the first one at once.
	fresh bool
}

// TestKillMatrix kills the manager before and after every provider call and
// every API write of a provision and of a teardown, and starts it again: there
// is one of each resource, then none, and nobody had to help.
func TestKillMatrix(t *testing.T) {
	cases := map[string]scenario{
		"Number": {
			reason:   "What is done for one number, while its account and project are in use by another one.",
			surround: addNeighbour,
			covers:   func(effect string) bool { return !ofHolding(effect) },
		},
		"Holding": {
			reason: "What the first number of an account, a project and an agent writes into these, and what the last one does.",
			covers: func(effect string) bool {
				// Account and project may both let go of a Secret; a second write is
				// refused, and there are runs without one. The first status of the
				// number says that it waits for them.
				first := strings.HasSuffix(effect, " #1")
				return first && (ofHolding(effect) || strings.Contains(effect, "api PUT phonenumbers/support-line/status"))
			},
			fresh: true,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			m := newMatrix(t, tc)
			m.record(t)
			defer m.log(t)
			if !m.run(t) {
				t.Log(tc.reason)
			}
			m.wantNoLogins(t)
		})
	}
}

// ofHolding reports whether an effect is a write to what numbers refer to.
func ofHolding(effect string) bool {
	return strings.HasPrefix(effect, "api ") && !strings.Contains(effect, " phonenumbers/") && !strings.HasPrefix(effect, "api POST secrets ")
}

// addNeighbour adds another number, which uses account, project and agent and
// for which nothing is done.
func addNeighbour(t *testing.T, w *world.World) {
	t.Helper()
	create(t, w, w.PhoneNumber("neighbour", func(n *v1alpha1.PhoneNumber) {
		n.Spec.Number = "+14155550101"
		n.Annotations = map[string]string{v1alpha1.AnnotationPaused: "true"}
	}))
}

// A matrix is what becomes of a manager's deaths, each in a lifecycle of its
// own of a number, all in one world.
type matrix struct {
	scenario
	world      *world.World
	failpoints failpoints
	manager    *world.Manager
	// phases of a lifecycle.
	provision, teardown phase
}

func newMatrix(t *testing.T, tc scenario) *matrix {
	t.Helper()
	folder := failpoints(t.TempDir())
	m := &matrix{scenario: tc, failpoints: folder, world: newWorld(t, world.Options{Logf: t.Logf, Failpoints: string(folder)})}
	m.provision = phase{name: "provision", outcome: "one of each", begin: m.create, end: m.setUp}
	m.teardown = phase{name: "teardown", outcome: "none left", begin: m.delete, end: m.tornDown}
	if err := m.world.Populate(testContext(t)); err != nil {
		t.Fatal(err)
	}
	if tc.surround != nil {
		tc.surround(t, m.world)
	}
	m.start(t)
	return m
}

// record learns the effects from a lifecycle in which nobody dies.
func (m *matrix) record(t *testing.T) {
	t.Helper()
	for _, s := range []*phase{&m.provision, &m.teardown} {
		m.renew(t)
		m.failpoints.arm(t, s.name)
		s.begin(t)
		s.end(t)
		s.effects = slices.DeleteFunc(m.failpoints.reached(t), func(effect string) bool { return !m.covers(effect) })
		if len(s.effects) == 0 {
			t.Fatalf("the %s has no effects", s.name)
		}
	}
}

// run pairs each death of a provision with one of a teardown. A failure ends it:
// what is left behind would spoil the next lifecycle.
func (m *matrix) run(t *testing.T) bool {
	t.Helper()
	first, second := m.provision.deaths(), m.teardown.deaths()
	for i := range max(len(first), len(second)) {
		// The shorter one begins anew.
		first, second := first[i%len(first)], second[i%len(second)]
		if !t.Run(first+", "+second, func(t *testing.T) { m.lifecycle(t, first, second) }) {
			return false
		}
	}
	return true
}

func (m *matrix) lifecycle(t *testing.T, first, second string) {
	t.Helper()
	m.die(t, &m.provision, first)
	m.die(t, &m.teardown, second)
}

// die lets the manager die at one effect of a phase, starts it again, and waits
// for the end of the phase.
func (m *matrix) die(t *testing.T, s *phase, death string) {
	t.Helper()
	m.renew(t)
	showLogOfFailure(t, m.manager)
	m.failpoints.arm(t, death)
	s.begin(t)
	m.failpoints.awaitDeath(t, m.manager, death)
	m.failpoints.disarm(t)
	began := time.Now()
	m.start(t)
	s.end(t)
	s.note(t, death, time.Since(began))
}

func (m *matrix) start(t *testing.T) {
	t.Helper()
	m.manager = startManager(t, m.world, world.InsecureMetrics, "--create-grace=1s")
	m.awaitIdle(t)
}

// renew starts another manager where every phase needs a new one.
func (m *matrix) renew(t *testing.T) {
	t.Helper()
	if m.fresh {
		m.manager.Kill()
		m.start(t)
	}
}

func (m *matrix) awaitIdle(t *testing.T, controllers ...string) {
	t.Helper()
	awaitIdle(t, m.manager, append(controllers, "twilioaccount", "livekitproject", "voiceagent")...)
}

func (m *matrix) create(t *testing.T) {
	t.Helper()
	create(t, m.world, m.world.PhoneNumber("support-line", world.Outbound))
}

// setUp sees one of each resource.
func (m *matrix) setUp(t *testing.T) {
	t.Helper()
	m.awaitIdle(t, "phonenumber") // it may say Active from before the death
	number := awaitActive(t, m.world, "support-line")
	m.awaitHolders(t, true)
	m.awaitIdle(t)
	wantOneOfEach(t, m.world)
	wantRoute(t, m.world, number)
	if trunks := m.world.Twilio.Trunks(""); len(trunks) == 1 && numberOnTrunk(t, m.world) != trunks[0].SID {
		t.Errorf("the number is on trunk %q, want %q", numberOnTrunk(t, m.world), trunks[0].SID)
	}
	if got := len(number.Status.ExternalResources); got != 12 {
		t.Errorf("%d resources are recorded, want 12: %s", got, render(number.Status))
	}
}

func (m *matrix) delete(t *testing.T) {
	t.Helper()
	remove(t, m.world, m.world.PhoneNumber("support-line"))
}

// tornDown sees that nothing is left.
func (m *matrix) tornDown(t *testing.T) {
	t.Helper()
	awaitGone(t, m.world, m.world.PhoneNumber("support-line"))
	m.awaitHolders(t, false)
	m.awaitIdle(t)
	wantHoldings(t, m.world, nothing)
	wantDropped(t, m.world)
	if trunk := numberOnTrunk(t, m.world); trunk != "" {
		t.Errorf("the number is still on trunk %s", trunk)
	}
}
