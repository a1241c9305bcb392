package lifecycle

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/status"
)

// Looks are when objects that are all right are next compared with the providers, one
// read for each resource. Nil compares them at every visit. They live in memory only: a
// start spreads them over the whole period, so that it asks nobody at once.
type Looks struct {
	period time.Duration
	random *rand.Rand

	mu  sync.Mutex
	due map[types.UID]time.Time
}

// NewLooks compares each object once in a period.
func NewLooks(period time.Duration, random *rand.Rand) *Looks {
	return &Looks{period: period, random: random, due: map[types.UID]time.Time{}}
}

// Want has an object looked at as soon as it is visited.
func (l *Looks) Want(uid types.UID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.due[uid] = time.Time{}
}

// wanted reports whether somebody wants a look.
func (l *Looks) wanted(uid types.UID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	due, known := l.due[uid]
	return known && due.IsZero()
}

// Forget ends it for an object that is going.
func (l *Looks) Forget(uid types.UID) {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.due, uid)
}

// wait is how long an object need not be looked at; 0 for one that is due.
func (l *Looks) wait(uid types.UID, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	due, known := l.due[uid]
	if !known {
		due = now.Add(time.Duration(l.random.Int64N(int64(l.period))))
		l.due[uid] = due
	}
	return max(due.Sub(now), 0)
}

// looked notes that an object was looked at, and returns when it is again: after the
// period, less up to a fifth.
func (l *Looks) looked(uid types.UID, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	wait := l.period - time.Duration(l.random.Int64N(int64(l.period)/5+1))
	l.due[uid] = now.Add(wait)
	return wait
}

// Unchanged reports whether all that an object asks for now was there when the providers
// were last asked, and they need not be asked again. What it asks for are values that can
// be written as JSON, without secrets; what is behind a pointer may be known only later.
// Until a visit has seen that all is there, it is not known any more: only what failed
// before anybody was asked leaves it so.
func (v *Visit) Unchanged(wanted ...any) bool {
	if v.Looks == nil {
		return false
	}
	v.wanted = slices.Concat(wanted, []any{v.Marker("")})
	before, now := v.Before.Lifecycle(), digest(v.wanted)
	same := now != "" && now == before.AppliedConfiguration && HasTeardown(v.Before) &&
		before.LastHandledRetryAt == v.status().LastHandledRetryAt && !v.Looks.wanted(v.Object.GetUID())
	if same && v.Looks.wait(v.Object.GetUID(), v.Clock.Now()) > 0 {
		return true
	}
	v.routine = same
	v.Looks.Want(v.Object.GetUID())
	v.status().AppliedConfiguration = ""
	return false
}

// digest tells values apart; empty if they cannot be written, which nothing equals.
func digest(values []any) string {
	text, err := json.Marshal(values)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// Rest leaves an object as it is until it is due to be looked at.
func (v *Visit) Rest(ctx context.Context) (reconcile.Result, error) {
	if err := v.WriteVerdict(ctx, status.Active()); err != nil {
		return reconcile.Result{}, err
	}
	return reconcile.Result{RequeueAfter: max(v.Looks.wait(v.Object.GetUID(), v.Clock.Now()), time.Second)}, nil
}

// Suspect has an object looked at soon, by the controller of its kind.
func (s *Shell) Suspect(object v1alpha1.Owner) {
	s.Looks.Want(object.GetUID())
	request := reconcile.Request{NamespacedName: client.ObjectKeyFromObject(object)}
	s.Bell.Ring(request, PriorityOf(LaneOf(object)))
}
