package phonenumber

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/controller/lifecycle"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider/fake"
)

// corruptedNumber is one whose cleanup has failed once: the key is refused.
func corruptedNumber(t *testing.T) *world {
	t.Helper()
	w := deletedNumber(t)
	carrierSays(fake.Observe, "", external.AuthenticationFailed)(w)
	w.visited()
	if w.corrupted().Status != metav1.ConditionTrue {
		t.Fatalf("Corrupted is %+v, want True", w.corrupted())
	}
	w.forget()
	w.events.lines, w.secretReads = nil, 0
	return w
}

func force(number *v1alpha1.PhoneNumber) {
	number.Annotations = map[string]string{v1alpha1.AnnotationForceDelete: "true"}
}

// TestForce lets a corrupted number go with everything on record, without a call
// or a Secret, and leaves the finalizers of others.
func TestForce(t *testing.T) {
	w := corruptedNumber(t)
	left := w.number().Status.ExternalResources
	w.edit(force, func(n *v1alpha1.PhoneNumber) { n.Finalizers = append(n.Finalizers, "example.org/theirs") })
	w.visited()
	if diff := cmp.Diff([]string{"create OrphanRecord", "status OrphanRecord", "update PhoneNumber"}, w.happened()); diff != "" {
		t.Errorf("the record is there before the finalizer goes, and nobody is called, -want +got:\n%s", diff)
	}
	if w.secretReads > 0 {
		t.Errorf("%d Secrets were read, want none", w.secretReads)
	}
	if got := w.number().Finalizers; !slices.Equal(got, []string{"example.org/theirs"}) {
		t.Errorf("the finalizers are %q, want those of others", got)
	}
	record := w.orphan()
	if record.Spec.Reason != v1alpha1.ReasonForceDeleted {
		t.Errorf("the reason is %s, want ForceDeleted", record.Spec.Reason)
	}
	if diff := cmp.Diff(v1alpha1.OrphanRecordStatus{State: v1alpha1.OrphanOpen, Resources: left}, record.Status); diff != "" {
		t.Errorf("on record, -want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"Warning ForceDeleted: Phone number force deleted successfully. Please manually cleanup external resources if needed."}, w.events.lines); diff != "" {
		t.Errorf("events, -want +got:\n%s", diff)
	}
}

// TestForceRefused takes an annotation off again that came too early, and goes on
// as if it had never been there.
func TestForceRefused(t *testing.T) {
	cases := map[string]struct {
		reason string
		start  func(*testing.T) *world
		want   map[string]int
	}{
		"being set up":           {reason: "it is not being deleted", start: func(t *testing.T) *world { return newWorld(t) }, want: oneOfEach},
		"set up":                 {reason: "it is not being deleted", start: func(t *testing.T) *world { return established(t) }, want: oneOfEach},
		"deleted, not corrupted": {reason: "its cleanup has not failed", start: deletedNumber, want: onlyTheNumber},
		"failing for a while": {reason: "what may pass is no reason to give up", want: onlyTheNumber, start: func(t *testing.T) *world {
			w := deletedNumber(t)
			carrierSays(fake.Delete, "Trunk", external.ProviderUnavailable)(w)
			w.visited()
			w.carrier.Heal()
			return w
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := c.start(t)
			w.forget()
			w.edit(force)
			w.events.lines = nil
			w.visited()
			if diff := cmp.Diff([]string{"update PhoneNumber"}, w.happened()); diff != "" {
				t.Errorf("%s: nobody is called by a refusal, -want +got:\n%s", c.reason, diff)
			}
			if w.number() == nil || lifecycle.Forced(w.number()) {
				t.Fatalf("%s: the number is %+v, want it there and without the annotation", c.reason, w.number())
			}
			if want := []string{"Warning ForceDeleteRefused: " + kind.Notes.ForceRefused}; !slices.Equal(w.events.lines, want) {
				t.Errorf("%s: events %q, want %q", c.reason, w.events.lines, want)
			}
			w.settle(name)
			w.holds(name, c.want)
		})
	}
}

// TestForceJudgesTheLiveObject is not misled by a cache that still shows a number
// as corrupted, or the annotation.
func TestForceJudgesTheLiveObject(t *testing.T) {
	w := corruptedNumber(t)
	w.edit(force)
	shown := w.number()
	w.edit(func(n *v1alpha1.PhoneNumber) { n.Annotations = nil })
	if _, err := w.visitAs(shown); err != nil || w.orphan() != nil || w.number() == nil {
		t.Errorf("error %v, record %v: want nothing to happen by an annotation that was taken off", err, w.orphan())
	}
	w.edit(force)
	w.unreadable = errAway
	if _, err := w.visitAs(shown); err == nil {
		t.Error("a number that cannot be read was judged")
	}
}

// TestForceWaitsForTheRecord keeps the object for as long as nothing is recorded.
func TestForceWaitsForTheRecord(t *testing.T) {
	for _, what := range []string{"create OrphanRecord", "status OrphanRecord"} {
		t.Run(what, func(t *testing.T) {
			w := corruptedNumber(t)
			w.edit(force)
			for range 2 {
				w.failAt(what, 0, errAway)
				if _, err := w.visit(); err == nil || w.number() == nil {
					t.Fatalf("error %v, want the object to stay", err)
				}
			}
			if want := "Warning ForceDeleteWaits: " + kind.Notes.ForceWaits; !slices.Contains(w.events.lines, want) {
				t.Errorf("events %q, want %q", w.events.lines, want)
			}
			w.rewind()
			w.visited()
			if w.number() != nil || w.orphan() == nil {
				t.Error("the object did not go once the record was written")
			}
		})
	}
}

// TestForceDies lets the process die at every effect of a force.
func TestForceDies(t *testing.T) {
	start := func(t *testing.T) *world {
		w := corruptedNumber(t)
		w.edit(force)
		return w
	}
	everyDeath(t, start, func(w *world, death string) {
		w.restart(time.Second)
		w.settle(death)
		w.wantOnRecord(death)
		if calls := w.calls(); len(calls) > 0 {
			w.t.Errorf("%s: %q were called", death, calls)
		}
	})
}

// TestForcedMeanwhile forces a number while another leader is paused at each
// effect of a retry that will succeed: what that retry has seen to be gone does not
// stay on record, and nothing is left that is not on it.
func TestForcedMeanwhile(t *testing.T) {
	start := func(t *testing.T) *world {
		w := corruptedNumber(t)
		w.carrier.Heal()
		return w
	}
	whole := start(t)
	whole.visited()
	for nth := range whole.effects {
		what := "forced before " + whole.effects[nth].what
		w := start(t)
		w.pauseAt(nth+1, func() {
			leader := w.Reconciler
			w.Reconciler = w.newReconciler()
			w.edit(force)
			w.settle(what)
			w.Reconciler = leader
		})
		if _, err := w.visit(); err != nil && !apierrors.IsNotFound(err) {
			t.Errorf("%s: %v", what, err)
		}
		w.wantOnRecord(what)
	}
}

// TestForcedBeforeTheLateResult forces a number when a retry that has succeeded was
// refused its write, and before it has noted what it found out.
func TestForcedBeforeTheLateResult(t *testing.T) {
	w := corruptedNumber(t)
	w.carrier.Heal()
	annotated, elsewhere := false, false
	w.meddle = func(_ int, e effect, work func() error) error {
		meddle := w.meddle
		w.meddle = nil
		switch {
		case e.what == "update PhoneNumber" && !annotated:
			annotated = true
			w.edit(force)
		case e.what == "status PhoneNumber" && annotated && !elsewhere:
			elsewhere = true
			leader := w.Reconciler
			w.Reconciler = w.newReconciler()
			w.settle("forced by another leader")
			w.Reconciler = leader
		}
		w.meddle = meddle
		return work()
	}
	_, _ = w.visit()
	if !elsewhere {
		t.Fatal("there was no late result")
	}
	w.wantOnRecord("late result")
}

// wantOnRecord sees that the record lists what exists at the providers, and that
// it is closed once nothing does.
func (w *world) wantOnRecord(what string) {
	w.t.Helper()
	record := w.orphan()
	if record == nil {
		w.t.Errorf("%s: there is no record\n%q", what, w.happened())
		return
	}
	var exist, listed []string
	for _, resource := range append(w.carrier.All(""), w.platform.All("")...) {
		exist = append(exist, resource.Kind+" "+resource.ID)
	}
	for _, entry := range record.Status.Resources {
		listed = append(listed, entry.Kind+" "+entry.ID)
	}
	listed = slices.DeleteFunc(listed, func(entry string) bool { return entry == "Number PN" })
	exist = slices.DeleteFunc(exist, func(entry string) bool { return entry == "Number PN" })
	slices.Sort(exist)
	slices.Sort(listed)
	if diff := cmp.Diff(exist, listed, cmpopts.EquateEmpty()); diff != "" {
		w.t.Errorf("%s: -at the providers +on record:\n%s\n%q", what, diff, w.happened())
	}
	if len(record.Status.Resources) == 0 && record.Status.State != v1alpha1.OrphanClosed {
		w.t.Errorf("%s: the record lists nothing and is %s", what, record.Status.State)
	}
}

// TestLateCreate records what a paused leader made for a number that is gone, if
// it cannot be taken back.
func TestLateCreate(t *testing.T) {
	w := newWorld(t)
	w.pauseAt(slices.Index(madeBy(t), "create Trunk")+1, func() {
		w.loseObject()
		w.carrier.Fail(fake.Fault{Operation: fake.Delete, Kind: "Trunk", Err: refusal(external.NetworkError)})
	})
	if _, err := w.visit(); err == nil {
		t.Error("the visit ended well")
	}
	w.wantOnRecord("late create")
	if record := w.orphan(); record != nil && record.Spec.Reason != v1alpha1.ReasonSwept {
		t.Errorf("the reason is %s, want Swept", record.Spec.Reason)
	}
}

// madeBy lists the effects of a setup in their order.
func madeBy(t *testing.T) []string {
	t.Helper()
	w := newWorld(t)
	w.visited()
	return w.happened()
}
