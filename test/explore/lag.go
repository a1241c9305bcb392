package explore

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/test/apistore"
)

// A Lag is how many writes to a kind the cache is behind. Other kinds are shown as
// they are: they change so seldom that no cache is behind by as much.
type Lag struct{ Numbers, Trunks int }

var (
	numberKind = reflect.TypeFor[*v1alpha1.PhoneNumber]()
	trunkKind  = reflect.TypeFor[*v1alpha1.SIPTrunk]()

	// lagging are the kinds that may lag.
	lagging = []reflect.Type{numberKind, trunkKind}
)

// numbersBehind are the lags of numbers up to one.
func numbersBehind(most int) []Lag {
	var all []Lag
	for writes := range most {
		all = append(all, Lag{Numbers: writes + 1})
	}
	return all
}

// eitherBehind are numbers or trunks that are one write behind.
var eitherBehind = []Lag{{Numbers: 1}, {Trunks: 1}}

func (l Lag) of(kind reflect.Type) int {
	switch kind {
	case numberKind:
		return l.Numbers
	case trunkKind:
		return l.Trunks
	}
	return 0
}

func (l Lag) String() string {
	if l.Trunks == 0 {
		return fmt.Sprintf("%d behind", l.Numbers)
	}
	return fmt.Sprintf("%d behind, trunks %d", l.Numbers, l.Trunks)
}

// furthest is the most that each kind lags in the world.
func (w World) furthest() Lag {
	var most Lag
	for _, lag := range w.lags {
		most = Lag{Numbers: max(most.Numbers, lag.Numbers), Trunks: max(most.Trunks, lag.Trunks)}
	}
	return most
}

// carries is how many writes further what is news at a lag can still be seen.
func (w World) carries(lag Lag) int {
	most, further := w.furthest(), 0
	for _, kind := range lagging {
		if behind := lag.of(kind); behind > 0 {
			further = max(further, most.of(kind)-behind+1)
		}
	}
	return further
}

// writes are those to the kind that lags and was written least.
func (w World) writes(from, to *system) int {
	most, fewest := w.furthest(), mostWrites
	for _, kind := range lagging {
		if most.of(kind) > 0 {
			fewest = min(fewest, to.store.Writes(kind)-from.store.Writes(kind))
		}
	}
	return fewest
}

// A sighting is what a cache shows of the kinds that lag.
type sighting struct {
	numbers []*v1alpha1.PhoneNumber
	trunks  []*v1alpha1.SIPTrunk
}

func (s *system) sighting(lag Lag) sighting {
	return sighting{apistore.Behind[*v1alpha1.PhoneNumber](s.store, lag.Numbers), apistore.Behind[*v1alpha1.SIPTrunk](s.store, lag.Trunks)}
}

func (s sighting) equal(other sighting) bool {
	return slices.Equal(s.numbers, other.numbers) && slices.Equal(s.trunks, other.trunks)
}

// shownAt is what was shown in a state at a lag.
type shownAt struct {
	place
	lag Lag
}

// A sight is all that decides what a visit does that sees a view. It is whole for one
// that also reads its object without the cache.
type sight struct{ seen, whole digest }

// sights are those of each view of the system that a step leads to.
func (w World) sights(t transition) []sight {
	all := make([]sight, len(t.views))
	for i, view := range t.views {
		switch {
		case view == digest{}:
		case len(w.actors) == 1 && w.furthest().Trunks == 0:
			all[i] = t.to.sight(w.lags[i])
		default:
			seen := digestOf(string(t.key[:]) + string(view[:]))
			all[i] = sight{seen, seen}
		}
	}
	return all
}

// sight is that of a system in which one object alone lags. The writes to that object
// are refused, so of the object as it is it makes no difference but whether it is there
// and, to who reads it to settle what was refused, its ledger.
func (s *system) sight(lag Lag) sight {
	shown := s.sighting(lag)
	k := &keyWriter{names: map[string]string{}}
	for _, number := range shown.numbers {
		k.recorded = append(k.recorded, ledger.IDs(number.Status.ExternalResources)...)
	}
	s.writeNumbers(k, shown.numbers)
	for _, number := range s.numbers() {
		k.line(words("there is", number.Name, string(number.UID)))
	}
	s.writeOthers(k)
	s.writeCarrier(k)
	s.writePlatform(k)
	seen := digestOf(k.String())
	for _, number := range s.numbers() {
		k.line(s.ledgerText(number.Status.ExternalResources))
	}
	return sight{seen: seen, whole: digestOf(k.String())}
}

// looksUp reports whether a visit reads its number without the cache, as a refused
// write makes it do: what it does depends on more than it was shown.
func (t transition) looksUp() bool {
	return slices.ContainsFunc(t.effects, func(e Effect) bool { return strings.HasPrefix(e.Name, "api GET phonenumbers/") })
}
