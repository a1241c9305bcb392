package phonenumber

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOrder(t *testing.T) {
	w := newWorld(t)
	result := w.visited()
	w.holds("after one visit", oneOfEach)
	t.Log(result)
	want := []string{}
	if diff := cmp.Diff(want, w.happened()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	t.Log(w.events.lines)
}
