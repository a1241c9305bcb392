package brake

import (
	"errors"
	"testing"

	"k8s.io/apimachinery/pkg/types"
)

func shows(numbers ...Number) View {
	return func() ([]Number, error) { return append([]Number(nil), numbers...), nil }
}

func admit(t *testing.T, r *Register, uid types.UID, view View) bool {
	t.Helper()
	admitted, err := r.Admit("account", uid, 1, view)
	if err != nil {
		t.Fatal(err)
	}
	return admitted
}

// TestPlaceIsKept gives a place away once, however long a cache does not show it.
func TestPlaceIsKept(t *testing.T) {
	r := &Register{}
	a, b := Number{UID: "a"}, Number{UID: "b"}
	if admit(t, r, "b", shows(a, b)) {
		t.Error("b was admitted, and a is before it")
	}
	if !admit(t, r, "a", shows(a, b)) {
		t.Fatal("a was not admitted, and nobody is before it")
	}
	if admit(t, r, "b", shows(a, b)) {
		t.Error("b was admitted while a has the only place")
	}
	if !admit(t, r, "a", shows(a, b)) {
		t.Error("a has lost its place, and has not begun")
	}
	if next, err := r.Next("account", 1, shows(a, b)); len(next) > 0 || err != nil {
		t.Errorf("%v would be next, error %v, and there is no place", next, err)
	}
	a.Begun = true
	if admit(t, r, "b", shows(a, b)) {
		t.Error("b was admitted while a is being torn down")
	}
	if next, err := r.Next("account", 1, shows(b)); len(next) != 1 || err != nil {
		t.Errorf("%v would be next, error %v, and a is gone", next, err)
	}
	if !admit(t, r, "b", shows(b)) {
		t.Error("b was not admitted, and a is gone")
	}
}

// TestPlaceIsLost frees the place of one that was held before it could begin.
func TestPlaceIsLost(t *testing.T) {
	r := &Register{}
	a, b := Number{UID: "a"}, Number{UID: "b"}
	admit(t, r, "a", shows(a, b))
	if !admit(t, r, "b", shows(b)) {
		t.Error("b was not admitted, and a does not wait any more")
	}
	if admit(t, r, "a", shows(a, b)) {
		t.Error("a was admitted again while b has the only place")
	}
}

func TestAccountsDoNotShare(t *testing.T) {
	r := &Register{}
	admit(t, r, "a", shows(Number{UID: "a"}))
	if admitted, err := r.Admit("another", "b", 1, shows(Number{UID: "b"})); !admitted || err != nil {
		t.Errorf("admitted is %v, error %v: a is in another account", admitted, err)
	}
}

// TestUnreadable keeps the places as they are.
func TestUnreadable(t *testing.T) {
	r := &Register{}
	a, b := Number{UID: "a"}, Number{UID: "b"}
	admit(t, r, "a", shows(a, b))
	failing := func() ([]Number, error) { return nil, errors.New("not started") }
	if admitted, err := r.Admit("account", "b", 1, failing); admitted || err == nil {
		t.Errorf("admitted is %v, error %v, want only the error", admitted, err)
	}
	if _, err := r.Next("account", 1, failing); err == nil {
		t.Error("want the error")
	}
	if admit(t, r, "b", shows(a, b)) {
		t.Error("b was admitted while a has the only place")
	}
}
