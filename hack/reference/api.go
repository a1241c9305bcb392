package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A definition is what the page says of a CRD.
type definition struct {
	Spec struct {
		Names struct {
			Kind       string
			Plural     string
			ShortNames []string `yaml:"shortNames"`
			Categories []string
		}
		Versions []version
	}
}

type version struct {
	Name    string
	Columns []column `yaml:"additionalPrinterColumns"`
	Schema  struct {
		Root schema `yaml:"openAPIV3Schema"`
	}
	SelectableFields []struct {
		JSONPath string `yaml:"jsonPath"`
	} `yaml:"selectableFields"`
}

// A column is one that kubectl get prints; one of priority 1 only with -o wide.
type column struct {
	Name     string
	JSONPath string `yaml:"jsonPath"`
	Priority int
}

func writeAPI(folder string) error {
	paths, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil {
		return err
	}
	definitions := make([]definition, len(paths))
	for i, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := yaml.Unmarshal(text, &definitions[i]); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return writePage("api.md", apiPage(definitions))
}

const apiIntroduction = `# API

The kinds of ` + "`callplane.io/v1alpha1`" + `. All are namespaced, and a reference names an object of
its own namespace. A field that is not named as required may be left out. "Rule" is what
the API server says when a value is refused.

`

func apiPage(definitions []definition) string {
	var page strings.Builder
	page.WriteString(apiIntroduction)
	for _, d := range definitions {
		fmt.Fprintf(&page, "- [%s](#%s)\n", d.Spec.Names.Kind, strings.ToLower(d.Spec.Names.Kind))
	}
	for _, d := range definitions {
		for _, v := range d.Spec.Versions {
			writeKind(&page, d, v)
		}
	}
	return page.String()
}

func writeKind(page *strings.Builder, d definition, v version) {
	root := v.Schema.Root
	fmt.Fprintf(page, "\n## %s\n\n%s\n\n", d.Spec.Names.Kind, strings.TrimSpace(root.Description))
	fmt.Fprintf(page, "`kubectl get %s`", d.Spec.Names.Plural)
	for _, name := range append(d.Spec.Names.ShortNames, d.Spec.Names.Categories...) {
		fmt.Fprintf(page, ", `kubectl get %s`", name)
	}
	page.WriteString(".")
	for _, field := range v.SelectableFields {
		fmt.Fprintf(page, " Field selector: `%s`.", strings.TrimPrefix(field.JSONPath, "."))
	}
	page.WriteString("\n")
	writeRules(page, root)
	for _, part := range []string{"spec", "status"} {
		within, found := root.Properties[part]
		if !found {
			continue
		}
		fmt.Fprintf(page, "\n### %s %s\n\n`%s`%s\n", d.Spec.Names.Kind, part, part, strings.TrimPrefix(sentences(within.Description), part))
		writeRules(page, within)
		page.WriteString("\n| field | type | default | meaning |\n| --- | --- | --- | --- |\n")
		writeFields(page, "", within)
	}
	writeColumns(page, d.Spec.Names.Kind, v.Columns)
}

func writeColumns(page *strings.Builder, kind string, columns []column) {
	fmt.Fprintf(page, "\n### %s columns\n\n| column of `kubectl get` | shows | |\n| --- | --- | --- |\n", kind)
	for _, c := range columns {
		wide := ""
		if c.Priority > 0 {
			wide = "with `-o wide`"
		}
		fmt.Fprintf(page, "| %s | `%s` | %s |\n", c.Name, c.JSONPath, wide)
	}
}
