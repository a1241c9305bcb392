package explore

import (
	"slices"

	"github.com/callplane/callplane/api/v1alpha1"
)

const other = "sales-line"

// allowed are the addresses that outbound calls may come from.
var allowed = []string{"192.0.2.0/24"}

// Worlds lists all, by their names.
func Worlds() []World {
	return []World{
		createToDelete(), outboundOnly(), bothDirections(), pairsOfFaults(), editsAndDrift(), directions(), agents(), credentials(), accountFails(), namespaceGoes(), namespaceHeld(), force(), oneNumberTwice(), twoManagers(), purchase(), purchaseByTwo(), takeOver(), takeOverByTwo(), lent(), lentByTwo(), imported(), sameNameAgain(), sweepsOfTheSame(), sharedTrunk(), forcedTrunk(), numberOnTrunk(), twoOnTrunk(), numberMoves(), batches(), corruptedBatch(),
	}
}

func createToDelete() World {
	return World{
		Name: "W1", About: "A number is created and deleted at any point.",
		start:  func(s *system) { s.create(newNumber(line)) },
		actors: []Actor{numberActor(line)},
		lags:   numbersBehind(2), faultsBehind: true,
		events: []Event{deleting(line)}, lasting: true,
	}
}

func outboundOnly() World {
	return World{
		Name: "W1 outbound", About: "The same for a number with outbound calls alone.",
		start: func(s *system) {
			number := newNumber(line)
			number.Spec.Inbound, number.Spec.Outbound = nil, &v1alpha1.Outbound{}
			s.create(number)
		},
		actors: []Actor{numberActor(line)},
		events: []Event{deleting(line)},
	}
}

func bothDirections() World {
	return World{
		Name: "W1 both", About: "A number that has everything that a number can have is created, and deleted once it is Ready.",
		start: func(s *system) {
			number := newNumber(line)
			number.Spec.Outbound = &v1alpha1.Outbound{AllowedAddresses: allowed}
			s.create(number)
		},
		actors: []Actor{numberActor(line)},
		events: []Event{once(ready, deleting(line), line)},
	}
}

func pairsOfFaults() World {
	w := createToDelete()
	w.Name, w.About = "W1 pairs", "The same with two faults in the branches of a teardown, in every order that makes a difference."
	w.lags, w.faultsBehind, w.lasting, w.pairwise = nil, false, false, true
	return w
}

func editsAndDrift() World {
	return World{
		Name: "W2", About: "A number is edited or changed by hand at the providers, once, and deleted at any point.",
		start: func(s *system) {
			s.create(newAgent(concierge))
			s.create(newNumber(line))
		},
		actors: []Actor{numberActor(line)},
		events: append(oneOf("change", append(drift(line), renaming(line),
			editing("encrypt", func(n *v1alpha1.PhoneNumber) { n.Spec.Inbound.MediaEncryption = v1alpha1.MediaEncryptionRequire }),
			editing("link an agent to", func(n *v1alpha1.PhoneNumber) { n.Spec.AgentRef = &v1alpha1.AgentReference{Name: concierge} }),
		)...), deleting(line)),
		heals: true,
	}
}

// directions has fewer faults on each way than the others: a number with everything
// has many states.
func directions() World {
	w := bothDirections()
	w.Name, w.About = "W2 directions", "A direction, or the list of addresses, is taken from a number that is Ready, and given back at any point; one visit meets a fault."
	less := oneOf("less", editing("take inbound calls from", func(n *v1alpha1.PhoneNumber) { n.Spec.Inbound = nil }),
		editing("take outbound calls from", func(n *v1alpha1.PhoneNumber) { n.Spec.Outbound = nil }),
		editing("take the addresses from", func(n *v1alpha1.PhoneNumber) { n.Spec.Outbound.AllowedAddresses = nil }))
	for i := range less {
		less[i] = once(ready, less[i], line)
	}
	w.events = append([]Event{after("less", deleting(line))}, less...)
	w.events = append(w.events, oneOf("more", after("less", editing("give all back to", func(n *v1alpha1.PhoneNumber) {
		n.Spec.Inbound, n.Spec.Outbound = &v1alpha1.Inbound{}, &v1alpha1.Outbound{AllowedAddresses: allowed}
	})))...)
	w.failures = 1
	return w
}

