package explore

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/failpoint"
	"github.com/callplane/callplane/test/apistore"
	"github.com/callplane/callplane/test/twiliosim"
)

// A Twin is a number in the parts in memory of the explorer, that lives through what
// another one lives through in reality. It begins without the number, with the
// account, the project and the agent that it refers to in use by others.
type Twin struct {
	system *system
	number string
}

// NewTwin prepares for numbers that have the agent, the account twilio and the
// project livekit.
func NewTwin(agent *v1alpha1.VoiceAgent) *Twin {
	s := World{}.newSystem()
	for _, trunk := range s.twilio.Trunks("") {
		s.twilio.RemoveTrunk(trunk.SID)
	}
	for _, number := range s.twilio.Numbers("") {
		s.twilio.RemoveNumber(number.SID)
	}
	own := newAgent(concierge)
	own.Name, own.Spec = agent.Name, agent.Spec
	s.create(own)
	return &Twin{system: s}
}

// Create lets somebody create a number of the same name and spec as another. If it
// is not in the account, it is put there.
func (t *Twin) Create(number *v1alpha1.PhoneNumber) {
	t.number = number.Name
	if len(t.system.twilio.Numbers("")) == 0 {
		t.system.twilio.AddNumber(accountSID, number.Spec.Number, twiliosim.NumberOptions{})
	}
	own := newNumber(number.Name)
	own.Spec = *number.Spec.DeepCopy()
	t.system.create(own)
}

// Delete lets somebody delete the number.
func (t *Twin) Delete() { deleting(t.number).happen(t.system) }

// Picture shows what is there.
func (t *Twin) Picture() []string { return t.parts().Picture() }

func (t *Twin) parts() Parts {
	s := t.system
	return Parts{
		Installation: installation, Namespace: namespace, Name: t.number,
		Numbers: s.numbers(), Records: apistore.All[*v1alpha1.OrphanRecord](s.store), Secrets: apistore.All[*corev1.Secret](s.store),
		Twilio: s.twilio, InboundTrunks: s.livekit.InboundTrunks(), OutboundTrunks: s.livekit.OutboundTrunks(), DispatchRules: s.livekit.DispatchRules(),
	}
}

// Rest has a manager work until nothing is left to be done, and lists what failpoints
// would have named on the way. It fails if things do not come to rest, or not where
// they should be.
func (t *Twin) Rest() ([]string, error) {
	seen := census{}
	var reached []string
	for range mostRounds {
		wire, still := t.visit()
		if still {
			// Nobody makes this visit, which shows that there is nothing to be done.
			return reached, t.misplaced()
		}
		for _, effect := range wire.effects {
			if effect.nature != apiRead {
				reached = append(reached, seen.name(effect))
			}
		}
	}
	return nil, fmt.Errorf("%q does not come to rest within %d visits", t.number, mostRounds)
}

// misplaced is why things should not rest as they are.
func (t *Twin) misplaced() error {
	if problem := t.system.atRest(); problem != "" {
		return errors.New(problem)
	}
	return nil
}

// Die has a manager work until it dies at an effect as a failpoint names it, such as
// "after livekit CreateSIPDispatchRule #1", counted from here on. It returns how
// things can be left: where two branches of a teardown are side by side, one way for
// each effect of the other branch that may have come before. The twin itself is left
// as it is.
func (t *Twin) Die(death string) ([]*Twin, error) {
	moment, name, _ := strings.Cut(death, " ")
	fault, known := map[string]Fault{failpoint.Before: CrashBefore, failpoint.After: CrashAfter}[moment]
	if !known {
		return nil, fmt.Errorf("%q is not %s and not %s an effect", death, failpoint.Before, failpoint.After)
	}
	seen, now := census{}, t
	for range mostRounds {
		next := now.clone()
		wire, _ := next.visit()
		if at := slices.IndexFunc(wire.effects, func(e Effect) bool { return seen.name(e) == name }); at >= 0 {
			return now.deaths(wire, at, fault), nil
		}
		now = next
	}
	return nil, fmt.Errorf("there is no %q in the explorer", name)
}

// deaths has a manager die at one effect of the visit that comes next, which has
// those on the wire if nobody dies.
func (t *Twin) deaths(whole *wire, at int, fault Fault) []*Twin {
	branches, branch := whole.branches(), whole.effects[at].branch
	if branch == Anywhere || len(branches) != 2 {
		return []*Twin{t.after(Visit{Injections: []Injection{{Branch: Anywhere, At: at, Fault: fault}}})}
	}
	within := 0
	for _, earlier := range whole.effects[:at] {
		if earlier.branch == branch {
			within++
		}
	}
	var all []*Twin
	for effects := range len(branches[1-branch]) + 1 {
		all = append(all, t.after(Visit{
			Order:      &Order{First: 1 - branch, Effects: effects},
			Injections: []Injection{{Branch: branch, At: within, Fault: fault}},
		}))
	}
	return all
}

func (t *Twin) after(v Visit) *Twin {
	twin := t.clone()
	v.Actor = numberActor(t.number)
	v.run(twin.system)
	return twin
}

func (t *Twin) clone() *Twin { return &Twin{system: t.system.clone(), number: t.number} }

// visit is one without a fault, after which time passes until the next. It reports
// whether nothing was left to be done.
func (t *Twin) visit() (carried *wire, still bool) {
	s, before := t.system, t.system.key()
	done := Visit{Actor: numberActor(t.number), Order: &Order{Effects: toItsEnd}}.run(s)
	wait, busy := done.rest()
	s.now = s.now.Add(wait)
	return done.wire, !busy && s.key() == before
}

// A census counts effects by their names, over visits.
type census map[string]int

// name is the one that a failpoint has for the next effect.
func (c census) name(effect Effect) string {
	c[effect.Name]++
	return fmt.Sprintf("%s #%d", effect.Name, c[effect.Name])
}
