package explore

import (
	"context"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/controller/lifecycle"
	"github.com/callplane/callplane/internal/controller/siptrunk"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/status"
	"github.com/callplane/callplane/internal/usage"
	"github.com/callplane/callplane/test/apistore"
	"github.com/callplane/callplane/test/twiliosim"
)

// trunkActor reconciles a SIPTrunk.
func trunkActor(name string) Actor {
	return actor("trunk "+name, name, func(ctx context.Context, v *visit, trunk *v1alpha1.SIPTrunk) (reconcile.Result, error) {
		v.seen = trunk.DeepCopy()
		return (&siptrunk.Reconciler{Shell: v.newShell(experienced(trunk.UID))}).Reconcile(ctx, trunk)
	})
}

func newTrunk(name string) *v1alpha1.SIPTrunk {
	return &v1alpha1.SIPTrunk{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec: v1alpha1.SIPTrunkSpec{
			PlatformRef:    v1alpha1.PlatformReference{Kind: v1alpha1.KindLiveKitProject, Name: "livekit"},
			Twilio:         &v1alpha1.TwilioTrunk{AccountRef: v1alpha1.AccountReference{Name: "twilio"}},
			Inbound:        &v1alpha1.TrunkInbound{},
			Outbound:       &v1alpha1.Outbound{},
			DeletionPolicy: v1alpha1.DeletionPolicyTeardown,
		},
	}
}

// sharing is a number that shares a trunk in both directions.
func sharing() *v1alpha1.PhoneNumber {
	number := newNumber(line)
	number.Spec.CarrierRef = v1alpha1.CarrierReference{Kind: v1alpha1.KindSIPTrunk, Name: mainTrunk}
	number.Spec.Outbound = &v1alpha1.Outbound{Transport: v1alpha1.TransportAuto}
	return number
}

func movingToTrunk(name string) Event {
	return Event{Name: "move the number to the trunk " + name, happen: func(s *system) bool {
		number := s.named(line)
		return number != nil && number.DeletionTimestamp == nil && number.Spec.CarrierRef.Name != name &&
			s.edit(number, func(o client.Object) { o.(*v1alpha1.PhoneNumber).Spec.CarrierRef.Name = name })
	}}
}

func deletingTrunk(name string) Event {
	return Event{Name: "delete the trunk " + name, happen: func(s *system) bool {
		trunk := find[*v1alpha1.SIPTrunk](s, name)
		return trunk != nil && trunk.DeletionTimestamp == nil && s.remove(trunk)
	}}
}

func forcingTrunk(name string) Event {
	return Event{Name: "force the trunk " + name, happen: func(s *system) bool {
		trunk := find[*v1alpha1.SIPTrunk](s, name)
		return trunk != nil && trunk.Annotations[v1alpha1.AnnotationForceDelete] == "" && s.edit(trunk, func(o client.Object) {
			o.SetAnnotations(map[string]string{v1alpha1.AnnotationForceDelete: "true"})
		})
	}}
}

// rest lets actors work, with nothing in their way, until nothing is left to be done.
func (s *system) rest(actors ...Actor) {
	w := World{actors: actors}
	for range mostRounds {
		wait, busy := w.round(s)
		s.now = s.now.Add(wait)
		if !busy {
			return
		}
	}
	panic("the beginning of a world does not come to rest")
}

func (s *system) trunks() []*v1alpha1.SIPTrunk { return apistore.All[*v1alpha1.SIPTrunk](s.store) }

func (s *system) writeTrunks(k *keyWriter, trunks []*v1alpha1.SIPTrunk) {
	for _, trunk := range trunks {
		text := words("shared", trunk.Name, string(trunk.UID), "finalizers", several(trunk.Finalizers), "deleting", truth(trunk.DeletionTimestamp != nil),
			"forced", truth(lifecycle.Forced(trunk)), "corrupted", truth(status.IsCorrupted(trunk.Status.LifecycleStatus)), "ready", truth(isReady(trunk.Status.Conditions)), "of", truth(trunk.Status.ObservedGeneration == trunk.Generation))
		if teardown := trunk.Status.Teardown; teardown != nil {
			text += " teardown " + string(teardown.Policy)
		}
		if numbers := trunk.Status.Numbers; numbers != nil {
			text += " numbers " + several(numbers.Names)
		}
		k.line(text + s.ledgerText(trunk.Status.ExternalResources))
	}
}

// placeless lists where a number on a shared trunk is not, though it should be.
func (s *system) placeless(number *v1alpha1.PhoneNumber) []string {
	var missing []string
	trunk := find[*v1alpha1.SIPTrunk](s, usage.Trunk(number))
	if trunk == nil {
		return []string{"its trunk"}
	}
	carrier, _ := ledger.Find(trunk.Status.ExternalResources, external.SlotTrunk)
	if !slices.ContainsFunc(s.twilio.Numbers(accountSID), onCarrier(number, carrier.ID)) {
		missing = append(missing, string(external.SlotAttachment))
	}
	outbound, _ := ledger.Find(trunk.Status.ExternalResources, external.SlotOutboundTrunk)
	if number.Spec.Outbound != nil && !slices.Contains(s.callers(outbound.ID), number.Spec.Number) {
		missing = append(missing, string(external.SlotOutboundTrunk))
	}
	return missing
}

