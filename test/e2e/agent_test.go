package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/bed/livekit"
	"github.com/callplane/callplane/test/world"
)

// team is how many numbers one agent answers.
const team = 5

// deskAgent is a second agent.
func deskAgent(w *world.World) *v1alpha1.VoiceAgent {
	agent := w.VoiceAgent()
	agent.Name, agent.Spec.AgentName, agent.Spec.Metadata = "desk", "desk-agent", "de"
	return agent
}

// editAgent changes the spec of an agent.
func editAgent(t *testing.T, w *world.World, name string, change func(*v1alpha1.VoiceAgentSpec)) {
	t.Helper()
	agent := w.VoiceAgent()
	if err := w.Client.Get(t.Context(), client.ObjectKey{Namespace: w.Namespace, Name: name}, agent); err != nil {
		t.Fatal(err)
	}
	change(&agent.Spec)
	if err := w.Client.Update(t.Context(), agent); err != nil {
		t.Fatal(err)
	}
}

// answeredBy has a number answered by another agent, or by none.
func answeredBy(t *testing.T, w *world.World, number, agent string) {
	t.Helper()
	live := get(t, w, number)
	live.Spec.AgentRef = nil
	if agent != "" {
		live.Spec.AgentRef = &v1alpha1.AgentReference{Name: agent}
	}
	if err := w.Client.Update(t.Context(), live); err != nil {
		t.Fatal(err)
	}
}

// callsTo is what LiveKit makes of a call to a number, with the room up to the
// caller.
func callsTo(ctx context.Context, w *world.World, e164 string) (livekit.Route, error) {
	got, err := w.Oracle.Route(ctx, "+14155550199", e164, "54.172.60.1")
	got.RoomName, _, _ = strings.Cut(got.RoomName, "_")
	return got, err
}

// awaitRoute waits until calls to a number are answered as they are to be.
func awaitRoute(t *testing.T, w *world.World, e164 string, want livekit.Route) {
	t.Helper()
	eventually(t, "calls to "+e164+" to be answered otherwise", func(ctx context.Context) string {
		got, err := callsTo(ctx, w, e164)
		if err != nil {
			return err.Error()
		}
		return cmp.Diff(want, got)
	})
}

// replaces counts what was changed at the providers since: Replaces of rules, and
// whatever else.
func replaces(w *world.World, since int) (rules, others int) {
	for _, call := range w.Proxy.Calls()[since:] {
		switch {
		case call.Method == "UpdateSIPDispatchRule":
			rules++
		case changesLiveKit(call.Method):
			others++
		}
	}
	return rules, others + len(w.Twilio.Mutations())
}

// TestAgentEdited changes everything about an agent: each rule of its numbers is
// replaced once and keeps its id, and nothing else is touched.
func TestAgentEdited(t *testing.T) {
	w, manager := calmWorld(t)
	numbers := manyNumbers(t, w, team)
	before := map[string]livekit.Route{}
	for _, number := range numbers {
		e164 := awaitActive(t, w, number.GetName()).Spec.Number
		route, err := callsTo(t.Context(), w, e164)
		if err != nil {
			t.Fatal(err)
		}
		before[e164] = route
	}
	quiet(t, w)
	w.Twilio.ResetLog()
	since := len(w.Proxy.Calls())
	editAgent(t, w, world.AgentName, func(spec *v1alpha1.VoiceAgentSpec) {
		spec.AgentName, spec.Metadata, spec.RoomPrefix = "night-agent", "fr", "night"
	})
	for e164, want := range before {
		want.RoomName, want.Agents = "night", []livekit.Agent{{Name: "night-agent", Metadata: "fr"}}
		awaitRoute(t, w, e164, want)
	}
	tr := newTrial(t, w, manager)
	tr.wantSettled(t)
	if rules, others := replaces(w, since); rules != team || others != 0 {
		t.Errorf("%d rules were replaced and %d other things changed, want %d and none", rules, others, team)
	}
	tr.check(t)
}

