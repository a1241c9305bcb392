package usage

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/types"

	"github.com/callplane/callplane/api/v1alpha1"
)

// shown is how many names a status lists.
const shown = 100

// interval is how often a Throttle lets pass for one object.
const interval = 10 * time.Second

// Summary is what a status says about the users: a count and the first names,
// sorted.
func Summary(names []string) *v1alpha1.Users {
	names = slices.Sorted(slices.Values(names))
	return &v1alpha1.Users{
		Count:     new(int32(len(names))),
		Names:     names[:min(len(names), shown)],
		Truncated: new(len(names) > shown),
	}
}

// mentioned is how many names a sentence has.
const mentioned = 5

// Mention names users in a sentence: the first ones, and how many more there are.
func Mention(users *v1alpha1.Users) string {
	first := users.Names[:min(len(users.Names), mentioned)]
	text := strings.Join(first, ", ")
	if more := int(*users.Count) - len(first); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// A Throttle bounds how often something is written for each object, such as the
// users in its status.
type Throttle struct {
	mu    sync.Mutex
	until map[types.UID]time.Time
}

// Show writes into a status who uses an object, or says how long that has to wait: who is
// the first or was the last does not, since whether somebody does is what plans go by.
func (t *Throttle) Show(status **v1alpha1.Users, numbers []v1alpha1.PhoneNumber, uid types.UID, now time.Time) time.Duration {
	summary := Summary(Names(numbers))
	if equality.Semantic.DeepEqual(*status, summary) {
		return 0
	}
	wait := t.Pass(uid, now)
	if wait > 0 && used(*status) == used(summary) {
		return wait
	}
	*status = summary
	return 0
}

func used(users *v1alpha1.Users) bool { return users != nil && users.Count != nil && *users.Count > 0 }

// Pass reports how long to wait before it may be written again for an object;
// zero lets it be written now.
func (t *Throttle) Pass(uid types.UID, now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if wait := t.until[uid].Sub(now); wait > 0 {
		return wait
	}
	if t.until == nil {
		t.until = map[types.UID]time.Time{}
	}
	t.until[uid] = now.Add(interval)
	return 0
}
