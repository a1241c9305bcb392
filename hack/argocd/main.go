// Command argocd writes what Argo CD is configured with from the scripts in
// config/argocd/resource_customizations, which are laid out as Argo CD keeps its own: a
// patch of the ConfigMap argocd-cm, and values of Argo CD's Helm chart. It runs no Lua.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

const folder = "config/argocd"

func main() {
	if err := write(folder); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func write(folder string) error {
	settings, err := readSettings(filepath.Join(folder, "resource_customizations"))
	if err != nil {
		return err
	}
	return errors.Join(
		writeYAML(filepath.Join(folder, "argocd-cm.yaml"), patch{
			APIVersion: "v1", Kind: "ConfigMap",
			Metadata: metadata{Name: "argocd-cm", Namespace: "argocd"},
			Data:     settings,
		}),
		writeYAML(filepath.Join(folder, "values.yaml"), values{Configs: configs{CM: settings}}),
	)
}

// A patch has no labels: the ConfigMap that it is for has those of its installation.
type patch struct {
	APIVersion string            `yaml:"apiVersion"`
	Kind       string            `yaml:"kind"`
	Metadata   metadata          `yaml:"metadata"`
	Data       map[string]string `yaml:"data"`
}

type metadata struct {
	Name      string `yaml:"name"`
	Namespace string `yaml:"namespace"`
}

type values struct {
	Configs configs `yaml:"configs"`
}

type configs struct {
	CM map[string]string `yaml:"cm"`
}

func writeYAML(path string, content any) error {
	text, err := render(content)
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return os.WriteFile(path, append([]byte("# Written by make argocd from resource_customizations/. Do not edit.\n"), text...), 0o644)
}
