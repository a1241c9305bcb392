package batch

import (
	"errors"
	"fmt"
	"slices"

	"github.com/callplane/callplane/api/v1alpha1"
)

// Treat does what comes next for a number and says what came of it. An error
// leaves the number as it is.
type Treat func(v1alpha1.RemainingNumber) (Decision, error)

// Advance treats the numbers that were begun, and begins as many others, in their
// order, as may be worked on besides. It goes on after an error, and a number that
// had one comes last: none keeps the others from being deleted.
func Advance(status *v1alpha1.PhoneNumberDeletionStatus, concurrency int, treat Treat) error {
	var begun, pending []v1alpha1.RemainingNumber
	for _, number := range status.Remaining {
		if number.State == v1alpha1.DeletionPending {
			pending = append(pending, number)
		} else {
			begun = append(begun, number)
		}
	}
	r := round{status: status, treat: treat}
	r.take(begun)
	slots := min(max(concurrency-working(slices.Concat(r.kept, r.failed)), 0), len(pending))
	r.take(pending[:slots])
	status.Remaining = slices.Concat(r.kept, pending[slots:], r.failed)
	return errors.Join(r.errors...)
}

// A round is one look at what remains.
type round struct {
	status *v1alpha1.PhoneNumberDeletionStatus
	treat  Treat
	// kept have no result yet; of the failed nothing new is known.
	kept, failed []v1alpha1.RemainingNumber
	errors       []error
}

func (r *round) take(numbers []v1alpha1.RemainingNumber) {
	for _, number := range numbers {
		decision, err := r.treat(number)
		switch {
		case err != nil:
			r.failed = append(r.failed, number)
			r.errors = append(r.errors, fmt.Errorf("deleting %s: %w", number.Name, err))
		case decision.Gone:
			r.status.Deleted = append(r.status.Deleted, number.PhoneNumber)
		case decision.Error != "":
			r.status.Errors = append(r.status.Errors, v1alpha1.DeletionError{PhoneNumber: number.PhoneNumber, Error: decision.Error})
		default:
			number.State = decision.State
			r.kept = append(r.kept, number)
		}
	}
}

// More reports whether another number can be begun at once.
func More(status v1alpha1.PhoneNumberDeletionStatus, concurrency int) bool {
	return working(status.Remaining) < concurrency && slices.ContainsFunc(status.Remaining, func(number v1alpha1.RemainingNumber) bool {
		return number.State == v1alpha1.DeletionPending
	})
}

// working counts what is being taken down; what is held waits for people.
func working(numbers []v1alpha1.RemainingNumber) int {
	count := 0
	for _, number := range numbers {
		if number.State == v1alpha1.DeletionDeleting {
			count++
		}
	}
	return count
}
