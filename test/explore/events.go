package explore

import (
	"context"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/status"
	"github.com/callplane/callplane/test/apistore"
	"github.com/callplane/callplane/test/twiliosim"
)

// allEvents are those of the world, and that time passes.
func (w World) allEvents() []Event {
	passing := []Event{{Name: "the grace passes", happen: passes(grace + 2*time.Second)}}
	if w.lasting {
		passing = append(passing, Event{Name: "failures last", happen: passes(corruptedAfter + time.Second)})
	}
	return append(passing, w.events...)
}

func passes(d time.Duration) func(*system) bool {
	return func(s *system) bool {
		s.now = s.now.Add(d)
		return true
	}
}

// creating lets somebody create a number, if there is none of the name.
func creating(name string) Event {
	return Event{Name: "create " + name, happen: func(s *system) bool {
		return s.people().Create(context.Background(), newNumber(name)) == nil
	}}
}

// deleting lets somebody delete a number.
func deleting(name string) Event {
	return Event{Name: "delete " + name, happen: func(s *system) bool {
		number := s.named(name)
		return number != nil && number.DeletionTimestamp == nil && s.remove(number)
	}}
}

// editing lets somebody change the number of the world unless it is being deleted.
func editing(what string, edit func(*v1alpha1.PhoneNumber)) Event {
	return Event{Name: what + " " + line, happen: func(s *system) bool {
		number := s.named(line)
		return number != nil && number.DeletionTimestamp == nil && s.edit(number, func(o client.Object) { edit(o.(*v1alpha1.PhoneNumber)) })
	}}
}

// forcing lets somebody set the annotation at any time, whatever a policy says.
func forcing(name string) Event {
	return Event{Name: "force " + name, happen: func(s *system) bool {
		number := s.named(name)
		return number != nil && number.Annotations[v1alpha1.AnnotationForceDelete] == "" && s.edit(number, func(o client.Object) {
			o.SetAnnotations(map[string]string{v1alpha1.AnnotationForceDelete: "true"})
		})
	}}
}

// once lets an event happen when a number is as it is meant to be by then.
func once(is func(*v1alpha1.PhoneNumber) bool, event Event, name string) Event {
	return Event{Name: event.Name, happen: func(s *system) bool {
		number := s.named(name)
		return number != nil && is(number) && event.happen(s)
	}}
}

// after lets an event happen once one of a group has.
func after(group string, event Event) Event {
	return Event{Name: event.Name, happen: func(s *system) bool { return slices.Contains(s.happened, group) && event.happen(s) }}
}

// oneOf lets one event of a group happen on each way.
func oneOf(group string, events ...Event) []Event {
	var all []Event
	for _, event := range events {
		all = append(all, Event{Name: event.Name, happen: func(s *system) bool {
			if slices.Contains(s.happened, group) || !event.happen(s) {
				return false
			}
			s.happened = append(s.happened, group)
			slices.Sort(s.happened)
			return true
		}})
	}
	return all
}

// byHand lets somebody change what is at the providers of a number that is Ready.
func byHand(what, name string, change func(*system, *v1alpha1.PhoneNumber) bool) Event {
	return once(ready, Event{Name: what, happen: func(s *system) bool { return change(s, s.named(name)) }}, name)
}

// deletingSecret lets somebody delete a Secret; creatingSecret create it again.
func deletingSecret(name string) Event {
	return Event{Name: "delete the Secret " + name, happen: func(s *system) bool {
		secret := s.secret(name)
		return secret != nil && secret.DeletionTimestamp == nil && s.remove(secret)
	}}
}

func creatingSecret(name string) Event {
	return Event{Name: "create the Secret " + name, happen: func(s *system) bool { return s.createSecret(name) }}
}

func (s *system) createSecret(name string) bool {
	secret := newSecret(name, s.credentials(name))
	secret.Finalizers = nil
	return s.people().Create(context.Background(), secret) == nil
}

// rotating lets Twilio accept another token than before; updatingSecret puts the
// one that it accepts into the Secret.
var rotating = Event{Name: "rotate the token at Twilio", happen: func(s *system) bool {
	s.token = otherToken(s.token)
	s.twilio.SetToken(accountSID, s.token)
	return true
}}

var updatingSecret = Event{Name: "update the Secret twilio", happen: func(s *system) bool {
	secret := s.secret("twilio")
	return secret != nil && string(secret.Data["authToken"]) != s.token && s.edit(secret, func(o client.Object) {
		o.(*corev1.Secret).Data = s.credentials("twilio")
	})
}}

