package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The table is between these lines of the README.
const (
	tableBegins = "<!-- values: written by make chart -->\n"
	tableEnds   = "<!-- end of values -->\n"
)

// A value is one that a person can set.
type value struct {
	key, initial, meaning string
}

func writeTable(chart string) error {
	text, err := os.ReadFile(filepath.Join(chart, "values.yaml"))
	if err != nil {
		return err
	}
	values, err := readValues(text)
	if err != nil {
		return fmt.Errorf("values.yaml: %w", err)
	}
	path := filepath.Join(chart, "README.md")
	readme, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, begins := strings.Cut(string(readme), tableBegins)
	_, after, ends := strings.Cut(rest, tableEnds)
	if !begins || !ends {
		return fmt.Errorf("%s has no place for the table of values", path)
	}
	return os.WriteFile(path, []byte(before+tableBegins+table(values)+tableEnds+after), 0o644)
}

// readValues goes down to what has a comment that begins with two dashes. A value
// without one is an error: nobody could know what it is.
func readValues(text []byte) ([]value, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	return describe("", document.Content[0])
}

func describe(prefix string, mapping *yaml.Node) ([]value, error) {
	var values []value
	for i := 0; i < len(mapping.Content); i += 2 {
		name, node := mapping.Content[i], mapping.Content[i+1]
		key := strings.TrimPrefix(prefix+"."+name.Value, ".")
		_, meaning, described := strings.Cut(name.HeadComment, "# -- ")
		switch {
		case described:
			initial, err := asJSON(node)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", key, err)
			}
			values = append(values, value{key, initial, strings.ReplaceAll(meaning, "\n# ", " ")})
		case node.Kind != yaml.MappingNode || len(node.Content) == 0:
			return nil, fmt.Errorf("%s has no comment that begins with # --", key)
		default:
			within, err := describe(key, node)
			if err != nil {
				return nil, err
			}
			values = append(values, within...)
		}
	}
	return values, nil
}

func asJSON(node *yaml.Node) (string, error) {
	var initial any
	if err := node.Decode(&initial); err != nil {
		return "", err
	}
	text, err := json.Marshal(initial)
	return string(text), err
}

func table(values []value) string {
	var table strings.Builder
	table.WriteString("| value | default | meaning |\n| --- | --- | --- |\n")
	for _, v := range values {
		fmt.Fprintf(&table, "| `%s` | `%s` | %s |\n", v.key, v.initial, strings.ReplaceAll(v.meaning, "|", `\|`))
	}
	return table.String()
}
