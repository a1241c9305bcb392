package batch

import (
	"errors"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/apistore"
)

// TestStoppedByNobody goes on after an error of the API server that concerns one
// number, and tries that one again.
func TestStoppedByNobody(t *testing.T) {
	w := newWorld(t, specOf(1, numberOf(0), numberOf(1)), line(0), line(1))
	w.denied["line-0"] = apierrors.NewInternalError(errors.New("failed calling webhook"))
	if _, err := w.visit(); err == nil || !strings.Contains(err.Error(), "deleting line-0: ") {
		t.Errorf("the error is %v, want it to name the number", err)
	}
	if _, err := w.visit(); err != nil || w.number("line-1").DeletionTimestamp == nil {
		t.Errorf("line-1 waits for line-0 (%v)", err)
	}
	delete(w.denied, "line-0")
	w.tearDown()
	wantResults(t, w.settle(), []string{numberOf(1), numberOf(0)})
}

// TestForbidden tries again if it is not allowed to delete: that is no trouble of the
// number's.
func TestForbidden(t *testing.T) {
	w := newWorld(t, specOf(1, numberOf(0)), line(0))
	w.denied["line-0"] = apierrors.NewForbidden(schema.GroupResource{Resource: "phonenumbers"}, "line-0", errors.New(`User "callplane-manager" cannot delete resource`))
	if _, err := w.visit(); err == nil || len(w.deletion().Status.Errors) > 0 {
		t.Errorf("the error is %v, and the status %+v", err, w.deletion().Status)
	}
}

// TestWrittenMeanwhile looks anew at a number that somebody has changed since it was
// read, and so may belong to another agent by now.
func TestWrittenMeanwhile(t *testing.T) {
	w := newWorld(t, specOf(1, numberOf(0)), line(0))
	w.denied["line-0"] = apierrors.NewConflict(schema.GroupResource{Resource: "phonenumbers"}, "line-0", errors.New("it was written"))
	if wait := w.visited(); wait != pace || w.deletion().Status.Remaining[0].State != v1alpha1.DeletionPending {
		t.Errorf("it is looked at after %s: %+v", wait, w.deletion().Status.Remaining)
	}
	delete(w.denied, "line-0")
	wantResults(t, w.settle(), []string{numberOf(0)})
}

// TestStaleCache believes neither that a number is gone nor that it is there because
// the cache says so.
func TestStaleCache(t *testing.T) {
	w := newWorld(t, specOf(1, numberOf(0)), line(0))
	for _, note := range []string{"that", "the cache has seen the batch"} {
		deletion := w.deletion()
		deletion.Annotations = map[string]string{"example.com/note": note}
		w.must(w.api.Update(t.Context(), deletion))
	}
	w.Client = w.store.Client(apistore.MaxLag)
	w.visited()
	if w.number("line-0").DeletionTimestamp == nil || len(w.deletion().Status.Deleted) > 0 {
		t.Errorf("got %+v, want it to be deleted", w.deletion().Status)
	}
	w.visited()
	w.tearDown()
	w.visited()
	w.Client = w.store.Client(0)
	w.visited()
	wantResults(t, w.deletion().Status, []string{numberOf(0)})
	if got := w.count("delete"); got != 1 {
		t.Errorf("%d deletes: %q", got, w.writes)
	}
}
