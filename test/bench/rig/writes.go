package rig

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/callplane/callplane/test/bed/kube"
)

// Writes counts the writes of a user since a time, by resource such as phonenumbers or
// phonenumbers/status; those that were refused, which cost as much, have the status
// behind that. Events and leases are not counted.
func (r *Rig) Writes(user string, since time.Time) (map[string]int, error) {
	events, err := r.Plane.AuditSince(since)
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	for _, event := range events {
		if event.User != user || !isWrite(event) {
			continue
		}
		name := event.Resource
		if event.Subresource != "" {
			name += "/" + event.Subresource
		}
		if event.Code >= http.StatusBadRequest {
			name += fmt.Sprintf(" %d", event.Code)
		}
		counts[name]++
	}
	return counts, nil
}

func isWrite(event kube.AuditEvent) bool {
	verbs := []string{"create", "update", "patch", "delete", "deletecollection"}
	reviews := []string{"tokenreviews", "subjectaccessreviews"}
	return slices.Contains(verbs, event.Verb) && !slices.Contains(reviews, event.Resource)
}