func agents() World {
	return World{
		Name: "W2 agents", About: "A number moves between agents, which are edited and deleted; one visit meets a fault.",
		start: func(s *system) {
			for _, name := range []string{concierge, nightShift} {
				unused := newAgent(name)
				unused.Finalizers = nil
				s.create(unused)
			}
			number := newNumber(line)
			number.Spec.AgentRef = &v1alpha1.AgentReference{Name: concierge}
			s.create(number)
		},
		actors: []Actor{numberActor(line), agentActor(concierge), unharmed(agentActor(nightShift))},
		events: slices.Concat(
			oneOf("move", movingTo(nightShift), editing("take the agent from", func(n *v1alpha1.PhoneNumber) { n.Spec.AgentRef = nil })),
			oneOf("edit", renamingAgent(concierge)), oneOf("loss", deletingAgent(concierge)), []Event{deleting(line)}),
		lags:     numbersBehind(1),
		heals:    true,
		failures: 1,
	}
}

func credentials() World {
	return World{
		Name: "W3", About: "Credentials are rotated, lost, or swapped for those of another account, once, and put right again.",
		start:  func(s *system) { s.create(newNumber(line)) },
		actors: []Actor{numberActor(line), unharmed(twilioActor())},
		events: append(oneOf("loss", rotating, confusing, deletingSecret("twilio")), updatingSecret, creatingSecret("twilio"), deleting(line)),
		heals:  true,
	}
}

// accountFails is the same for the account: the number meets no fault, and it does.
func accountFails() World {
	w := credentials()
	w.Name, w.About = "W3 account", "The same with faults of the account."
	w.actors = []Actor{unharmed(numberActor(line)), twilioActor()}
	return w
}

func namespaceGoes() World {
	return World{
		Name: "W3 namespace", About: "The namespace is deleted at any point, and what is in it goes in any order.",
		start:  func(s *system) { s.create(newNumber(line)) },
		actors: []Actor{numberActor(line), unharmed(twilioActor()), unharmed(livekitActor())},
		events: append([]Event{deletingNamespace}, namespaceController([]string{"numbers"}, []string{"accounts", "projects", "Secrets"})...),
		heals:  true,
	}
}

// namespaceHeld is the same for those that keep what numbers need: the number meets
// no fault, and they do.
func namespaceHeld() World {
	w := namespaceGoes()
	w.Name, w.About = "W3 holders", "The same kind by kind, with faults of those who keep what a number needs."
	w.events = append([]Event{deletingNamespace}, namespaceController([]string{"numbers"}, []string{"accounts"}, []string{"projects"}, []string{"Secrets"})...)
	w.actors = []Actor{unharmed(numberActor(line)), twilioActor(), livekitActor()}
	w.lags = numbersBehind(1)
	return w
}

func sameNameAgain() World {
	return World{
		Name: "W8", About: "A number is lost or forced, and one of the same name comes without a status; two visits meet a fault.",
		start:    func(s *system) { s.create(newNumber(line)) },
		actors:   []Actor{numberActor(line), unharmed(sweepsTwilio()), unharmed(sweepsLiveKit())},
		events:   append(oneOf("loss", losing(line), once(corrupted, forcing(line), line)), append(oneOf("another", creating(line)), oneOf("deletion", deleting(line))...)...),
		lags:     numbersBehind(1),
		failures: 2,
	}
}

// sweepsOfTheSame is the same for the sweeps: the number meets no fault, and they do.
func sweepsOfTheSame() World {
	w := sameNameAgain()
	w.Name, w.About = "W8 sweeps", "The same with faults of the sweeps."
	w.actors = []Actor{unharmed(numberActor(line)), sweepsTwilio(), sweepsLiveKit()}
	w.failures = 0
	return w
}

func force() World {
	w := createToDelete()
	w.Name, w.About = "W4", "The deletion of a number is forced at any point, admitted or not."
	w.lags = numbersBehind(1)
	w.events = append(w.events, forcing(line))
	return w
}

