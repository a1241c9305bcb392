package phonenumber

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
)

var (
	errConflict = apierrors.NewConflict(schema.GroupResource{Resource: "phonenumbers"}, key.Name, errors.New("the object has been modified"))
	errAway     = apierrors.NewInternalError(errors.New("the API server is away"))
)

// touched is what somebody else does to an object meanwhile.
func touched(n *v1alpha1.PhoneNumber) {
	metav1.SetMetaDataAnnotation(&n.ObjectMeta, "example.com/touched", n.ResourceVersion)
}

// failWrite lets the nth write to the API server go wrong in some way.
func (t *tape) failWrite(nth int, wrong func(work func() error) error) {
	writes := 0
	t.meddle = func(_ int, e effect, work func() error) error {
		if !e.write {
			return work()
		}
		writes++
		if writes == nth {
			return wrong(work)
		}
		return work()
	}
}

// TestEveryWriteFails lets each write in turn fail, in every way, while a number
// is set up and while it is taken down.
func TestEveryWriteFails(t *testing.T) {
	ways := map[string]struct {
		reason string
		wrong  func(*world) func(func() error) error
	}{
		"conflict": {
			reason: "a refused write is no reason to make something twice",
			wrong:  func(*world) func(func() error) error { return func(func() error) error { return errConflict } },
		},
		"changed meanwhile": {
			reason: "whoever changes an object does not get a second resource by it",
			wrong: func(w *world) func(func() error) error {
				return func(work func() error) error { w.edit(touched); return work() }
			},
		},
		"away": {
			reason: "what could not be recorded is found by its marker",
			wrong:  func(*world) func(func() error) error { return func(func() error) error { return errAway } },
		},
		"answer lost": {
			reason: "a write that was accepted without an answer counts",
			wrong: func(*world) func(func() error) error {
				return func(work func() error) error { _ = work(); return errAway }
			},
		},
		"conflict with itself": {
			reason: "a write that was accepted and then repeated counts",
			wrong: func(*world) func(func() error) error {
				return func(work func() error) error { _ = work(); return errConflict }
			},
		},
	}
	for name, c := range ways {
		t.Run(name, func(t *testing.T) {
			whole := newWorld(t)
			whole.visited()
			for nth := range whole.writes() {
				what := fmt.Sprintf("%s: write %d while it is set up", c.reason, nth+1)
				w := newWorld(t)
				w.failWrite(nth+1, c.wrong(w))
				_, _ = w.visit()
				w.rewind()
				w.settle(what)
				w.holds(what, oneOfEach)
			}
			whole.forget()
			whole.delete()
			whole.visited()
			for nth := range whole.writes() {
				what := fmt.Sprintf("%s: write %d while it is taken down", c.reason, nth+1)
				w := established(t)
				w.delete()
				w.failWrite(nth+1, c.wrong(w))
				_, _ = w.visit()
				w.rewind()
				w.settle(what)
				w.holds(what, onlyTheNumber)
			}
		})
	}
}

// TestCompensation creates a trunk whose record is refused, in every way.
func TestCompensation(t *testing.T) {
	names := func(id string) func(*world) {
		return func(w *world) {
			w.amend(func(n *v1alpha1.PhoneNumber) {
				entry, _ := ledger.Find(n.Status.ExternalResources, external.SlotTrunk)
				entry.ID = id
				n.Status.ExternalResources = ledger.Put(n.Status.ExternalResources, nil, entry)
			})
		}
	}
	named := func(n *v1alpha1.PhoneNumber) {
		n.Status.ExternalResources = []ledger.Entry{{Slot: string(external.SlotTrunk), Kind: "Trunk", ID: "Trunk-1"}}
	}
	cases := map[string]struct {
		reason    string
		meanwhile func(*world)
		answer    error
		want      []string
	}{
		"changed":           {reason: "another leader may make one of its own", meanwhile: func(w *world) { w.edit(touched) }, want: []string{"create Trunk", "delete Trunk"}},
		"gone":              {reason: "nobody would ever look for it", meanwhile: (*world).loseObject, want: []string{"create Trunk", "delete Trunk"}},
		"made again":        {reason: "an object of the same name is another one", meanwhile: (*world).replaceObject, want: []string{"create Trunk", "delete Trunk"}},
		"made again, alike": {reason: "what another object names is not this one's record", meanwhile: func(w *world) { w.replaceObject(); w.amend(named) }, want: []string{"create Trunk", "delete Trunk"}},
		"recorded by now":   {reason: "what the live object names is not deleted", meanwhile: names("Trunk-1"), want: []string{"create Trunk"}},
		"another recorded":  {reason: "an object that names another one does not need this one", meanwhile: names("Trunk-7"), want: []string{"create Trunk", "delete Trunk"}},
		"cannot be read":    {reason: "while in doubt nothing is deleted", meanwhile: func(w *world) { w.unreadable = errAway; w.edit(touched) }, want: []string{"create Trunk"}},
		"server away":       {reason: "it is found by its marker later", answer: errAway, want: []string{"create Trunk"}},
		"delete fails, too": {reason: "a failed compensation is tried once; the intent is still there", meanwhile: func(w *world) { w.edit(touched); w.carrier.Fail(deleteFails) }, want: []string{"create Trunk", "delete Trunk"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.failWrite(4, func(work func() error) error {
				w.meddle = nil
				if c.meanwhile != nil {
					c.meanwhile(w)
				}
				if c.answer != nil {
					return c.answer
				}
				return work()
			})
			if _, err := w.visit(); err == nil || len(w.creates()) != 1 {
				t.Errorf("%s: error %v and %q, want the visit to end there", c.reason, err, w.creates())
			}
			if diff := cmp.Diff(c.want, w.mutations()); diff != "" {
				t.Errorf("%s, -want +got:\n%s", c.reason, diff)
			}
		})
	}
}