// TestMovedBetweenAgents asks LiveKit all the time what becomes of a call while a
// number is moved from one agent to another and back, and to and from automatic
// dispatch: each answer is that of one of the two, and one Replace is all that
// happens.
func TestMovedBetweenAgents(t *testing.T) {
	w, manager := calmWorld(t)
	create(t, w, deskAgent(w), w.PhoneNumber("support-line"))
	awaitActive(t, w, "support-line")
	quiet(t, w)
	support, err := callsTo(t.Context(), w, w.Number)
	if err != nil {
		t.Fatal(err)
	}
	desk, automatic := support, support
	desk.Agents, automatic.Agents = []livekit.Agent{{Name: "desk-agent", Metadata: "de"}}, nil
	for _, move := range []struct {
		agent    string
		from, to livekit.Route
	}{{"desk", support, desk}, {world.AgentName, desk, support}, {"", support, automatic}, {"desk", automatic, desk}} {
		w.Twilio.ResetLog()
		since := len(w.Proxy.Calls())
		answeredBy(t, w, "support-line", move.agent)
		wantNoGap(t, w, move.from, move.to)
		if number := awaitActive(t, w, "support-line"); number.Status.LinkedAgent != move.agent {
			t.Errorf("it is linked to %q, want %q", number.Status.LinkedAgent, move.agent)
		}
		if rules, others := replaces(w, since); rules != 1 || others != 0 {
			t.Errorf("%d rules were replaced and %d other things changed, want one and none", rules, others)
		}
	}
	newTrial(t, w, manager).check(t)
}

// wantNoGap asks until calls have gone to the new agent for a while.
func wantNoGap(t *testing.T, w *world.World, from, to livekit.Route) {
	t.Helper()
	const after = 20
	var asked, moved int
	var longest time.Duration
	for last := time.Now(); moved < after; asked++ {
		got, err := callsTo(t.Context(), w, w.Number)
		if err != nil {
			t.Fatal(err)
		}
		longest = max(longest, time.Since(last))
		last = time.Now()
		switch {
		case cmp.Equal(got, to):
			moved++
		case !cmp.Equal(got, from) || moved > 0:
			t.Fatalf("after %d questions a call is routed to %+v, want %+v and then %+v", asked, got, from, to)
		}
	}
	t.Logf("%d questions, %s at most between two answers, none of them wrong", asked, longest.Round(time.Microsecond))
}

// TestAgentThatIsLinkedStays deletes an agent with two numbers: it says which ones it
// waits for, takes no other one, and goes with the last of them.
func TestAgentThatIsLinkedStays(t *testing.T) {
	w, manager := calmWorld(t)
	create(t, w, deskAgent(w))
	numbers := manyNumbers(t, w, 3)
	for _, number := range numbers {
		awaitActive(t, w, number.GetName())
	}
	newcomer := numbers[2]
	answeredBy(t, w, newcomer.GetName(), "desk")
	awaitActive(t, w, newcomer.GetName())
	agent := w.VoiceAgent()
	awaitUsers(t, w, agent.Name, "troubled-0, troubled-1")
	remove(t, w, agent)
	awaitLeaving(t, w, agent.Name, "the agent is being deleted; it stays until no number is linked to it any more: troubled-0, troubled-1")

	answeredBy(t, w, newcomer.GetName(), agent.Name)
	refused := awaitReason(t, w, newcomer.GetName(), v1alpha1.ConditionReady, v1alpha1.ReasonReferenceNotFound)
	if _, message := condition(refused, v1alpha1.ConditionReady); message != `the VoiceAgent "support" is being deleted` {
		t.Errorf("it says %q", message)
	}
	if got, err := callsTo(t.Context(), w, refused.Spec.Number); err != nil || len(got.Agents) != 1 || got.Agents[0].Name != "desk-agent" {
		t.Errorf("error %v, and its calls are routed to %+v, want them to stay where they are", err, got)
	}
	for _, number := range numbers[:2] {
		if got := awaitActive(t, w, number.GetName()); got.Status.LinkedAgent != agent.Name {
			t.Errorf("%s is linked to %q", number.GetName(), got.Status.LinkedAgent)
		}
	}

	answeredBy(t, w, numbers[0].GetName(), "desk")
	awaitLeaving(t, w, agent.Name, "the agent is being deleted; it stays until no number is linked to it any more: troubled-1")
	remove(t, w, numbers[1])
	awaitGone(t, w, agent)

	awaitMessage(t, w, newcomer.GetName(), `the VoiceAgent "support" does not exist in this namespace`)
	remove(t, w, newcomer, numbers[0])
	for _, number := range numbers {
		awaitGone(t, w, number)
	}
	wantHoldings(t, w, nothing)
	newTrial(t, w, manager).check(t)
}

