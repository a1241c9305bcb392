package argocdlua

import (
	"fmt"
	"os"
	"path/filepath"

	"sigs.k8s.io/yaml"
)

// A Kind is what Argo CD is told of one kind.
type Kind struct {
	// Name of the kind, and the folder of its scripts.
	Name, Folder string
	Health       []HealthCase
	Discovery    []DiscoveryCase
	Actions      []ActionCase
}

// A Health is what a script says of an object. From Argo CD 3.6 on DeletionMessage
// makes it count for one that is being deleted; before, no script is asked then.
type Health struct {
	Status          string `json:"status,omitempty"`
	Message         string `json:"message,omitempty"`
	DeletionMessage string `json:"deletionMessage,omitempty"`
}

// A HealthCase is a case of health_test.yaml. Input is a path.
type HealthCase struct {
	Input string `json:"inputPath"`
	Want  Health `json:"healthStatus"`
}

// A DiscoveryCase is one of the discoveryTests of action_test.yaml.
type DiscoveryCase struct {
	Input string   `json:"inputPath"`
	Want  []Action `json:"result"`
}

// An Action is offered to people; whether it is disabled is a hint for the button only.
type Action struct {
	Name        string `json:"name,omitempty"`
	Disabled    bool   `json:"disabled,omitempty"`
	IconClass   string `json:"iconClass,omitempty"`
	DisplayName string `json:"displayName,omitempty"`
}

// An ActionCase is one of the actionTests of action_test.yaml: Output is a path, and
// empty for an action that is refused.
type ActionCase struct {
	Action  string `json:"action"`
	Input   string `json:"inputPath"`
	Output  string `json:"expectedOutputPath"`
	Refusal string `json:"expectedErrorMessage"`
}

// Kinds reads all that is in config/argocd of the repository.
func Kinds(root string) ([]Kind, error) {
	folders, err := filepath.Glob(filepath.Join(root, "config", "argocd", "resource_customizations", "*", "*"))
	if err != nil {
		return nil, err
	}
	var kinds []Kind
	for _, folder := range folders {
		kind := Kind{Name: filepath.Base(folder), Folder: folder}
		if err := kind.read(); err != nil {
			return nil, err
		}
		kinds = append(kinds, kind)
	}
	return kinds, nil
}

func (k *Kind) read() error {
	var health struct {
		Tests []HealthCase `json:"tests"`
	}
	if err := readYAML(filepath.Join(k.Folder, "health_test.yaml"), &health); err != nil {
		return err
	}
	k.Health = health.Tests
	for i := range k.Health {
		k.Health[i].Input = filepath.Join(k.Folder, k.Health[i].Input)
	}
	if _, err := os.Stat(filepath.Join(k.Folder, "actions")); err != nil {
		return nil //nolint:nilerr // most kinds have none
	}
	return k.readActions(filepath.Join(k.Folder, "actions"))
}

func (k *Kind) readActions(folder string) error {
	var actions struct {
		Discovery []DiscoveryCase `json:"discoveryTests"`
		Actions   []ActionCase    `json:"actionTests"`
	}
	if err := readYAML(filepath.Join(folder, "action_test.yaml"), &actions); err != nil {
		return err
	}
	k.Discovery, k.Actions = actions.Discovery, actions.Actions
	for i := range k.Discovery {
		k.Discovery[i].Input = filepath.Join(folder, k.Discovery[i].Input)
	}
	for i := range k.Actions {
		k.Actions[i].Input = filepath.Join(folder, k.Actions[i].Input)
		if k.Actions[i].Output != "" {
			k.Actions[i].Output = filepath.Join(folder, k.Actions[i].Output)
		}
	}
	return nil
}

// ReadObject reads an object as Argo CD has it in front of a script.
func ReadObject(path string) (map[string]any, error) {
	var object map[string]any
	err := readYAML(path, &object)
	return object, err
}

func readYAML(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	return nil
}
