package brake

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"
)

func TestNext(t *testing.T) {
	now := time.Unix(rand.Int64N(4e9), 0)
	waits := func(uid types.UID, since time.Duration) Number { return Number{UID: uid, Deleted: now.Add(-since)} }
	begun := func(uid types.UID) Number { return Number{UID: uid, Deleted: now, Begun: true} }
	cases := map[string]struct {
		reason  string
		numbers []Number
		limit   int
		want    []types.UID
	}{
		"nobody":         {reason: "nobody is being deleted", limit: 2},
		"room for all":   {reason: "fewer wait than may begin", numbers: []Number{waits("a", 1), waits("b", 0)}, limit: 3, want: []types.UID{"a", "b"}},
		"longest first":  {reason: "who was deleted first goes first, wherever a cache lists it", numbers: []Number{waits("a", time.Second), waits("b", time.Hour), waits("c", 0)}, limit: 2, want: []types.UID{"b", "a"}},
		"lowest UID":     {reason: "the API counts in seconds: of those of one second the UID decides", numbers: []Number{waits("c", 0), waits("a", 0), waits("b", 0)}, limit: 2, want: []types.UID{"a", "b"}},
		"one place":      {reason: "only the free place is given away", numbers: []Number{begun("x"), waits("b", 0), waits("a", 0)}, limit: 2, want: []types.UID{"a"}},
		"full":           {reason: "all places are taken", numbers: []Number{begun("x"), begun("y"), waits("a", time.Hour)}, limit: 2},
		"lowered":        {reason: "a limit that was lowered lets those go on that have begun", numbers: []Number{begun("x"), begun("y"), begun("z"), waits("a", time.Hour)}, limit: 1},
		"begun is later": {reason: "who has begun keeps its place, also where another one has waited longer", numbers: []Number{begun("x"), waits("a", time.Hour)}, limit: 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var got []types.UID
			for _, number := range Next(c.numbers, c.limit) {
				got = append(got, number.UID)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s, -want +got:\n%s", c.reason, diff)
			}
		})
	}
}
