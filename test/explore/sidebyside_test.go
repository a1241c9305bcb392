package explore

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSideBySide adds what is found in the order in which it came, however many work,
// and goes on with what was added.
func TestSideBySide(t *testing.T) {
	for _, workers := range []int{1, 2, 7} {
		queue, added := []int{1}, []int(nil)
		next := func() (n int, more bool) {
			if len(queue) == 0 {
				return 0, false
			}
			n, queue = queue[0], queue[1:]
			return n, true
		}
		sideBySide(workers, next, func(n int) []int { return []int{2 * n, 2*n + 1} }, func(n int, found []int) {
			added = append(added, n)
			if n < 100 {
				queue = append(queue, found...)
			}
		})
		var want []int
		for n := 1; n < 200; n++ {
			want = append(want, n)
		}
		if diff := cmp.Diff(want, added); diff != "" {
			t.Errorf("%d workers find other than what one finds after the other, -want +got:\n%s", workers, diff)
		}
	}
}
