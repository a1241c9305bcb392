package progress

import (
	"fmt"
	"slices"
	"strings"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/plugin/layout"
)

// States of a Result, besides those of a RemainingNumber.
const (
	Deleted = "Deleted"
	// WouldBeDeleted is Deleted in a dry run.
	WouldBeDeleted = "Would be deleted"
	Failed         = "Failed"
)

func deleted(batch *v1alpha1.PhoneNumberDeletion) string {
	if batch.Spec.DryRun != nil && *batch.Spec.DryRun {
		return WouldBeDeleted
	}
	return Deleted
}

// A Result is how far one number of a PhoneNumberDeletion is.
type Result struct {
	Number string
	State  string
	Error  string
}

// Final reports whether nothing more comes.
func (r Result) Final() bool {
	return r.State == Deleted || r.State == WouldBeDeleted || r.State == Failed
}

// Results lists all numbers of a batch: in the order in which they were named or, where
// they were picked by their labels, in their own.
func Results(batch *v1alpha1.PhoneNumberDeletion) []Result {
	var results []Result
	for _, number := range batch.Status.Remaining {
		results = append(results, Result{Number: number.PhoneNumber, State: number.State})
	}
	for _, number := range batch.Status.Deleted {
		results = append(results, Result{Number: number, State: deleted(batch)})
	}
	for _, failure := range batch.Status.Errors {
		results = append(results, Result{Number: failure.PhoneNumber, State: Failed, Error: failure.Error})
	}
	place := func(r Result) int { return slices.Index(batch.Spec.PhoneNumbers, r.Number) }
	slices.SortStableFunc(results, func(a, b Result) int {
		if order := place(a) - place(b); order != 0 {
			return order
		}
		return strings.Compare(a.Number, b.Number)
	})
	return results
}

// News are the results that are final now and were not before.
func News(before, after []Result) []Result {
	return slices.DeleteFunc(slices.Clone(after), func(result Result) bool {
		return !result.Final() || slices.Contains(before, result)
	})
}

// Summary is how far a batch is in one line of so many columns.
func Summary(batch *v1alpha1.PhoneNumberDeletion, columns int) string {
	counts := batch.Status.Counts
	if counts == nil {
		return "Waiting for the manager to begin"
	}
	done := *counts.Deleted + *counts.Failed
	return Fit(fmt.Sprintf("%s %d/%d %s %d, failed %d, being deleted %d, pending %d", layout.Bar(int(done), int(*counts.Total), 20),
		done, *counts.Total, strings.ToLower(deleted(batch)), *counts.Deleted, *counts.Failed, *counts.Deleting, *counts.Pending), columns)
}

var tones = map[string]layout.Tone{
	Deleted: layout.Good, WouldBeDeleted: layout.Good, Failed: layout.Bad,
	v1alpha1.DeletionHeld: layout.Warn, v1alpha1.DeletionDeleting: layout.Warn, v1alpha1.DeletionPending: layout.Faint,
}

// Rows is a table of results.
func Rows(results []Result) [][]layout.Cell {
	rows := [][]layout.Cell{layout.Head("NUMBER", "RESULT", "ERROR")}
	for _, result := range results {
		rows = append(rows, []layout.Cell{{Text: result.Number}, {Text: result.State, Tone: tones[result.State]}, {Text: result.Error}})
	}
	return rows
}
