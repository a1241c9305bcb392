package phonenumber

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/callplane/callplane/api/v1alpha1"
)

func TestWhatMakesRoom(t *testing.T) {
	waits, begun := newNumber(toTakeDown), newNumber(toTakeDown, underWay)
	cases := map[string]struct {
		reason   string
		old, new *v1alpha1.PhoneNumber
		want     bool
	}{
		"failed for good": {reason: "its place is free", old: begun, new: newNumber(toTakeDown, underWay, givenUp), want: true},
		"paused":          {reason: "another one is next", old: waits, new: newNumber(toTakeDown, pausedByHand), want: true},
		"let go of":       {reason: "others hold it, and we are done", old: begun, new: newNumber(deleted, heldByOthers), want: true},
		"begun":           {reason: "it has taken a place", old: waits, new: begun},
		"deleted":         {reason: "it is one more", old: newNumber(), new: waits},
		"waits on":        {reason: "nothing is new", old: waits, new: waits},
		"is not deleted":  {reason: "it is in no line", old: newNumber(), new: newNumber(pausedByHand)},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := makesRoom.Update(event.UpdateEvent{ObjectOld: c.old, ObjectNew: c.new}); got != c.want {
				t.Errorf("%s: got %v", c.reason, got)
			}
		})
	}
	if makesRoom.Create(event.CreateEvent{}) || makesRoom.Generic(event.GenericEvent{}) || !makesRoom.Delete(event.DeleteEvent{}) {
		t.Error("only a number that is gone makes room without having changed")
	}
}

// woken are the names of those who are woken when a number makes room.
func (w *world) woken(by client.Object) []string {
	var names []string
	for _, request := range w.nextInLine(w.t.Context(), by) {
		names = append(names, request.Name)
	}
	return names
}

// TestOnlyWhoMayBeginIsWoken wakes as many as there are places, whoever waits.
func TestOnlyWhoMayBeginIsWoken(t *testing.T) {
	w := newWorld(t)
	limitedTo(3)(w)
	first := w.neighbour("0000", underWay)
	w.neighbour("0001", underWay)
	for i := range 50 {
		w.neighbour(fmt.Sprintf("%04d", 50+i))
	}
	if diff := cmp.Diff([]string{"0050"}, w.woken(first)); diff != "" {
		t.Errorf("while one place is free, -want +got:\n%s", diff)
	}
	w.goes(first)
	if diff := cmp.Diff([]string{"0050", "0051"}, w.woken(first)); diff != "" {
		t.Errorf("while two places are free, -want +got:\n%s", diff)
	}
	accountLimitedTo(5)(w)
	var names []string
	for _, request := range w.usersOfConnection(t.Context(), newAccount()) {
		names = append(names, request.Name)
	}
	if got := names[len(names)-4:]; !cmp.Equal(got, []string{"0050", "0051", "0052", "0053"}) {
		t.Errorf("when the account says more, %q are woken, want those for whom there is room now", got)
	}
	limitedTo(0)(w)
	accountLimitedTo(1)(w)
	if got := w.woken(first); len(got) > 0 {
		t.Errorf("%q are woken, and there is no room", got)
	}
}
