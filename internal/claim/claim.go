// Package claim decides which of several objects may use a number. It is pure.
package claim

import (
	"slices"
	"time"
)

// A Candidate is an object that wants a number.
type Candidate struct {
	UID     string
	Created time.Time
	// Accounts are where it wants to use the number: an account SID, a LiveKit
	// host.
	Accounts []string
	// Ready says that its accounts are; only then it can hold a claim.
	Ready bool
	// Established says that it has begun to set the number up.
	Established bool
}

// Holder returns which of the rivals has the number, or false if it is the
// candidate's. Whoever has begun to use a number
// keeps it; else the oldest wins, then the lowest UID.
func Holder(candidate Candidate, rivals []Candidate) (Candidate, bool) {
	holder := candidate
	for _, rival := range rivals {
		if (rival.Ready || rival.Established) && share(candidate, rival) && before(rival, holder) {
			holder = rival
		}
	}
	if holder.UID == candidate.UID {
		return Candidate{}, false
	}
	return holder, true
}

func before(a, b Candidate) bool {
	switch {
	case a.Established != b.Established:
		return a.Established
	case !a.Created.Equal(b.Created):
		return a.Created.Before(b.Created)
	default:
		return a.UID < b.UID
	}
}

func share(a, b Candidate) bool {
	return slices.ContainsFunc(a.Accounts, func(account string) bool { return slices.Contains(b.Accounts, account) })
}
