package phonenumber

import (
	"fmt"
	"testing"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider/fake"
)

var deleteFails = fake.Fault{Operation: fake.Delete, Err: &external.Error{Class: external.NetworkError, Message: "no answer"}}

const otherUID = "22222222-bbbb-4bbb-8bbb-bbbbbbbbbbbb"

// TestStaleViews reconciles every version that an object ever had long after it
// was another one: nothing is made, and nothing of others is touched.
func TestStaleViews(t *testing.T) {
	cases := map[string]struct {
		reason string
		given  func(*world)
		want   map[string]int
	}{
		"set up":     {reason: "what there is, is not made again", given: func(*world) {}, want: oneOfEach},
		"changed":    {reason: "what there is, is not made again", given: func(w *world) { w.edit(touched) }, want: oneOfEach},
		"gone":       {reason: "a snapshot from before the deletion makes nothing", given: func(w *world) { w.delete(); w.settle("deleting") }, want: onlyTheNumber},
		"made again": {reason: "the new object of the name keeps its own", given: func(w *world) { w.delete(); w.settle("deleting"); w.replaceObject(); w.settle("again") }, want: oneOfEach},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.versions = append(w.versions, w.number())
			w.visited()
			c.given(w)
			w.clock.SetTime(w.clock.Now().Add(2 * grace))
			for i, version := range w.versions {
				if w.number() != nil && w.number().ResourceVersion == version.ResourceVersion {
					continue
				}
				w.forget()
				_, _ = w.visitAs(version)
				what := fmt.Sprintf("%s: version %d of %d", c.reason, i+1, len(w.versions))
				w.holds(what, c.want)
				if len(w.creates()) > 0 {
					t.Errorf("%s made %q", what, w.creates())
				}
			}
		})
	}
}

// TestDeletingBeforeTheFence deletes the object between the read and the fence.
func TestDeletingBeforeTheFence(t *testing.T) {
	w := newWorld(t)
	w.pauseAt(3, w.delete)
	if _, err := w.visit(); err == nil || len(w.creates()) > 0 {
		t.Errorf("error %v and %q, want the fence to be refused", err, w.creates())
	}
	w.settle("deleting")
	w.holds("in the end", onlyTheNumber)
}

// TestFinalizerIsNeverAddedLate reconciles a view from before the deletion.
func TestFinalizerIsNeverAddedLate(t *testing.T) {
	w := newWorld(t, func(n *v1alpha1.PhoneNumber) { n.Finalizers = []string{"example.com/other"} })
	stale := w.number()
	w.delete()
	if _, err := w.visitAs(stale); err == nil {
		t.Error("the finalizer was accepted, want a conflict")
	}
	if len(w.calls()) > 0 {
		t.Errorf("%q, want nobody to be called before the finalizer is there", w.calls())
	}
}
