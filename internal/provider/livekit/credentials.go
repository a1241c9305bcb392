package livekit

import (
	"bytes"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/livekit/protocol/auth"
	"github.com/livekit/server-sdk-go/v2/signalling"
	"golang.org/x/time/rate"

	"github.com/callplane/callplane/internal/external"
)

// Keys of the Secret.
const (
	keyAPIKey    = "apiKey"
	keyAPISecret = "apiSecret"
)

// tokenValidity leaves room for a server whose clock is ahead.
const tokenValidity = 10 * time.Minute

// A signer returns a token that may manage SIP and nothing else. It is a
// function so that nothing can print the secret in it: not even a Secret hides
// itself in a field that is not exported.
type signer func() (string, error)

func newSigner(data map[string][]byte) (signer, error) {
	key, err := credential(data, keyAPIKey)
	if err != nil {
		return nil, err
	}
	secret, err := credential(data, keyAPISecret)
	if err != nil {
		return nil, err
	}
	return reused(func() (string, error) { return sign(key, secret) }), nil
}

// reused lets a token be sent for half the time that it is valid.
func reused(sign signer) signer {
	var (
		mu    sync.Mutex
		token string
		err   error
	)
	renew := rate.Sometimes{Interval: tokenValidity / 2}
	return func() (string, error) {
		mu.Lock()
		defer mu.Unlock()
		renew.Do(func() { token, err = sign() })
		return token, err
	}
}

func credential(data map[string][]byte, name string) (string, error) {
	value := bytes.TrimSpace(data[name])
	if len(value) == 0 {
		return "", &external.Error{
			Class:   external.CredentialsMissing,
			Message: fmt.Sprintf("the Secret has no value for the key %s", name),
		}
	}
	if bytes.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", &external.Error{
			Class:   external.InvalidConfiguration,
			Message: fmt.Sprintf("the value of the key %s in the Secret holds white space or characters that no LiveKit key has", name),
		}
	}
	return string(value), nil
}

func sign(key, secret string) (string, error) {
	token, err := auth.NewAccessToken(key, secret).
		SetSIPGrant(&auth.SIPGrant{Admin: true}).
		SetValidFor(tokenValidity).
		ToJWT()
	if err != nil {
		// The cause is left out: it is about the secret.
		return "", &external.Error{Class: external.InvalidConfiguration, Message: "the API key and its secret cannot sign a token"}
	}
	return token, nil
}

func authorization(token string) http.Header {
	return signalling.NewHTTPHeaderWithToken(token)
}
