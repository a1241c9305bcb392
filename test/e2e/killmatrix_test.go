package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/bed/kube"
	"github.com/callplane/callplane/test/world"
)

// A scenario is a lifecycle of a number whose effects, as far as its phases
// cover them, are the same in every run.
type scenario struct {
	name   string
	reason string
	phases func(*matrix) []*phase
	policy v1alpha1.DeletionPolicy
	// alone is without a neighbour: the number is the first and the last one of
	// its account, its project and its agent.
	alone bool
	// fresh begins every phase with a new manager: lists of users are written at
	// most every 10 s, but the first one at once.
	fresh bool
	// explored has a twin of the number go through the same in the explorer.
	explored bool
}

// TestKillMatrix kills the manager before and after every provider call and
// every API write of a provision and of a teardown, and starts it again: there
// is one of each resource, then none, and nobody had to help. Most of it is
// waiting, so two scenarios go on at a time, each on a control plane of its own.
func TestKillMatrix(t *testing.T) {
	t.Parallel()
	cases := []scenario{
		{
			name:     "Number",
			reason:   "All that is done for one number, while its account and project are in use by another one.",
			phases:   func(m *matrix) []*phase { return []*phase{m.provision(ofNumber), m.teardown(ofNumber)} },
			explored: true,
		},
		{
			name:   "Holding",
			reason: "What the first number of an account, a project and an agent writes into these, and what the last one does.",
			phases: func(m *matrix) []*phase { return []*phase{m.provision(ofHolding), m.teardown(ofHolding)} },
			alone:  true, fresh: true,
		},
		{
			name:     "Halfway",
			reason:   "A number is deleted while the manager is dead, when something may have been made of which there is no record.",
			phases:   func(m *matrix) []*phase { return []*phase{m.halfway(ofCreates)} },
			explored: true,
		},
		{
			name:   "Release",
			reason: "The number is given back, and a number that is gone cannot be asked for any more.",
			phases: func(m *matrix) []*phase { return []*phase{m.provision(nil), m.release(ofGivingBack)} },
			policy: v1alpha1.DeletionPolicyRelease, explored: true,
		},
		{
			name:   "Retain",
			reason: "Everything stays, and one record says so, until a number of the same name takes it over.",
			phases: func(m *matrix) []*phase {
				return []*phase{m.provision(nil), m.retain(ofNumber), m.takeOver(ofChanges), m.teardown(nil)}
			},
			policy: v1alpha1.DeletionPolicyRetain, explored: true,
		},
		{
			name:   "Trunk",
			reason: "A shared trunk is set up with its first number, which then moves to another one.",
			phases: func(m *matrix) []*phase { return []*phase{m.trunksUp(ofCreates), m.move(ofMove), m.trunksDown(nil)} },
		},
	}
	planes := twoPlanes(t)
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			own := <-planes
			t.Cleanup(func() { planes <- own })
			m := newMatrix(t, own, tc)
			m.record(t)
			defer m.log(t)
			m.run(t)
			if t.Failed() {
				t.Log(tc.reason)
			}
		})
	}
}

// twoPlanes holds the control planes that nobody uses.
func twoPlanes(t *testing.T) chan *kube.ControlPlane {
	t.Helper()
	second, err := startPlane(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = second.Stop() })
	planes := make(chan *kube.ControlPlane, 2)
	planes <- plane
	planes <- second
	return planes
}

// ofNumber covers what is written for the number itself, and every call.
func ofNumber(effect string) bool {
	return !strings.HasPrefix(effect, "api ") || strings.HasPrefix(effect, "api POST ") ||
		strings.Contains(effect, " phonenumbers/") || strings.Contains(effect, " orphanrecords/")
}

// ofHolding covers what is written into that to which numbers refer, and the
// first status of the number, which says that it waits for this. Account and
// project may both let go of a Secret; a second write is refused, and there are
// runs without one.
func ofHolding(effect string) bool {
	return strings.HasSuffix(effect, " #1") &&
		(!ofNumber(effect) || strings.HasPrefix(effect, "api PUT phonenumbers/support-line/status "))
}

func ofCreates(effect string) bool {
	return strings.HasPrefix(effect, "twilio POST ") || strings.HasPrefix(effect, "livekit Create")
}

