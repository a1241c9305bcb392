package ledger

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
)

func entries(slots ...string) []Entry {
	var all []Entry
	for _, slot := range slots {
		all = append(all, Entry{Slot: slot, ID: "id of " + slot})
	}
	return all
}

func TestPut(t *testing.T) {
	order := []external.Slot{"number", "trunk", "orig", "attach"}
	cases := map[string]struct {
		reason string
		before []Entry
		order  []external.Slot
		put    string
		want   []string
	}{
		"first":            {reason: "an empty ledger takes it", order: order, put: "trunk", want: []string{"trunk"}},
		"in between":       {reason: "the order is that of the plan", before: entries("number", "attach"), order: order, put: "trunk", want: []string{"number", "trunk", "attach"}},
		"replaced":         {reason: "a slot has one entry, and keeps its place", before: entries("trunk", "number"), order: order, put: "trunk", want: []string{"trunk", "number"}},
		"wanted no more":   {reason: "what the plan does not name is undone first", before: entries("old"), order: order, put: "attach", want: []string{"attach", "old"}},
		"without an order": {reason: "then it is the last", before: entries("b", "a"), put: "c", want: []string{"b", "a", "c"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			before := slices.Clone(c.before)
			after := Put(c.before, c.order, Entry{Slot: c.put, ID: "new"})
			var got []string
			for _, entry := range after {
				got = append(got, entry.Slot)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s, -want +got:\n%s", c.reason, diff)
			}
			if entry, ok := Find(after, external.Slot(c.put)); !ok || entry.ID != "new" {
				t.Errorf("found %+v, want what was put: %s", entry, c.reason)
			}
			if diff := cmp.Diff(before, c.before); diff != "" {
				t.Errorf("the ledger that went in has changed, -before +after:\n%s", diff)
			}
		})
	}
}

func TestRemove(t *testing.T) {
	for name, c := range map[string]struct {
		before, want []Entry
	}{
		"there":     {before: entries("number", "trunk"), want: entries("number")},
		"not there": {before: entries("number"), want: entries("number")},
		"empty":     {},
	} {
		t.Run(name, func(t *testing.T) {
			before := slices.Clone(c.before)
			after := Remove(c.before, "trunk")
			if diff := cmp.Diff(c.want, after); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if _, ok := Find(after, "trunk"); ok {
				t.Error("the trunk is found after it was removed")
			}
			if diff := cmp.Diff(before, c.before); diff != "" {
				t.Errorf("the ledger that went in has changed, -before +after:\n%s", diff)
			}
		})
	}
}

func TestIDs(t *testing.T) {
	all := append(entries("number", "trunk"), Entry{Slot: "orig"})
	if diff := cmp.Diff([]string{"id of number", "id of trunk"}, IDs(all)); diff != "" {
		t.Errorf("what has no id yet has none to list, -want +got:\n%s", diff)
	}
}

func TestObserved(t *testing.T) {
	missed := Entry{
		Slot: "orig", Name: "cp-x", Origin: v1alpha1.OriginCreated, ParentID: "TK", State: v1alpha1.StateMissing,
		ErrorClass: "Throttled", Since: &metav1.Time{},
	}
	cases := map[string]struct {
		reason      string
		observation external.Observation
		id, parent  string
	}{
		"with its parent": {reason: "a parent that is seen is noted", observation: external.Observation{ID: "OU", ParentID: "TK2"}, id: "OU", parent: "TK2"},
		"without":         {reason: "a parent that the read does not show is not forgotten", observation: external.Observation{ID: "OU"}, id: "OU", parent: "TK"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			want := Entry{Slot: "orig", Name: "cp-x", Origin: v1alpha1.OriginCreated, ID: c.id, ParentID: c.parent, State: v1alpha1.StateReady}
			if diff := cmp.Diff(want, Observed(missed, c.observation)); diff != "" {
				t.Errorf("%s, and what is there is in no doubt, -want +got:\n%s", c.reason, diff)
			}
		})
	}
}

// TestObservedPrevious forgets where something came from once it is seen to have
// moved, and never what it is to be given back to.
func TestObservedPrevious(t *testing.T) {
	for origin, want := range map[v1alpha1.Origin]string{v1alpha1.OriginCreated: "", v1alpha1.OriginTakenOver: "TK", v1alpha1.OriginAdopted: "TK"} {
		moved := Entry{Slot: "attach", ID: "PN", ParentID: "TK2", Previous: "TK", Origin: origin}
		if got := Observed(moved, external.Observation{ID: "PN", ParentID: "TK2"}).Previous; got != want {
			t.Errorf("what is %s has %q as its previous place, want %q", origin, got, want)
		}
	}
}
