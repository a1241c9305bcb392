package apistore

import (
	"reflect"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// MostWrites is to how many writes to a kind a stalled view can be blind, its lag among
// them.
const MostWrites = 32

// StalledClient returns a client whose view of each kind is some writes behind now, and
// shows nothing newer, with one exception, as the client of a manager: it does not read
// an object before it can show what it has written to it itself, and from then on it
// shows all that was written to the kind before that. A kind that is not behind is
// always shown as it is.
func (s *Store) StalledClient(behind func(kind reflect.Type) int) client.Client {
	v := stalled{store: s, written: map[key]int{}, shown: map[reflect.Type]int{}}
	for kind := range s.kinds {
		if lag := behind(kind); lag > 0 {
			v.shown[kind] = max(s.Writes(kind)-lag, 0)
		}
	}
	return reader{store: s, lag: v.lag, wrote: v.wrote, catchUp: v.catchUp}
}

// stalled counts writes to each kind, from the beginning.
type stalled struct {
	store *Store
	// written is the count by when an object was written through the view.
	written map[key]int
	// shown is how many the view shows of a kind that is behind.
	shown map[reflect.Type]int
}

func (v stalled) wrote(at key) { v.written[at] = v.store.Writes(at.kind) }

func (v stalled) catchUp(at key) {
	if shown, behind := v.shown[at.kind]; behind {
		v.shown[at.kind] = max(shown, v.written[at])
	}
}

func (v stalled) lag(kind reflect.Type) int {
	shown, behind := v.shown[kind]
	if !behind {
		return 0
	}
	lag := v.store.Writes(kind) - shown
	if lag > MostWrites {
		panic("apistore: a stalled view was followed by too many writes")
	}
	return lag
}