// TestMissingAgent shows that a number whose agent has come to be missing, however it
// went, is answered as before, is answered by a new one of the name, and can be deleted.
func TestMissingAgent(t *testing.T) {
	w, _ := calmWorld(t)
	create(t, w, w.PhoneNumber("support-line"))
	number := awaitActive(t, w, "support-line")
	before, err := callsTo(t.Context(), w, w.Number)
	if err != nil {
		t.Fatal(err)
	}
	lose := func() {
		agent := w.VoiceAgent()
		remove(t, w, agent)
		if _, stderr, err := w.Plane.Kubectl(t.Context(), "patch", "-n", w.Namespace, "voiceagent", agent.Name, "--type=merge", "-p", `{"metadata":{"finalizers":null}}`); err != nil {
			t.Fatalf("%v: %s", err, stderr)
		}
		awaitGone(t, w, agent)
		awaitMessage(t, w, "support-line", `the VoiceAgent "support" does not exist in this namespace`)
	}
	lose()
	if got, err := callsTo(t.Context(), w, w.Number); err != nil || !cmp.Equal(before, got) {
		t.Errorf("error %v, and calls are routed to %+v, want them where they were: %+v", err, got, before)
	}
	create(t, w, w.VoiceAgent())
	awaitActive(t, w, "support-line")
	lose()
	remove(t, w, number)
	awaitGone(t, w, number)
	wantHoldings(t, w, nothing)
}

func awaitMessage(t *testing.T, w *world.World, name, want string) {
	t.Helper()
	eventually(t, name+" to say so", func(context.Context) string {
		reason, message := condition(get(t, w, name), v1alpha1.ConditionReady)
		if reason != v1alpha1.ReasonReferenceNotFound || message != want {
			return fmt.Sprintf("it says %s: %s", reason, message)
		}
		return ""
	})
}

// awaitUsers waits until an agent shows its numbers.
func awaitUsers(t *testing.T, w *world.World, name, want string) {
	t.Helper()
	awaitAgent(t, w, name, func(agent *v1alpha1.VoiceAgent) string {
		if users := agent.Status.PhoneNumbers; users == nil || strings.Join(users.Names, ", ") != want {
			return "it has " + render(agent.Status)
		}
		return ""
	})
}

// awaitLeaving waits until an agent that is being deleted says whom it waits for.
func awaitLeaving(t *testing.T, w *world.World, name, want string) {
	t.Helper()
	awaitAgent(t, w, name, func(agent *v1alpha1.VoiceAgent) string {
		ready := agent.Status.Conditions[0]
		if ready.Status != "False" || ready.Reason != v1alpha1.ReasonDeleting || ready.Message != want {
			return "it has " + render(agent.Status)
		}
		return ""
	})
}

func awaitAgent(t *testing.T, w *world.World, name string, missing func(*v1alpha1.VoiceAgent) string) {
	t.Helper()
	eventually(t, "the agent "+name, func(ctx context.Context) string {
		var agent v1alpha1.VoiceAgent
		err := w.Client.Get(ctx, client.ObjectKey{Namespace: w.Namespace, Name: name}, &agent)
		if apierrors.IsNotFound(err) || len(agent.Status.Conditions) == 0 {
			return fmt.Sprintf("error %v", err)
		}
		return missing(&agent)
	})
}
