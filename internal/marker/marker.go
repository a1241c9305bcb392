// Package marker makes and reads the owner marker: the name that everything
// bears that Callplane creates at a provider, by which it is found again when
// the answer to a create was lost, and told apart from what is not ours.
package marker

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"

	"github.com/callplane/callplane/internal/external"
)

// MaxLength of a marker: Twilio's limit for most friendly names.
const MaxLength = 64

// An Owner is the object that resources are made for.
type Owner struct {
	// Installation is the 6 characters that tell one Callplane from another.
	Installation string
	// Kind of the object; empty for a PhoneNumber.
	Kind      string
	UID       string
	Namespace string
	Name      string
}

// For returns the marker of the owner's resource in a slot:
// cp-<installation>-<uid>-<hash of namespace/name>-<slot>.
func (o Owner) For(slot external.Slot) string {
	return fmt.Sprintf("cp-%s-%s-%s-%s", o.Installation, o.UID, o.hash(), slot)
}

var marker = regexp.MustCompile(`^cp-([a-z0-9]{6})-([0-9a-f-]{36})-[0-9a-f]{8}-([a-z]{1,8})$`)

// Reads reports whether a name is the marker of an object that this installation
// knew under the owner's namespace and name, and returns whose UID and which slot
// it holds. The UID is the owner's own, or that of an earlier object of its name.
func (o Owner) Reads(name string) (uid string, slot external.Slot, ok bool) {
	o.UID, slot, ok = Read(o.Installation, name)
	if !ok || o.For(slot) != name {
		return "", "", false
	}
	return o.UID, slot, true
}

// Read reports whether a name is a marker of an installation, and returns whose UID
// and which slot it holds, whatever the object was called.
func Read(installation, name string) (uid string, slot external.Slot, ok bool) {
	parts := marker.FindStringSubmatch(name)
	if len(parts) == 0 || parts[1] != installation {
		return "", "", false
	}
	return parts[2], external.Slot(parts[3]), true
}

// Is reports whether a name is a marker, of whatever installation.
func Is(name string) bool { return marker.MatchString(name) }

// hash outlives the UID: it recognises an object that was created again under
// the same name. Of two kinds with one name each has its own.
func (o Owner) hash() string {
	identity := o.Namespace + "/" + o.Name
	if o.Kind != "" && o.Kind != "PhoneNumber" {
		identity = o.Kind + "/" + identity
	}
	sum := sha256.Sum256([]byte(identity))
	return hex.EncodeToString(sum[:4])
}

var installation = regexp.MustCompile(`^[a-z0-9]{6}$`)

// ValidInstallation reports whether an installation id fits into markers.
func ValidInstallation(id string) bool { return installation.MatchString(id) }
