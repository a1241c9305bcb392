package engine

import (
	"fmt"
	"strings"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
)

// imports lists the ids of what is imported, and of that what is lent.
func imports(resources []external.Resource) (imported, lent []string) {
	for _, resource := range resources {
		if resource.Imported && resource.ID != "" {
			imported = append(imported, resource.ID)
		}
		if resource.Lent && resource.ID != "" {
			lent = append(lent, resource.ID)
		}
	}
	return imported, lent
}

// imported judges what was found of an imported resource. One that is lent is taken as
// it is, if it can serve.
func imported(resource external.Resource, seen external.Observation, err error) (external.Observation, error) {
	what := resource.Kind + " " + resource.ID
	switch {
	case external.IsNotFound(err) && resource.Association != "":
		message := "what is imported and left as it is must be linked already: " + external.MessageOf(err)
		return seen, &external.Error{Class: v1alpha1.ReasonReferenceNotFound, Message: message, Err: err}
	case external.IsNotFound(err):
		message := fmt.Sprintf("%s, which is imported as %s, is not there: %s", what, resource.Slot, external.MessageOf(err))
		return seen, &external.Error{Class: v1alpha1.ReasonReferenceNotFound, Message: message, Err: err}
	case err != nil || !resource.Lent:
		return seen, err
	case len(seen.Lacks) > 0:
		message := fmt.Sprintf("%s is imported as %s and left as it is, but it lacks %s: add that by hand, or import it with onDelete Delete", what, resource.Slot, strings.Join(seen.Lacks, ", "))
		return seen, &external.Error{Class: external.InvalidConfiguration, Message: message}
	}
	seen.Drift = nil
	return seen, nil
}
