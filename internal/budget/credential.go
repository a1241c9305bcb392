package budget

import (
	"errors"
	"time"

	"github.com/callplane/callplane/internal/external"
)

// A credential is what is known of credentials that were refused. One refusal stops all
// calls with them. Until it is confirmed the others wait; then they get the same
// refusal, without a call.
type credential struct {
	refusal *external.Error
	// confirmed by a probe. Until then it is suspected, and no longer than that.
	confirmed bool
	until     time.Time
}

// suspicion is how long a refusal counts that nobody confirms. A probe takes far less.
const suspicion = 10 * time.Second

// maxCredentials is how many refused credentials of an account are remembered: whoever
// tries out many must not fill the memory.
const maxCredentials = 16

// recheck is when it is known, as a rule, what a probe has found.
const recheck = time.Second

// accepts returns why no call is to be made with credentials.
func (a *Account) accepts(key string, probe bool) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	known := a.credentials[key]
	switch {
	case known == nil || probe:
		return nil
	case known.confirmed:
		return &external.Error{Class: known.refusal.Class, Message: known.refusal.Message, Blanket: true}
	case a.clock.Now().Before(known.until):
		return &external.Error{Class: external.Throttled, OwnLimit: true, Message: "the provider has refused the credentials once; it is found out whether it does so again", RetryAfter: recheck}
	default:
		return nil
	}
}

// judge draws conclusions from the outcome of a call, and reports whether somebody has
// to find out whether the credentials are refused.
func (a *Account) judge(key string, probe bool, err error) (suspect bool) {
	refusal := refusalIn(err)
	a.mu.Lock()
	defer a.mu.Unlock()
	known := a.credentials[key]
	switch {
	case refusal == nil && err == nil && probe:
		delete(a.credentials, key)
	case refusal == nil || known != nil && known.confirmed:
	case probe:
		if len(a.credentials) > maxCredentials {
			clear(a.credentials)
		}
		a.credentials[key] = &credential{refusal: refusal, confirmed: true}
	case known == nil || !a.clock.Now().Before(known.until):
		a.credentials[key] = &credential{refusal: refusal, until: a.clock.Now().Add(suspicion)}
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