// purchase has others on sale that are much like the number, which itself is on sale
// again once somebody has given it back.
func purchase() World {
	return World{
		Name: "W7 purchase", About: "A number is bought, given back by hand once it is Ready, and deleted at any point, under either policy; two visits meet a fault.",
		start: func(s *system) {
			s.sellNumbers()
			number := newNumber(line)
			number.Spec.Acquisition = v1alpha1.AcquisitionPurchase
			s.create(number)
		},
		actors: []Actor{numberActor(line)},
		events: append(oneOf("loss", byHand("give the number back by hand", line, func(s *system, _ *v1alpha1.PhoneNumber) bool { return s.sellNumbers() })),
			deleting(line), editing("release", func(n *v1alpha1.PhoneNumber) { n.Spec.DeletionPolicy = v1alpha1.DeletionPolicyRelease })),
		failures: 2,
	}
}

func purchaseByTwo() World {
	w := purchase()
	w.Name, w.About = "W7 managers", "A number is bought while a manager is stopped before any effect, others work meanwhile, and it goes on."
	w.events, w.failures, w.rivals = []Event{deleting(line)}, 1, true
	return w
}

// takeOver has the number on a trunk of others.
func takeOver() World {
	return World{
		Name: "W7 take-over", About: "A number is taken over, taken back or freed by hand, or its trunk or that of the others removed, once it is Ready, and deleted at any point, under either policy; two visits meet a fault.",
		start: func(s *system) {
			s.holdNumber()
			number := newNumber(line)
			number.Spec.Acquisition = v1alpha1.AcquisitionTakeOver
			s.create(number)
		},
		actors: []Actor{numberActor(line)},
		events: append(oneOf("change",
			byHand("take the number back by hand", line, func(s *system, _ *v1alpha1.PhoneNumber) bool { return s.holdNumber() }),
			byHand("remove the trunk of the others by hand", line, func(s *system, _ *v1alpha1.PhoneNumber) bool { return s.removeSwitchboard() }),
			freeing(drift(line)[0]),
		), deleting(line), editing("release", func(n *v1alpha1.PhoneNumber) { n.Spec.DeletionPolicy = v1alpha1.DeletionPolicyRelease })),
		failures: 2,
	}
}

func takeOverByTwo() World {
	w := takeOver()
	w.Name, w.About = "W7 takers", "A number is taken over while a manager is stopped before any effect, others work meanwhile, and it goes on."
	w.events, w.failures, w.rivals = []Event{deleting(line)}, 1, true
	return w
}

// lent has the number on a trunk that stays as it is.
func lent() World {
	return World{
		Name: "W7 import", About: "A number uses the trunk of others, which has a URL of theirs, and is deleted at any point; two visits meet a fault.",
		start:  func(s *system) { s.create(s.importing(v1alpha1.OnDeleteLeave)) },
		actors: []Actor{numberActor(line)},
		events: []Event{deleting(line)}, failures: 2,
	}
}

func lentByTwo() World {
	w := lent()
	w.Name, w.About = "W7 importers", "The same while a manager is stopped before any effect, others work meanwhile, and it goes on."
	w.failures, w.rivals = 1, true
	return w
}

func imported() World {
	w := lent()
	w.Name, w.About = "W7 import to delete", "The same with a trunk that goes with the number."
	w.start = func(s *system) { s.create(s.importing(v1alpha1.OnDeleteDelete)) }
	return w
}

func oneNumberTwice() World {
	return World{
		Name: "W5", About: "Two objects want one number.",
		start:  func(s *system) { s.create(newNumber(line)) },
		actors: []Actor{numberActor(line), numberActor(other)},
		lags:   numbersBehind(1),
		events: []Event{creating(other), deleting(line), deleting(other)},
	}
}

func twoManagers() World {
	w := createToDelete()
	w.Name, w.About = "W6", "A manager is stopped before any effect, others work meanwhile, and it goes on."
	w.lags, w.faultsBehind, w.lasting, w.rivals = nil, false, false, true
	return w
}
