package provider

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
)

// Access is what it takes to work in an account.
type Access struct {
	// Account is the account SID, or the host of a LiveKit project.
	Account string
	// URL of the API, for providers that have no fixed one.
	URL string
	// Credentials are the data of the Secret, as they are there. The provider
	// trims surrounding white space and refuses by name what it cannot use.
	Credentials map[string][]byte
	// Limit on requests, in the unit of the provider: at once for Twilio, per
	// minute for LiveKit.
	Limit int
}

// BudgetKey names what the requests are charged to: the account, as whoever has its
// credentials. Anybody can name an account, and must not use up, or limit, what
// those have who own it.
func (a Access) BudgetKey() string { return a.Account + " " + Fingerprint(a.Credentials) }

// Fingerprint tells credentials apart. They cannot be read from it.
func Fingerprint(credentials map[string][]byte) string {
	digest := sha256.New()
	for _, key := range slices.Sorted(maps.Keys(credentials)) {
		fmt.Fprintf(digest, "%q=%q;", key, credentials[key])
	}
	return hex.EncodeToString(digest.Sum(nil))
}
