package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// actions are what Argo CD reads from resource.customizations.actions.
type actions struct {
	Discovery   string       `yaml:"discovery.lua"`
	Definitions []definition `yaml:"definitions"`
}

type definition struct {
	Name   string `yaml:"name"`
	Action string `yaml:"action.lua"`
}

// readSettings makes the keys of argocd-cm from the folders <group>/<Kind>.
func readSettings(root string) (map[string]string, error) {
	kinds, err := filepath.Glob(filepath.Join(root, "*", "*"))
	if err != nil {
		return nil, err
	}
	if len(kinds) == 0 {
		return nil, fmt.Errorf("%s has no folder of a kind", root)
	}
	settings := map[string]string{}
	for _, kind := range kinds {
		name := filepath.Base(filepath.Dir(kind)) + "_" + filepath.Base(kind)
		health, err := script(filepath.Join(kind, "health.lua"))
		if err != nil {
			return nil, err
		}
		settings["resource.customizations.health."+name] = health
		actions, err := readActions(filepath.Join(kind, "actions"))
		if err != nil {
			return nil, err
		}
		if actions != "" {
			settings["resource.customizations.actions."+name] = actions
		}
	}
	return settings, nil
}

// readActions is empty for a kind without actions.
func readActions(folder string) (string, error) {
	discovery, err := script(filepath.Join(folder, "discovery.lua"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	all := actions{Discovery: discovery}
	paths, err := filepath.Glob(filepath.Join(folder, "*", "action.lua"))
	if err != nil {
		return "", err
	}
	for _, path := range paths {
		action, err := script(path)
		if err != nil {
			return "", err
		}
		all.Definitions = append(all.Definitions, definition{Name: filepath.Base(filepath.Dir(path)), Action: action})
	}
	text, err := render(all)
	return string(text), err
}

// script refuses what YAML could not show line by line.
func script(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	for number, line := range strings.Split(string(text), "\n") {
		if strings.TrimRight(line, " \t\r") != line || strings.Contains(line, "\t") {
			return "", fmt.Errorf("%s:%d has a tab, or white space at the end of the line: take it out", path, number+1)
		}
	}
	return string(text), nil
}

func render(content any) ([]byte, error) {
	var text bytes.Buffer
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	if err := encoder.Encode(content); err != nil {
		return nil, err
	}
	return text.Bytes(), encoder.Close()
}
