package livekitsim

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/livekit/protocol/auth"
	"github.com/twitchtv/twirp"
)

const bearer = "Bearer "

// An authority decides what a token allows. Clones of a simulator share it.
type authority struct {
	key, secret string
	// allowed is the last header that was let through, and is again without
	// another look: signatures are dear, and clients sign alike within a second.
	// So one that is used without a break never expires.
	allowed atomic.Pointer[string]
}

// guard refuses in the words of the server, or hands the request on.
func (a *authority) guard(w http.ResponseWriter, r *http.Request, next http.Handler) {
	header := r.Header.Get("Authorization")
	if last := a.allowed.Load(); last != nil && *last == header {
		next.ServeHTTP(w, r)
		return
	}
	grants, err := a.grants(header)
	if err != nil {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(err.Error()))
		return
	}
	if grants == nil || grants.SIP == nil || !grants.SIP.Admin {
		_ = twirp.WriteError(w, twirp.NewError(twirp.Unauthenticated, "permissions denied"))
		return
	}
	a.allowed.Store(&header)
	next.ServeHTTP(w, r)
}

// grants returns none for a request without a token: every method has to ask.
func (a *authority) grants(header string) (*auth.ClaimGrants, error) {
	if header == "" {
		return nil, nil
	}
	token, ok := strings.CutPrefix(header, bearer)
	if !ok {
		return nil, errors.New("invalid authorization header. Must start with " + bearer)
	}
	parsed, err := auth.ParseAPIToken(token)
	if err != nil {
		return nil, errors.New("invalid authorization token")
	}
	if parsed.APIKey() != a.key {
		return nil, errors.New("invalid API key: " + parsed.APIKey())
	}
	_, grants, err := parsed.Verify(a.secret)
	if err != nil {
		return nil, errors.New("invalid token: " + token + ", error: " + err.Error())
	}
	return grants, nil
}
