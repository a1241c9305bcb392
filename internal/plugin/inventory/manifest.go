package inventory

import (
	"encoding/json"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// Objects are what is to be created, each once: an agent before its numbers.
func Objects(proposals []Proposal) []metav1.Object {
	var objects []metav1.Object
	var agents []string
	for _, proposal := range proposals {
		if agent := proposal.Agent; agent != nil && !slices.Contains(agents, agent.Name) {
			agents = append(agents, agent.Name)
			objects = append(objects, agent)
		}
	}
	for _, proposal := range proposals {
		objects = append(objects, proposal.Number)
	}
	return objects
}

// Manifest is an object as people write it: without what only the API server sets.
func Manifest(object metav1.Object) ([]byte, error) {
	text, err := json.Marshal(object)
	if err != nil {
		return nil, fmt.Errorf("writing %s: %w", object.GetName(), err)
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, fmt.Errorf("writing %s: %w", object.GetName(), err)
	}
	delete(fields, "status")
	return yaml.Marshal(fields)
}
