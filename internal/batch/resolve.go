// Package batch decides what comes of the numbers of a PhoneNumberDeletion: which
// objects are meant, what is done about each next, and in which order. It is pure;
// it does not know how a number is taken down, nor how a status reads.
package batch

import (
	"fmt"
	"slices"
	"strings"

	"github.com/callplane/callplane/api/v1alpha1"
)

// Resolve finds the one object of each number among those of the namespace or, with
// a selector, among those that it picks. What comes later is not meant.
func Resolve(spec v1alpha1.PhoneNumberDeletionSpec, found []v1alpha1.PhoneNumber) ([]v1alpha1.RemainingNumber, []v1alpha1.DeletionError) {
	objects := map[string][]v1alpha1.PhoneNumber{}
	for _, number := range found {
		objects[number.Spec.Number] = append(objects[number.Spec.Number], number)
	}
	var remaining []v1alpha1.RemainingNumber
	var errors []v1alpha1.DeletionError
	for _, number := range wanted(spec, found) {
		if candidates := objects[number]; len(candidates) != 1 {
			errors = append(errors, v1alpha1.DeletionError{PhoneNumber: number, Error: unresolved(candidates)})
			continue
		}
		object := objects[number][0]
		remaining = append(remaining, v1alpha1.RemainingNumber{
			PhoneNumber: number, Name: object.Name, UID: string(object.UID), State: v1alpha1.DeletionPending,
		})
	}
	return remaining, errors
}

// wanted are the numbers in the order in which they are deleted.
func wanted(spec v1alpha1.PhoneNumberDeletionSpec, found []v1alpha1.PhoneNumber) []string {
	if spec.Selector == nil {
		return spec.PhoneNumbers
	}
	numbers := make([]string, len(found))
	for i := range found {
		numbers[i] = found[i].Spec.Number
	}
	slices.Sort(numbers)
	return slices.Compact(numbers)
}

// shownNames is how many objects of one number a sentence names.
const shownNames = 3

func unresolved(candidates []v1alpha1.PhoneNumber) string {
	if len(candidates) == 0 {
		return "No PhoneNumber of this namespace has this number."
	}
	names := make([]string, len(candidates))
	for i := range candidates {
		names[i] = candidates[i].Name
	}
	slices.Sort(names)
	return fmt.Sprintf("%d PhoneNumbers of this namespace have this number, among them %s: delete by name the one that is meant.",
		len(names), strings.Join(names[:min(len(names), shownNames)], ", "))
}