// ofGivingBack covers what a release does that no other teardown does.
func ofGivingBack(effect string) bool {
	return strings.Contains(effect, "/IncomingPhoneNumbers") || strings.Contains(effect, " phonenumbers/")
}

// ofChanges leaves out the reads.
func ofChanges(effect string) bool {
	return ofNumber(effect) && !strings.HasPrefix(effect, "twilio GET ") && !strings.HasPrefix(effect, "livekit List")
}

// A matrix is what becomes of a manager's deaths, each in a lifecycle of its
// own of a number, all in one world.
type matrix struct {
	scenario
	steps      []*phase
	world      *world.World
	failpoints failpoints
	manager    *world.Manager
	bridge     *bridge
}

func newMatrix(t *testing.T, plane *kube.ControlPlane, tc scenario) *matrix {
	t.Helper()
	folder := t.TempDir()
	m := &matrix{scenario: tc, failpoints: failpoints(folder), world: newWorldOn(t, plane, world.Options{Logf: t.Logf, Failpoints: folder})}
	m.steps = tc.phases(m)
	if tc.explored {
		m.bridge = newBridge(t, m.world)
	}
	if err := m.world.Populate(testContext(t)); err != nil {
		t.Fatal(err)
	}
	if !m.alone {
		create(t, m.world, m.world.PhoneNumber("neighbour", func(n *v1alpha1.PhoneNumber) {
			n.Spec.Number = "+14155550101"
			// It uses account, project and agent, and nothing is done for it.
			n.Annotations = map[string]string{v1alpha1.AnnotationPaused: "true"}
		}))
	}
	m.start(t)
	return m
}

// record learns the effects from a lifecycle in which nobody dies.
func (m *matrix) record(t *testing.T) {
	t.Helper()
	var all []string
	m.bridge.born()
	for _, p := range m.steps {
		m.renew(t)
		m.failpoints.arm(t, p.name)
		p.begin(t)
		p.undisturbed(t)
		reached := m.failpoints.reached(t)
		m.bridge.undisturbed(t, reached)
		p.learn(t, reached)
		all = append(all, reached...)
		if p.down != nil {
			p.down(t)
			p.end(t)
			m.bridge.rested(t)
		}
	}
	// Without this a transport that lost its failpoints would pass unseen.
	for _, kind := range []string{"twilio ", "livekit ", "api "} {
		if !slices.ContainsFunc(all, func(effect string) bool { return strings.HasPrefix(effect, kind) }) {
			t.Fatalf("there is no %seffect in %q", kind, all)
		}
	}
}

// run goes through all deaths; the phases share the lifecycles. A failure ends
// it: what is left behind would spoil the next lifecycle.
func (m *matrix) run(t *testing.T) {
	t.Helper()
	longest := 0
	for _, p := range m.steps {
		longest = max(longest, len(p.deaths))
	}
	for i := range longest {
		if !t.Run(m.title(i), func(t *testing.T) { m.lifecycle(t, i) }) {
			return
		}
	}
}

func (m *matrix) title(i int) string {
	var deaths []string
	for _, p := range m.steps {
		if death := p.death(i); death != "" {
			deaths = append(deaths, death)
		}
	}
	return strings.Join(deaths, ", ")
}

func (m *matrix) lifecycle(t *testing.T, i int) {
	t.Helper()
	m.bridge.born()
	for _, p := range m.steps {
		m.renew(t)
		m.live(t, p, p.death(i))
	}
}

// live goes through a phase. The manager dies at one effect of it, is started
// again, and nobody does anything else.
func (m *matrix) live(t *testing.T, p *phase, death string) {
	t.Helper()
	showLogOfFailure(t, m.manager)
	m.failpoints.arm(t, death)
	p.begin(t)
	if death == "" {
		p.undisturbed(t)
		m.bridge.rested(t)
		return
	}
	m.failpoints.awaitDeath(t, m.manager, death)
	m.failpoints.disarm(t)
	m.bridge.died(t, death)
	if p.down != nil {
		p.down(t)
	}
	began := time.Now()
	m.start(t)
	p.end(t)
	took := time.Since(began)
	m.bridge.rested(t)
	p.note(t, death, took)
	if t.Failed() {
		t.FailNow() // what comes next would fail for this
	}
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
