package provider

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"github.com/callplane/callplane/internal/budget"
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
	// Budget is whom the requests are charged to; nil does not limit them.
	Budget *budget.Charge
}

// Fingerprint tells credentials apart. They cannot be read from it.
func Fingerprint(credentials map[string][]byte) string {
	digest := sha256.New()
	for _, key := range slices.Sorted(maps.Keys(credentials)) {
		fmt.Fprintf(digest, "%q=%q;", key, credentials[key])
	}
	return hex.EncodeToString(digest.Sum(nil))
}
