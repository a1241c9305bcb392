package explore

import (
	"context"
	"fmt"

	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/controller/agent"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/usage"
)

// The agents of the worlds.
const (
	concierge  = "concierge"
	nightShift = "night-shift"
)

// agentActor looks after an agent.
func agentActor(name string) Actor {
	return actor("agent "+name, name, func(ctx context.Context, v *visit, object *v1alpha1.VoiceAgent) (reconcile.Result, error) {
		reconciler := &agent.Reconciler{Client: v.cached(), Direct: v.direct(), Clock: clocktesting.NewFakePassiveClock(v.system.now)}
		return reconciler.Reconcile(ctx, object)
	})
}

func movingTo(name string) Event {
	return editing("move to "+name+" the number", func(n *v1alpha1.PhoneNumber) { n.Spec.AgentRef = &v1alpha1.AgentReference{Name: name} })
}

// renamingAgent gives an agent's workers another name, deletingAgent deletes it.
func renamingAgent(name string) Event {
	return Event{Name: "edit the agent " + name, happen: func(s *system) bool {
		object := find[*v1alpha1.VoiceAgent](s, name)
		return object != nil && object.DeletionTimestamp == nil && s.edit(object, func(o client.Object) { o.(*v1alpha1.VoiceAgent).Spec.AgentName = name + "-2" })
	}}
}

func deletingAgent(name string) Event {
	return Event{Name: "delete the agent " + name, happen: func(s *system) bool {
		object := find[*v1alpha1.VoiceAgent](s, name)
		return object != nil && object.DeletionTimestamp == nil && s.remove(object)
	}}
}

// giveAgentsBack creates what numbers are to be answered by.
func (s *system) giveAgentsBack() {
	for _, number := range s.numbers() {
		if reference := number.Spec.AgentRef; reference != nil && find[*v1alpha1.VoiceAgent](s, reference.Name) == nil {
			s.create(newAgent(reference.Name))
		}
	}
}

// answered wants a rule to stay while calls are to be taken: a number that moves from
// one agent to another is answered by either, all the time.
func (v *visit) answered(id, what string) {
	for _, number := range v.system.numbers() {
		rule, recorded := ledger.Find(number.Status.ExternalResources, external.SlotDispatchRule)
		if recorded && rule.ID == id && number.DeletionTimestamp == nil && number.Spec.Inbound != nil {
			v.violate("answered", "%s while %q takes calls", what, number.Name)
		}
	}
}

// unanswered lists the numbers whose calls are dispatched to an agent that has gone.
func (s *system) unanswered(before *system) []string {
	var violations []string
	for _, number := range before.numbers() {
		linked := usage.Linked(number)
		live := s.number(string(number.UID))
		if linked == "" || live == nil || usage.Linked(live) != linked || number.Status.LinkedAgent != linked {
			continue
		}
		if find[*v1alpha1.VoiceAgent](before, linked) != nil && find[*v1alpha1.VoiceAgent](s, linked) == nil {
			violations = append(violations, fmt.Sprintf("answered: the agent %q is gone, and %q is linked to it", linked, number.Name))
		}
	}
	return violations
}
