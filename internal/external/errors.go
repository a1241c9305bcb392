package external

import (
	"errors"
	"slices"
	"time"
)

// A Class says why a provider did not do what was asked, and thereby what is
// to be done about it. The values of all but NotFound and MovedAway
// are condition reasons.
type Class string

// Classes, the lasting ones first.
const (
	CredentialsMissing   Class = "CredentialsMissing"
	AuthenticationFailed Class = "AuthenticationFailed"
	AccountMismatch      Class = "AccountMismatch"
	PermissionDenied     Class = "PermissionDenied"
	InvalidConfiguration Class = "InvalidConfiguration"
	ResourceInUse        Class = "ResourceInUse"

	ProviderUnavailable Class = "ProviderUnavailable"
	NetworkError        Class = "NetworkError"
	Throttled           Class = "Throttled"
	Unknown             Class = "Unknown"

	// NotFound says that the resource is proven not to exist.
	NotFound Class = "NotFound"
	// MovedAway says that the resource exists and no longer serves its owner: it
	// is left alone, and for its owner as good as gone.
	MovedAway Class = "MovedAway"
	// QuotaExceeded says that the account holds as many as it may; it frees up
	// when others are deleted.
	QuotaExceeded Class = "QuotaExceeded"
	// NumberInUse says that the number serves something else.
	NumberInUse Class = "NumberInUse"
)

// precedence orders the classes that a teardown may fail with; the first one
// present speaks for the whole.
var precedence = []Class{
	CredentialsMissing, AuthenticationFailed, AccountMismatch, PermissionDenied,
	InvalidConfiguration, ResourceInUse, ProviderUnavailable, NetworkError,
	Throttled, Unknown,
}

// lasting is how many of precedence fail again until a person changes
// something.
const lasting = 6

// Lasting reports whether errors of the class come back until a person changes
// something; the others may pass by themselves.
func (c Class) Lasting() bool {
	return slices.Contains(precedence[:lasting], c)
}

// Foremost returns the class that speaks for several: the first of them in the
// order of precedence, Unknown if none of them is in it.
func Foremost(classes []Class) Class {
	for _, candidate := range precedence {
		if slices.Contains(classes, candidate) {
			return candidate
		}
	}
	return Unknown
}

// An Error is a provider's refusal, classified by the adapter.
type Error struct {
	Class Class
	// Message is for people: stable, without request ids, times or secrets, and
	// a part of a sentence: "Twilio refused the credentials".
	Message string
	// RetryAfter is how long the provider asked to wait; zero if it did not.
	RetryAfter time.Duration
	// OwnLimit says that the provider was not asked: the wait for a turn among our
	// own requests took too long.
	OwnLimit bool
	// Blanket says that it is about the credentials, and not about what was asked for:
	// whatever else is asked for with them is refused too.
	Blanket bool
	// Err is the cause, for logs.
	Err error
}

// Error returns the message and the cause.
func (e *Error) Error() string {
	if e.Err == nil {
		return e.Message
	}
	return e.Message + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ClassOf returns the class of an error; Unknown if nobody classified it.
func ClassOf(err error) Class {
	if classified, ok := errors.AsType[*Error](err); ok {
		return classified.Class
	}
	return Unknown
}

// MessageOf returns what an error says to people. The text of an error that
// nobody classified may hold anything, so it is not shown.
func MessageOf(err error) string {
	if classified, ok := errors.AsType[*Error](err); ok {
		return classified.Message
	}
	return "an unexpected error, see the log of the manager"
}

// RetryAfterOf returns how long a provider asked to wait.
func RetryAfterOf(err error) time.Duration {
	if classified, ok := errors.AsType[*Error](err); ok {
		return classified.RetryAfter
	}
	return 0
}

// IsOwnLimit reports whether the provider was not asked for want of a turn.
func IsOwnLimit(err error) bool {
	classified, ok := errors.AsType[*Error](err)
	return ok && classified.OwnLimit
}

// IsNotFound reports whether the resource is proven not to exist, or no longer
// to be the owner's.
func IsNotFound(err error) bool {
	return err != nil && (ClassOf(err) == NotFound || ClassOf(err) == MovedAway)
}
