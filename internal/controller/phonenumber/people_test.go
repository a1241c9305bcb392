package phonenumber

import (
	"testing"

	"k8s.io/apimachinery/pkg/api/equality"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider/fake"
)

// edit changes the live object, as a person does; what changes the spec makes a
// new generation of it.
func (w *world) edit(changes ...change) {
	w.t.Helper()
	number := w.number()
	before := number.DeepCopy()
	for _, change := range changes {
		change(number)
	}
	if !equality.Semantic.DeepEqual(before.Spec, number.Spec) {
		number.Generation++
	}
	if err := w.api.Update(w.t.Context(), number); err != nil {
		w.t.Fatal(err)
	}
}

// delete asks for the object to go, which makes a new generation, too.
func (w *world) delete() {
	w.t.Helper()
	if err := w.api.Delete(w.t.Context(), newNumber()); err != nil {
		w.t.Fatal(err)
	}
	if w.number() != nil {
		w.edit(func(n *v1alpha1.PhoneNumber) { n.Generation++ })
	}
}

// vanish lets somebody delete what there is of a kind.
func (e end) vanish(t *testing.T, kind string) {
	t.Helper()
	for _, gone := range e.All(kind) {
		for _, tie := range e.All("") {
			if tie.ParentID == gone.ID {
				e.remove(t, tie)
			}
		}
		e.remove(t, gone)
	}
	e.Forget()
}

func (e end) remove(t *testing.T, gone *fake.Resource) {
	t.Helper()
	work, _ := e.Session(gone.Account).Driver(gone.Kind)
	if err := work.Delete(t.Context(), external.Call{ID: gone.ID, ParentID: gone.ParentID}); err != nil {
		t.Fatal(err)
	}
}

// statusOf changes the status of an account or a project.
func (w *world) statusOf(object client.Object, change func()) {
	w.t.Helper()
	if err := w.api.Get(w.t.Context(), client.ObjectKeyFromObject(object), object); err != nil {
		w.t.Fatal(err)
	}
	change()
	if err := w.api.Status().Update(w.t.Context(), object); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) remove(object client.Object) {
	w.t.Helper()
	object.SetFinalizers(nil)
	if err := w.api.Update(w.t.Context(), w.current(object)); err != nil {
		w.t.Fatal(err)
	}
	if err := w.api.Delete(w.t.Context(), object); err != nil {
		w.t.Fatal(err)
	}
}

// current gives an object the live resourceVersion.
func (w *world) current(object client.Object) client.Object {
	w.t.Helper()
	live := object.DeepCopyObject().(client.Object)
	if err := w.api.Get(w.t.Context(), client.ObjectKeyFromObject(object), live); err != nil {
		w.t.Fatal(err)
	}
	object.SetResourceVersion(live.GetResourceVersion())
	return object
}

// amend changes the live status, as another manager does.
func (w *world) amend(changes ...change) {
	w.t.Helper()
	number := w.number()
	for _, change := range changes {
		change(number)
	}
	if err := w.api.Status().Update(w.t.Context(), number); err != nil {
		w.t.Fatal(err)
	}
}

// loseObject strips the finalizer by hand and deletes the object.
func (w *world) loseObject() {
	w.t.Helper()
	w.edit(func(n *v1alpha1.PhoneNumber) { n.Finalizers = nil })
	if err := w.api.Delete(w.t.Context(), newNumber()); err != nil {
		w.t.Fatal(err)
	}
}

// replaceObject creates another object of the same name.
func (w *world) replaceObject() {
	w.t.Helper()
	if w.number() != nil {
		w.loseObject()
	}
	if err := w.api.Create(w.t.Context(), newNumber(func(n *v1alpha1.PhoneNumber) { n.UID = otherUID })); err != nil {
		w.t.Fatal(err)
	}
}

// otherAccount creates the account again under its name, for another one.
func (w *world) otherAccount() {
	w.t.Helper()
	w.remove(newAccount())
	other := newAccount()
	other.Spec.AccountSID = "ACffffffffffffffffffffffffffffffff"
	if err := w.api.Create(w.t.Context(), other); err != nil {
		w.t.Fatal(err)
	}
}