// confusing puts credentials into the Secret that belong to another account: what
// is asked for with them is not found.
var confusing = Event{Name: "put another account's key into the Secret twilio", happen: func(s *system) bool {
	secret := s.secret("twilio")
	return secret != nil && secret.Data["apiKeySid"] == nil && s.edit(secret, func(o client.Object) {
		o.(*corev1.Secret).Data = map[string][]byte{"apiKeySid": []byte(s.foreignKey.SID), "apiKeySecret": []byte(s.foreignKey.Secret)}
	})
}}

func otherToken(token string) string {
	if token == twilioToken {
		return "f" + twilioToken[1:]
	}
	return twilioToken
}

// named is a number by its name; nil if there is none.
func (s *system) named(name string) *v1alpha1.PhoneNumber {
	return find[*v1alpha1.PhoneNumber](s, name)
}

func (s *system) secret(name string) *corev1.Secret { return find[*corev1.Secret](s, name) }

// find is an object of a kind by its name; nil if there is none.
func find[T client.Object](s *system, name string) T {
	for _, object := range apistore.All[T](s.store) {
		if object.GetName() == name {
			return object
		}
	}
	return *new(T)
}

// remove lets somebody delete an object.
func (s *system) remove(object client.Object) bool {
	return s.people().Delete(context.Background(), object.DeepCopyObject().(client.Object)) == nil
}

// edit lets somebody change an object.
func (s *system) edit(object client.Object, change func(client.Object)) bool {
	changed := object.DeepCopyObject().(client.Object)
	change(changed)
	return s.people().Update(context.Background(), changed) == nil
}

// ready reports whether a number is as it should be for all that it knows.
func ready(number *v1alpha1.PhoneNumber) bool {
	return number.DeletionTimestamp == nil && number.Status.Problem == "" && len(number.Status.ExternalResources) > 0 && isReady(number.Status.Conditions)
}

// corrupted reports whether a number's cleanup has failed.
func corrupted(number *v1alpha1.PhoneNumber) bool {
	return status.IsCorrupted(number.Status.LifecycleStatus)
}

// drift is what somebody may do by hand at the providers.
func drift(name string) []Event {
	return []Event{
		byHand("remove the trunk by hand", name, func(s *system, number *v1alpha1.PhoneNumber) bool {
			return s.twilio.RemoveTrunk(idOf(number, external.SlotTrunk))
		}),
		byHand("remove the origination URL by hand", name, func(s *system, number *v1alpha1.PhoneNumber) bool {
			return s.twilio.RemoveOriginationURL(idOf(number, external.SlotOriginationURL))
		}),
		byHand("take the number off its trunk by hand", name, func(s *system, number *v1alpha1.PhoneNumber) bool {
			s.twilio.MoveNumber(idOf(number, external.SlotNumber), "")
			return true
		}),
		byHand("disable the trunk's encryption by hand", name, func(s *system, number *v1alpha1.PhoneNumber) bool {
			s.twilio.EditTrunk(idOf(number, external.SlotTrunk), func(t *twiliosim.Trunk) { t.Secure = !t.Secure })
			return true
		}),
		byHand("remove the inbound trunk by hand", name, func(s *system, number *v1alpha1.PhoneNumber) bool {
			return s.livekit.RemoveInboundTrunk(idOf(number, external.SlotInboundTrunk))
		}),
		byHand("remove the dispatch rule by hand", name, func(s *system, number *v1alpha1.PhoneNumber) bool {
			return s.livekit.RemoveDispatchRule(idOf(number, external.SlotDispatchRule))
		}),
	}
}

// sellNumbers lets all numbers of the account be on sale, and two more.
func (s *system) sellNumbers() bool {
	owned := s.twilio.Numbers(accountSID)
	for _, number := range owned {
		s.twilio.RemoveNumber(number.SID)
	}
	// The last type that is looked for: so each search is made.
	s.twilio.AddAvailableNumbersOfType("US", "TollFree", e164, e164+"0", e164+"1")
	return len(owned) > 0
}

// renaming gives the trunk of a number another name, and heal gives it back.
func renaming(name string) Event {
	return byHand("rename the trunk by hand", name, func(s *system, number *v1alpha1.PhoneNumber) bool {
		id := idOf(number, external.SlotTrunk)
		if s.renamed != "" {
			return false
		}
		s.twilio.EditTrunk(id, func(t *twiliosim.Trunk) { s.renamed, t.FriendlyName = t.FriendlyName, "reception" })
		return s.renamed != ""
	})
}

func (s *system) giveNamesBack() {
	for _, trunk := range s.twilio.Trunks("") {
		if trunk.FriendlyName == "reception" {
			s.twilio.EditTrunk(trunk.SID, func(t *twiliosim.Trunk) { t.FriendlyName = s.renamed })
		}
	}
}

// idOf is the recorded id of a slot.
func idOf(number *v1alpha1.PhoneNumber, slot external.Slot) string {
	entry, _ := ledger.Find(number.Status.ExternalResources, slot)
	return entry.ID
}
