package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A schema is the part of an OpenAPI schema that the API uses.
type schema struct {
	Type          string
	Format        string
	Description   string
	Default       any
	Enum          []string
	Required      []string
	Properties    map[string]schema
	Items         *schema
	Additional    *schema `yaml:"additionalProperties"`
	Pattern       string
	Minimum       *int64
	Maximum       *int64
	MinLength     *int64   `yaml:"minLength"`
	MaxLength     *int64   `yaml:"maxLength"`
	MinItems      *int64   `yaml:"minItems"`
	MaxItems      *int64   `yaml:"maxItems"`
	MinProperties *int64   `yaml:"minProperties"`
	MaxProperties *int64   `yaml:"maxProperties"`
	Rules         []rule   `yaml:"x-kubernetes-validations"`
	MapKeys       []string `yaml:"x-kubernetes-list-map-keys"`
}

type rule struct{ Message string }

// writeFields writes a row for each field, and goes down into what has fields itself. What
// Kubernetes describes, such as a condition, is left to it.
func writeFields(page *strings.Builder, prefix string, parent schema) {
	for _, name := range slices.Sorted(maps.Keys(parent.Properties)) {
		field := parent.Properties[name]
		path := prefix + name
		fmt.Fprintf(page, "| `%s` | %s | %s | %s |\n", path, typeName(field), initial(field), meaning(field, slices.Contains(parent.Required, name)))
		if name == "conditions" {
			continue
		}
		writeFields(page, path+".", field)
		if field.Items != nil {
			writeFields(page, path+"[].", *field.Items)
		}
	}
}

func typeName(s schema) string {
	switch {
	case s.Items != nil && len(s.MapKeys) > 0:
		return fmt.Sprintf("list of %s, by %s", typeName(*s.Items), codes(s.MapKeys))
	case s.Items != nil:
		return "list of " + typeName(*s.Items)
	case s.Additional != nil:
		return "map to " + typeName(*s.Additional)
	case s.Format == "date-time":
		return "time"
	default:
		return s.Type
	}
}

func initial(s schema) string {
	if s.Default == nil {
		return ""
	}
	text, err := json.Marshal(s.Default)
	if err != nil {
		return fmt.Sprint(s.Default)
	}
	return "`" + string(text) + "`"
}

func meaning(s schema, required bool) string {
	parts := []string{sentences(s.Description)}
	if required {
		parts = append(parts, "Required.")
	}
	parts = append(parts, limits(s)...)
	if element := firstOf(s.Items, s.Additional); element != nil {
		for _, limit := range limits(*element) {
			parts = append(parts, "Each: "+limit)
		}
	}
	return cell(strings.TrimSpace(strings.Join(parts, " ")))
}

// limits are what a value is held to, a sentence each.
func limits(s schema) []string {
	var found []string
	add := func(what string, low, high *int64) {
		if text := between(low, high); text != "" {
			found = append(found, text+what+".")
		}
	}
	if len(s.Enum) > 0 {
		found = append(found, "One of "+codes(s.Enum)+".")
	}
	add("", s.Minimum, s.Maximum)
	add(" characters", s.MinLength, s.MaxLength)
	add(" entries", s.MinItems, s.MaxItems)
	add(" keys", s.MinProperties, s.MaxProperties)
	if s.Pattern != "" {
		found = append(found, "Matches `"+s.Pattern+"`.")
	}
	for _, rule := range s.Rules {
		found = append(found, "Rule: "+sentences(rule.Message))
	}
	return found
}

func between(low, high *int64) string {
	switch {
	case low != nil && high != nil:
		return fmt.Sprintf("%d to %d", *low, *high)
	case high != nil:
		return fmt.Sprintf("At most %d", *high)
	case low != nil:
		return fmt.Sprintf("At least %d", *low)
	default:
		return ""
	}
}

func codes(values []string) string { return "`" + strings.Join(values, "`, `") + "`" }

func firstOf(schemas ...*schema) *schema {
	for _, s := range schemas {
		if s != nil {
			return s
		}
	}
	return nil
}

// writeRules lists what an object as a whole is held to.
func writeRules(page *strings.Builder, s schema) {
	if len(s.Rules) == 0 {
		return
	}
	page.WriteString("\n")
	for _, rule := range s.Rules {
		fmt.Fprintf(page, "- Rule: %s\n", sentences(rule.Message))
	}
}

// sentences are one line, and end as sentences do.
func sentences(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if text == "" || strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}

// cell has a text fit into a table.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "*", `\*`).Replace(text)
}