// callers are the numbers that an outbound trunk makes calls from.
func (s *system) callers(id string) []string {
	for _, trunk := range s.livekit.OutboundTrunks() {
		if trunk.SipTrunkId == id {
			return trunk.Numbers
		}
	}
	return nil
}

// truthfulTrunks is I13 of trunks.
func (s *system) truthfulTrunks() []string {
	var violations []string
	for _, trunk := range s.trunks() {
		has := slices.ContainsFunc(s.thingsOf(string(trunk.UID)), func(t thing) bool { return t.slot == external.SlotTrunk })
		if isReady(trunk.Status.Conditions) && trunk.Status.ObservedGeneration == trunk.Generation && !has {
			violations = append(violations, fmt.Sprintf("I13: the trunk %q is Ready without one", trunk.Name))
		}
	}
	return violations
}

// trunksAtRest says which trunk is not as it should be when nothing happens any more.
func (s *system) trunksAtRest() string {
	for _, trunk := range s.trunks() {
		waited := slices.ContainsFunc(s.numbers(), func(n *v1alpha1.PhoneNumber) bool { return usage.Trunk(n) == trunk.Name })
		if trunk.DeletionTimestamp != nil && !waited {
			return fmt.Sprintf("the trunk %q stays", trunk.Name)
		}
		if trunk.DeletionTimestamp == nil && !isReady(trunk.Status.Conditions) {
			return fmt.Sprintf("the trunk %q is not Ready", trunk.Name)
		}
		outbound, makes := ledger.Find(trunk.Status.ExternalResources, external.SlotOutboundTrunk)
		if makes && !waited && len(s.callers(outbound.ID)) > 0 {
			return fmt.Sprintf("the trunk %q makes calls from %v, which is not on it", trunk.Name, s.callers(outbound.ID))
		}
	}
	return ""
}

// waitsForNoTrunk reports whether a number waits for a trunk that is to go, or is gone:
// it came too late, or not in time for its calls.
func (s *system) waitsForNoTrunk(number *v1alpha1.PhoneNumber) bool {
	name := usage.Trunk(number)
	trunk := find[*v1alpha1.SIPTrunk](s, name)
	return name != "" && !isReady(number.Status.Conditions) && (trunk == nil || trunk.DeletionTimestamp != nil)
}

func sharedTrunk() World {
	return World{
		Name: "W9", About: "A trunk for many numbers is created and deleted at any point.",
		start:  func(s *system) { s.create(newTrunk(mainTrunk)) },
		actors: []Actor{trunkActor(mainTrunk)},
		events: []Event{deletingTrunk(mainTrunk)},
	}
}

func numberOnTrunk() World {
	return World{
		Name: "W9 number", About: "A number comes to a trunk that others made, makes and takes calls, and either is deleted at any point; one visit meets a fault.",
		start: func(s *system) {
			s.create(newTrunk(mainTrunk))
			s.rest(trunkActor(mainTrunk))
			s.create(sharing())
		},
		actors: []Actor{numberActor(line), trunkActor(mainTrunk)},
		lags:   eitherBehind,
		events: []Event{deleting(line), deletingTrunk(mainTrunk)}, failures: 1,
	}
}

func forcedTrunk() World {
	w := sharedTrunk()
	w.Name, w.About = "W9 force", "Its deletion is forced at any point, admitted or not; one visit meets a fault."
	w.events, w.failures = append(w.events, forcingTrunk(mainTrunk)), 1
	return w
}

// twoOnTrunk has a list of which one number goes and another stays.
func twoOnTrunk() World {
	return World{
		Name: "W9 two", About: "One of two numbers on a trunk is deleted, and perhaps the trunk as well; one visit of the trunk meets a fault.",
		start: func(s *system) {
			s.twilio.AddNumber(accountSID, second, twiliosim.NumberOptions{})
			stays := sharing()
			stays.Name, stays.Spec.Number = other, second
			for _, object := range []client.Object{newTrunk(mainTrunk), sharing(), stays} {
				s.create(object)
			}
			s.rest(trunkActor(mainTrunk), numberActor(line), numberActor(other))
		},
		actors: []Actor{trunkActor(mainTrunk), unharmed(numberActor(line)), unharmed(numberActor(other))},
		lags:   eitherBehind,
		events: []Event{deleting(line), deletingTrunk(mainTrunk)}, failures: 1,
	}
}

func numberMoves() World {
	return World{
		Name: "W9 moves", About: "A number moves from one trunk to another, and back, and is deleted at any point; one visit meets a fault.",
		start: func(s *system) {
			s.create(newTrunk(mainTrunk))
			s.create(newTrunk(spareTrunk))
			s.create(sharing())
			s.rest(trunkActor(mainTrunk), trunkActor(spareTrunk), numberActor(line))
		},
		actors: []Actor{numberActor(line), trunkActor(mainTrunk), trunkActor(spareTrunk)},
		events: append(append(oneOf("there", movingToTrunk(spareTrunk)), after("there", oneOf("back", movingToTrunk(mainTrunk))[0])), deleting(line)), failures: 1,
	}
}

// onCarrier recognises a number that is on a trunk of its account.
func onCarrier(number *v1alpha1.PhoneNumber, trunk string) func(twiliosim.Number) bool {
	return func(n twiliosim.Number) bool { return n.PhoneNumber == number.Spec.Number && n.TrunkSID == trunk }
}

const mainTrunk, spareTrunk = "main", "spare"
