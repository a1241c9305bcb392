package batch

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/callplane/callplane/api/v1alpha1"
)

// object is a number of which the last digit is given.
func object(name, digit string) v1alpha1.PhoneNumber {
	number := v1alpha1.PhoneNumber{ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID("uid-" + name)}}
	number.Spec.Number = "+1555010" + digit
	return number
}

func pending(name, digit string) v1alpha1.RemainingNumber {
	return v1alpha1.RemainingNumber{PhoneNumber: "+1555010" + digit, Name: name, UID: "uid-" + name, State: v1alpha1.DeletionPending}
}

func TestResolve(t *testing.T) {
	named := func(digits ...string) v1alpha1.PhoneNumberDeletionSpec {
		var spec v1alpha1.PhoneNumberDeletionSpec
		for _, digit := range digits {
			spec.PhoneNumbers = append(spec.PhoneNumbers, "+1555010"+digit)
		}
		return spec
	}
	picked := v1alpha1.PhoneNumberDeletionSpec{Selector: &metav1.LabelSelector{}}
	cases := map[string]struct {
		reason    string
		spec      v1alpha1.PhoneNumberDeletionSpec
		found     []v1alpha1.PhoneNumber
		remaining []v1alpha1.RemainingNumber
		errors    []v1alpha1.DeletionError
	}{
		"order": {
			reason: "what comes first in the list is deleted first",
			spec:   named("3", "1"), found: []v1alpha1.PhoneNumber{object("a", "1"), object("b", "2"), object("c", "3")},
			remaining: []v1alpha1.RemainingNumber{pending("c", "3"), pending("a", "1")},
		},
		"not found": {
			reason: "a number without an object keeps nobody else",
			spec:   named("9", "1"), found: []v1alpha1.PhoneNumber{object("a", "1")},
			remaining: []v1alpha1.RemainingNumber{pending("a", "1")},
			errors:    []v1alpha1.DeletionError{{PhoneNumber: "+15550109", Error: "No PhoneNumber of this namespace has this number."}},
		},
		"two of one number": {
			reason: "which of them is meant is not for the batch to guess",
			spec:   named("1"), found: []v1alpha1.PhoneNumber{object("b", "1"), object("a", "1")},
			errors: []v1alpha1.DeletionError{{PhoneNumber: "+15550101", Error: "2 PhoneNumbers of this namespace have this number, among them a, b: delete by name the one that is meant."}},
		},
		"many of one number": {
			reason: "the sentence stays short",
			spec:   named("1"),
			found:  []v1alpha1.PhoneNumber{object("f", "1"), object("e", "1"), object("d", "1"), object("c", "1"), object("b", "1"), object("a", "1")},
			errors: []v1alpha1.DeletionError{{PhoneNumber: "+15550101", Error: "6 PhoneNumbers of this namespace have this number, among them a, b, c: delete by name the one that is meant."}},
		},
		"selector": {
			reason: "what the selector picks is deleted in the order of the numbers",
			spec:   picked, found: []v1alpha1.PhoneNumber{object("a", "3"), object("b", "1")},
			remaining: []v1alpha1.RemainingNumber{pending("b", "1"), pending("a", "3")},
		},
		"selector picks two of one number": {
			reason: "each number has one result",
			spec:   picked, found: []v1alpha1.PhoneNumber{object("a", "1"), object("b", "1")},
			errors: []v1alpha1.DeletionError{{PhoneNumber: "+15550101", Error: "2 PhoneNumbers of this namespace have this number, among them a, b: delete by name the one that is meant."}},
		},
		"selector picks none": {reason: "then there is nothing to do", spec: picked},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			remaining, errors := Resolve(tc.spec, tc.found)
			if diff := cmp.Diff(tc.remaining, remaining); diff != "" {
				t.Errorf("%s; remaining, -want +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(tc.errors, errors); diff != "" {
				t.Errorf("%s; errors, -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}
