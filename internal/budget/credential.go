package budget

import (
	"errors"
	"sync"
	"time"

	"k8s.io/utils/clock"
	"k8s.io/utils/lru"

	"github.com/callplane/callplane/internal/external"
)

// A credential is what is known of credentials that were refused. One refusal stops all
// calls with them. Until it is confirmed the others wait; then they get the same
// refusal, without a call.
type credential struct {
	// refusal is nil once a probe was accepted: what is refused then is about something
	// else, and nobody is suspected again for a while.
	refusal *external.Error
	// confirmed by a probe. Until then it is suspected, and no longer than that.
	confirmed bool
	until     time.Time
}

// trust is how long a refusal raises no suspicion after a probe was accepted: some keys
// may do one thing and not another.
const trust = time.Minute

// suspicion is how long a refusal counts that nobody confirms. A probe takes far less.
const suspicion = 10 * time.Second

// maxCredentials is how many refused credentials are remembered: whoever tries out many
// must not fill the memory.
const maxCredentials = 4096

// recheck is when it is known, as a rule, what a probe has found.
const recheck = time.Second

// refusals are what is known of all credentials, by account and credential.
type refusals struct {
	clock clock.PassiveClock

	mu    sync.Mutex
	known *lru.Cache
}

func newRefusals(by clock.PassiveClock) *refusals {
	return &refusals{clock: by, known: lru.New(maxCredentials)}
}

// of is what is known of credentials; nil for nothing.
func (r *refusals) of(key any) *credential {
	known, _ := r.known.Get(key)
	found, _ := known.(*credential)
	return found
}

// accepts returns why no call is to be made with credentials.
func (r *refusals) accepts(key any, probe bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	known := r.of(key)
	switch {
	case known == nil || probe:
		return nil
	case known.confirmed:
		// Nobody was refused just now: a copy is no news.
		return &external.Error{Class: known.refusal.Class, Message: known.refusal.Message}
	case known.refusal != nil && r.clock.Now().Before(known.until):
		return &external.Error{Class: external.Throttled, OwnLimit: true, Message: "the provider has refused the credentials once; it is found out whether it does so again", RetryAfter: recheck}
	default:
		return nil
	}
}

// judge draws conclusions from the outcome of a call, and reports whether somebody has
// to find out whether the credentials are refused.
func (r *refusals) judge(key any, probe bool, err error) (suspect bool) {
	refusal := refusalIn(err)
	r.mu.Lock()
	defer r.mu.Unlock()
	known := r.of(key)
	switch {
	case err == nil && probe && known != nil:
		r.known.Add(key, &credential{until: r.clock.Now().Add(trust)})
	case refusal == nil || known != nil && known.confirmed:
	case probe:
		r.known.Add(key, &credential{refusal: refusal, confirmed: true})
	case known == nil || !r.clock.Now().Before(known.until):
		r.known.Add(key, &credential{refusal: refusal, until: r.clock.Now().Add(suspicion)})
		return true
	}
	return false
}

// refusalIn returns the refusal of credentials that an error is; nil if it is none.
func refusalIn(err error) *external.Error {
	if refusal, ok := errors.AsType[*external.Error](err); ok && refusal.Blanket {
		return refusal
	}
	return nil
}
