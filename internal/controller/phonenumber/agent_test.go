package phonenumber

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
)

// colleague is the agent that calls are moved to.
func colleague() *v1alpha1.VoiceAgent {
	agent := newAgent()
	agent.Name, agent.Spec.AgentName = "colleague", "specialist"
	return agent
}

// staffed is a number that is set up, and another agent beside its own.
func staffed(t *testing.T, changes ...change) *world {
	t.Helper()
	w := established(t, changes...)
	if err := w.api.Create(t.Context(), colleague()); err != nil {
		t.Fatal(err)
	}
	return w
}

func moved(n *v1alpha1.PhoneNumber)     { n.Spec.AgentRef = &v1alpha1.AgentReference{Name: "colleague"} }
func agentless(n *v1alpha1.PhoneNumber) { n.Spec.AgentRef = nil }

// goesAway deletes an agent that is still held.
func (w *world) goesAway(agent *v1alpha1.VoiceAgent) {
	w.t.Helper()
	agent.Finalizers = []string{v1alpha1.FinalizerInUse}
	if err := w.api.Update(w.t.Context(), w.current(agent)); err != nil {
		w.t.Fatal(err)
	}
	if err := w.api.Delete(w.t.Context(), agent); err != nil {
		w.t.Fatal(err)
	}
}

// answeredBy compares the only rule with the agent that it is to name.
func (w *world) answeredBy(what, agent string) {
	w.t.Helper()
	rules := w.platform.All("Rule")
	if len(rules) != 1 || rules[0].ID != "Rule-2" || rules[0].Spec != agent {
		w.t.Errorf("%s: the rules are %+v, want the one that there was, for %q", what, rules, agent)
	}
}

// TestWhoAnswers changes who answers: one Replace, and one write if the object says
// anything else by it.
func TestWhoAnswers(t *testing.T) {
	renamed := func(w *world) {
		agent := newAgent()
		agent.Spec.AgentName = "trainee"
		if err := w.api.Update(w.t.Context(), w.current(agent)); err != nil {
			w.t.Fatal(err)
		}
	}
	cases := map[string]struct {
		reason string
		before []change
		given  func(*world)
		writes []string
		answer string
		linked string
	}{
		"agent edited":  {reason: "the rule follows the agent", given: renamed, answer: "trainee", linked: "agent"},
		"number moved":  {reason: "the rule follows the number", given: func(w *world) { w.edit(moved) }, writes: []string{"status PhoneNumber"}, answer: "specialist", linked: "colleague"},
		"agent removed": {reason: "LiveKit's automatic dispatch answers", given: func(w *world) { w.edit(agentless) }, writes: []string{"status PhoneNumber"}},
		"agent added":   {reason: "instead of LiveKit's automatic dispatch", before: []change{agentless}, given: func(w *world) { w.edit(moved) }, writes: []string{"status PhoneNumber"}, answer: "specialist", linked: "colleague"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := staffed(t, c.before...)
			c.given(w)
			w.visited()
			if diff := cmp.Diff([]string{"update Rule"}, w.mutations()); diff != "" {
				t.Errorf("%s; changes, -want +got:\n%s", c.reason, diff)
			}
			if diff := cmp.Diff(c.writes, w.writes()); diff != "" {
				t.Errorf("%s; writes, -want +got:\n%s", c.reason, diff)
			}
			w.answeredBy(c.reason, c.answer)
			if number := w.number(); number.Status.LinkedAgent != c.linked || condition(number, v1alpha1.ConditionReady).Reason != v1alpha1.ReasonActive {
				t.Errorf("%s; linked to %q: %+v", c.reason, number.Status.LinkedAgent, number.Status.Conditions)
			}
			if len(w.events.lines) > 0 {
				t.Errorf("%s; events %q, want none: it was Ready all the time", c.reason, w.events.lines)
			}
			w.forget()
			w.visited()
			if len(w.mutations())+len(w.writes()) > 0 {
				t.Errorf("%s; then %q, want nothing more", c.reason, w.happened())
			}
		})
	}
}

// TestAgentThatCannotBeHad says what is wrong with the reference, and leaves the
// number to who answers it.
func TestAgentThatCannotBeHad(t *testing.T) {
	missing, leaving := `the VoiceAgent "colleague" does not exist in this namespace`, `the VoiceAgent "colleague" is being deleted`
	cases := map[string]struct {
		reason string
		start  func(*testing.T) *world
		given  func(*world)
		says   string
		answer string
	}{
		"its own is gone": {
			reason: "the rule needs no VoiceAgent", start: func(t *testing.T) *world { t.Helper(); return established(t) },
			given: func(w *world) { w.remove(newAgent()) }, says: `the VoiceAgent "agent" does not exist in this namespace`, answer: "receptionist",
		},
		"moved to nobody": {
			reason: "the agent before goes on answering", start: func(t *testing.T) *world { t.Helper(); return established(t) },
			given: func(w *world) { w.edit(moved) }, says: missing, answer: "receptionist",
		},
		"moved to one that leaves": {
			reason: "nothing is linked any more to an agent that is to go", start: func(t *testing.T) *world { t.Helper(); return staffed(t) },
			given: func(w *world) { w.goesAway(colleague()); w.edit(moved) }, says: leaving, answer: "receptionist",
		},
		"from automatic to one that leaves": {
			reason: "nothing is linked any more to an agent that is to go", start: func(t *testing.T) *world { t.Helper(); return staffed(t, agentless) },
			given: func(w *world) { w.goesAway(colleague()); w.edit(moved) }, says: leaving,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := c.start(t)
			linked := w.number().Status.LinkedAgent
			c.given(w)
			w.visited()
			number := w.number()
			if ready := condition(number, v1alpha1.ConditionReady); ready.Reason != v1alpha1.ReasonReferenceNotFound || ready.Message != c.says || len(w.calls()) > 0 {
				t.Errorf("%s: Ready is %+v after %q, want ReferenceNotFound: %s", c.reason, ready, w.calls(), c.says)
			}
			w.answeredBy(c.reason, c.answer)
			if number.Status.LinkedAgent != linked {
				t.Errorf("%s: it is linked to %q, want %q as before", c.reason, number.Status.LinkedAgent, linked)
			}
			w.delete()
			w.settle(c.reason)
			w.holds("deleting needs no agent", onlyTheNumber)
		})
	}
}

