package twilio

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/callplane/callplane/internal/external"
)

// pageSize is the most that Twilio gives at once, so that a list is one request.
const pageSize = 1000

// sids are the patterns of what may be put in a path, by their prefix: Twilio's
// client would splice in anything, and deleting the trunk "" deletes "Trunks/".
var sids = patterns(nouns)

func patterns(nouns map[string]string) map[string]*regexp.Regexp {
	patterns := map[string]*regexp.Regexp{}
	for prefix := range nouns {
		patterns[prefix] = regexp.MustCompile("^" + prefix + "[0-9a-fA-F]{32}$")
	}
	return patterns
}

// nouns say what a SID stands for.
var nouns = map[string]string{
	"AC": "account",
	"AL": "IP access control list",
	"AP": "voice application",
	"CL": "credential list",
	"CR": "credential",
	"IP": "address",
	"OU": "origination URL",
	"PN": "phone number",
	"SK": "API key",
	"TK": "trunk",
}

func validSID(prefix, sid string) bool { return sids[prefix].MatchString(sid) }

// checkSIDs checks what is about to be put in a path: pairs of prefix and SID.
func checkSIDs(pairs ...string) error {
	for pair := range slices.Chunk(pairs, 2) {
		if prefix, sid := pair[0], pair[1]; !validSID(prefix, sid) {
			return invalid(fmt.Sprintf("%q is no %s: its SID would be %s and 32 hexadecimal digits", sid, nouns[prefix], prefix))
		}
	}
	return nil
}

// named describes a resource in a message: "trunk TK…".
func named(prefix, sid string) string { return nouns[prefix] + " " + sid }

// lowest returns the record with the lexically lowest SID of those that are
// wanted, so that everyone who looks takes the same one; nil if there is none.
func lowest[T any](records []T, wanted func(T) bool, sid func(T) *string) *T {
	matches := slices.DeleteFunc(slices.Clone(records), func(record T) bool { return !wanted(record) })
	if len(matches) == 0 {
		return nil
	}
	first := slices.MinFunc(matches, func(a, b T) int { return cmp.Compare(deref(sid(a)), deref(sid(b))) })
	return &first
}

// describe observes each of the records of a list.
func describe[T any](records []T, observe func(T) external.Observation) []external.Observation {
	seen := make([]external.Observation, len(records))
	for i, record := range records {
		seen[i] = observe(record)
	}
	return seen
}

// bears reports whether a name is the marker; nothing bears an empty one.
func bears(name *string, marker string) bool { return marker != "" && deref(name) == marker }

// nameDrift reports a name that is not the marker, which is how a resource of an
// earlier owner comes to be marked anew.
func nameDrift(name *string, call external.Call) []string {
	if call.Spec == nil || call.Marker == "" || bears(name, call.Marker) {
		return nil
	}
	return []string{"friendlyName"}
}

// ownSID is the only SID of its kind in the ledger; empty if there is none or
// more than one.
func ownSID(own []string, prefix string) string {
	found := slices.DeleteFunc(slices.Clone(own), func(sid string) bool { return !validSID(prefix, sid) })
	if len(found) != 1 {
		return ""
	}
	return found[0]
}

// specOf returns the spec of the call, or an error if the plan gave another
// driver's.
func specOf[T any](call external.Call) (T, error) {
	spec, ok := call.Spec.(T)
	if !ok {
		return spec, invalid(fmt.Sprintf("the plan holds %T where %T belongs", call.Spec, spec))
	}
	return spec, nil
}

// markedSpec returns the spec of a call that is about to put the marker on what
// it makes or changes, with the SIDs that it puts in a path: pairs as in
// checkSIDs. What bears no marker could never be found again.
func markedSpec[T any](call external.Call, pairs ...string) (T, error) {
	spec, err := specOf[T](call)
	if err == nil && call.Marker == "" {
		err = invalid("the plan holds no marker")
	}
	if err == nil {
		err = checkSIDs(pairs...)
	}
	return spec, err
}

// takenOrRefused settles a refusal that stands for two things: the resource
// exists already, then it is what find finds, or it is not valid.
func takenOrRefused[T any](refusal error, find func() (T, error)) (T, error) {
	found, err := find()
	if external.IsNotFound(err) {
		return found, refusal
	}
	return found, err
}

// sentence lists a few users of a resource in words.
func sentence(users []string) string {
	const shown = 5
	if len(users) <= shown {
		return strings.Join(users, ", ")
	}
	return strings.Join(users[:shown], ", ") + " and others"
}

// deref returns the zero value for nil: nearly every field of an answer is a
// pointer.
func deref[T any](pointer *T) T {
	if pointer == nil {
		return *new(T)
	}
	return *pointer
}
