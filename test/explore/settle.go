package explore

import (
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
)

// mostRounds is far more than any state needs to settle.
const mostRounds = 30

// settles is ESR: without faults and with a cache that is up to date, a system
// comes to rest where it should be, and then nothing is written any more. It says
// what is wrong, or nothing. States that are known to settle are noted in quiet.
func (w World) settles(from *system, quiet map[digest]bool) string {
	s := from.clone()
	var passed []digest
	for len(passed) < mostRounds {
		key := s.key()
		if quiet[key] {
			return note(quiet, passed)
		}
		passed = append(passed, key)
		if w.heals {
			s.heal()
		}
		wait, busy := w.round(s)
		s.now = s.now.Add(wait)
		if !busy && s.key() == key {
			if problem := s.atRest(); problem != "" {
				return problem
			}
			return note(quiet, passed)
		}
	}
	return fmt.Sprintf("does not settle within %d rounds", mostRounds)
}

func note(quiet map[digest]bool, passed []digest) string {
	for _, key := range passed {
		quiet[key] = true
	}
	return ""
}

// round visits every object once. It returns how long to wait for the next round,
// zero for no longer than a resync, and whether anything was changed.
func (w World) round(s *system) (wait time.Duration, busy bool) {
	for _, actor := range w.actors {
		after, changed := Visit{Actor: actor}.run(s).rest()
		wait, busy = max(wait, after), busy || changed
	}
	return wait, busy
}

// rest is how long to wait after a visit, zero for no longer than a resync, and
// whether it has changed anything or failed.
func (v *visit) rest() (wait time.Duration, busy bool) {
	busy = v.err != nil || slices.ContainsFunc(v.wire.effects, func(e Effect) bool { return e.Changed })
	if after := v.result.RequeueAfter; after > 0 && after < resync/2 {
		wait = after
	}
	if busy {
		wait = max(wait, time.Second)
	}
	return wait, busy
}

// atRest says why a system in which nothing happens any more is not as it should
// be.
func (s *system) atRest() string {
	if problem := s.numbersAtRest(); problem != "" {
		return problem
	}
	if problem := s.trunksAtRest(); problem != "" {
		return problem
	}
	if problem := s.batchAtRest(); problem != "" {
		return problem
	}
	if s.terminating() {
		return "the namespace stays"
	}
	for _, t := range s.things() {
		if t.uid != "" && s.owner(t.uid) == nil && !s.onRecord(t) {
			return fmt.Sprintf("%s %s is left of nobody", t.provider, t.id)
		}
	}
	return ""
}

func (s *system) numbersAtRest() string {
	settled, wanted := 0, map[string]bool{}
	for _, number := range s.numbers() {
		wanted[number.Spec.Number] = true
		ready, lost := isReady(number.Status.Conditions), s.numberLost(number)
		switch {
		case number.DeletionTimestamp != nil:
			return fmt.Sprintf("%q stays", number.Name)
		case ready && !lost:
			if problem := s.partial(number); problem != "" {
				return problem
			}
			settled++
		case lost, s.waitsForNoTrunk(number):
			settled++
		}
	}
	if settled != len(wanted) {
		return fmt.Sprintf("%d objects are Ready, for %d numbers", settled, len(wanted))
	}
	return ""
}

// partial says what a number lacks, or has too much of.
func (s *system) partial(number *v1alpha1.PhoneNumber) string {
	if missing := s.missing(number); len(missing) > 0 {
		return fmt.Sprintf("%q has no %v", number.Name, missing)
	}
	if own := s.thingsOf(string(number.UID)); len(own) != len(slotsOf(number)) {
		return fmt.Sprintf("%q has %d things in %d slots", number.Name, len(own), len(slotsOf(number)))
	}
	return ""
}

// numberLost reports whether an object says that its number was there and no longer
// is, and that is so: then it waits for people.
func (s *system) numberLost(number *v1alpha1.PhoneNumber) bool {
	return number.Status.Problem == v1alpha1.ReasonNumberLost && len(s.twilio.Numbers(accountSID)) == 0
}

func isReady(conditions []metav1.Condition) bool {
	return meta.IsStatusConditionTrue(conditions, v1alpha1.ConditionReady)
}