// TestNewNumberOfALeavingAgent makes nothing.
func TestNewNumberOfALeavingAgent(t *testing.T) {
	w := newWorld(t)
	w.goesAway(newAgent())
	w.visited()
	ready := condition(w.number(), v1alpha1.ConditionReady)
	if want := `the VoiceAgent "agent" is being deleted`; ready.Reason != v1alpha1.ReasonReferenceNotFound || ready.Message != want || len(w.calls()) > 0 {
		t.Errorf("Ready is %+v after %q, want %s", ready, w.calls(), want)
	}
	if number := w.number(); len(number.Finalizers)+len(number.Status.ExternalResources) > 0 {
		t.Errorf("got %+v, want nothing to be begun", number)
	}
}

// TestLeavingAgentGoesOnAnswering mends what drifted for a number that is linked to an
// agent which is to go, and makes anew what was lost.
func TestLeavingAgentGoesOnAnswering(t *testing.T) {
	w := established(t)
	w.goesAway(newAgent())
	w.platform.All("Rule")[0].Spec = "changed by hand"
	w.visited()
	w.answeredBy("after a change by hand", "receptionist")
	w.platform.vanish(t, "Rule")
	w.settle("after the rule was deleted by hand")
	w.holds("after the rule was deleted by hand", oneOfEach)
}

// aboutToMove is a number whose next visit moves it.
func aboutToMove(t *testing.T) *world {
	t.Helper()
	w := staffed(t)
	w.edit(moved)
	return w
}

// TestMoveDies lets the process die at every effect of a move: the next one ends it,
// and the rule is there all the time.
func TestMoveDies(t *testing.T) {
	everyDeath(t, aboutToMove, func(w *world, death string) {
		if rules := w.platform.All("Rule"); len(rules) != 1 {
			t.Errorf("%s: there are %d rules", death, len(rules))
		}
		w.restart(time.Second)
		w.settle(death)
		w.answeredBy(death, "specialist")
		if linked := w.number().Status.LinkedAgent; linked != "colleague" {
			t.Errorf("%s: linked to %q", death, linked)
		}
	})
}

// TestMoveConflict has the object changed while its rule is replaced.
func TestMoveConflict(t *testing.T) {
	w := aboutToMove(t)
	w.failWrite(1, func(work func() error) error { w.edit(touched); return work() })
	if _, err := w.visit(); err == nil {
		t.Fatal("want a conflict")
	}
	w.rewind()
	w.settle("after a conflict")
	w.answeredBy("after a conflict", "specialist")
	if diff := cmp.Diff([]string{"update Rule"}, w.mutations()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestMoveFails shows the refusal of the provider, while the agent before answers.
func TestMoveFails(t *testing.T) {
	w := aboutToMove(t)
	w.failAt("update Rule", 1, refusal(external.ProviderUnavailable))
	w.visited()
	number := w.number()
	if got := condition(number, v1alpha1.ConditionReady).Reason; got != v1alpha1.ClassProviderUnavailable || number.Status.LinkedAgent != "agent" {
		t.Errorf("Ready says %s and it is linked to %q", got, number.Status.LinkedAgent)
	}
	w.answeredBy("after a refusal", "receptionist")
	w.rewind()
	w.settle("then")
	w.answeredBy("then", "specialist")
}

// TestRuleGoneWhileItMoves has somebody delete the rule just before it is replaced: it
// is made anew, for the new agent, once its absence can be believed.
func TestRuleGoneWhileItMoves(t *testing.T) {
	w := aboutToMove(t)
	w.meddle = func(_ int, e effect, work func() error) error {
		if e.what == "update Rule" {
			w.meddle = nil
			w.platform.vanish(t, "Rule")
		}
		return work()
	}
	w.visited()
	if ready := condition(w.number(), v1alpha1.ConditionReady); ready.Reason != v1alpha1.ReasonProvisioning || w.number().Status.Problem != "" {
		t.Errorf("Ready is %+v, want it to be looked for again", ready)
	}
	w.clock.SetTime(w.clock.Now().Add(time.Second))
	w.visited()
	if len(w.creates()) > 0 {
		t.Errorf("%q was made before the grace was over", w.creates())
	}
	w.settle("after the grace")
	w.holds("after the grace", oneOfEach)
	if rule := w.platform.All("Rule")[0]; rule.Spec != "specialist" {
		t.Errorf("the rule is %+v, want the new agent to answer", rule)
	}
}

// TestWhoIsWokenByAnAgent wakes those that an agent answers, or is to.
func TestWhoIsWokenByAnAgent(t *testing.T) {
	w := staffed(t)
	w.edit(moved)
	for _, agent := range []*v1alpha1.VoiceAgent{newAgent(), colleague()} {
		woken := w.usersOfAgent(t.Context(), agent)
		if len(woken) != 1 || woken[0].NamespacedName != client.ObjectKeyFromObject(w.number()) {
			t.Errorf("%s wakes %v, want the number that moves", agent.Name, woken)
		}
	}
}
