package twilio

import (
	"regexp"
	"strings"

	"github.com/twilio/twilio-go/client"

	"github.com/callplane/callplane/internal/external"
)

// Keys of the Secret: authToken, or both of the others.
const (
	KeyAuthToken    = "authToken"
	KeyAPIKeySID    = "apiKeySid"
	KeyAPIKeySecret = "apiKeySecret"
)

// A login is what a session signs in with. The password is held by a function,
// so that printing whatever contains a login never shows it.
type login struct {
	// byKey is set for an API key, whose account its name does not tell.
	byKey       bool
	credentials func() *client.Credentials
}

// parseLogin picks the API key where the Secret holds one, else the auth token.
func parseLogin(account string, data map[string][]byte) (login, error) {
	token, sid, secret := trimmed(data, KeyAuthToken), trimmed(data, KeyAPIKeySID), trimmed(data, KeyAPIKeySecret)
	switch {
	case sid != "" && secret != "":
		return keyLogin(sid, secret)
	case token != "":
		return newLogin(account, token, KeyAuthToken, false)
	case sid != "":
		return login{}, missing("the Secret holds " + KeyAPIKeySID + " but not " + KeyAPIKeySecret)
	case secret != "":
		return login{}, missing("the Secret holds " + KeyAPIKeySecret + " but not " + KeyAPIKeySID)
	}
	return login{}, missing("the Secret must hold " + KeyAuthToken + ", or " + KeyAPIKeySID + " and " + KeyAPIKeySecret)
}

func keyLogin(sid, secret string) (login, error) {
	if !validSID("SK", sid) {
		return login{}, invalid(KeyAPIKeySID + " in the Secret must be SK and 32 hexadecimal digits")
	}
	return newLogin(sid, secret, KeyAPIKeySecret, true)
}

// sendable is what Twilio's client lets through; it sends nothing at all if user
// name or password hold another character.
var sendable = regexp.MustCompile(`^[a-zA-Z0-9]+$`)

func newLogin(user, password, key string, byKey bool) (login, error) {
	if !sendable.MatchString(password) {
		return login{}, invalid(key + " in the Secret holds a character other than letters and digits, which Twilio's client cannot send")
	}
	return login{byKey: byKey, credentials: func() *client.Credentials {
		return client.NewCredentials(user, password)
	}}, nil
}

func trimmed(data map[string][]byte, key string) string { return strings.TrimSpace(string(data[key])) }

func missing(message string) error {
	return &external.Error{Class: external.CredentialsMissing, Message: message}
}

func invalid(message string) error {
	return &external.Error{Class: external.InvalidConfiguration, Message: message}
}
