package e2e

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// A mutation changes one field of a spec; undo takes the change back. Both are JSON
// merge patches. A field of which no other value is admitted has none.
type mutation struct{ path, apply, undo string }

// nightShift is another agent, and a value for whatever takes a word.
const nightShift = "night-shift"

// words are values for strings: of each field the first that is admitted is taken.
var words = []string{nightShift, "7s", "+14155550177", "192.0.2.128/25", "X-Test"}

// everyMutation goes through the schema of an object's kind, as it is in config.
func everyMutation(t *testing.T, c client.Client, object client.Object, plural string) []mutation {
	t.Helper()
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		t.Fatal(err)
	}
	g := generator{t: t, client: c, object: object}
	g.walk(nil, schemaOf(t, plural).Properties["spec"], content["spec"])
	return g.found
}

func schemaOf(t *testing.T, plural string) apiextensions.JSONSchemaProps {
	t.Helper()
	text, err := os.ReadFile("../../config/crd/bases/callplane.io_" + plural + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	var crd apiextensions.CustomResourceDefinition
	if err := yaml.UnmarshalStrict(text, &crd); err != nil {
		t.Fatal(err)
	}
	return *crd.Spec.Versions[0].Schema.OpenAPIV3Schema
}

type generator struct {
	t      *testing.T
	client client.Client
	object client.Object
	found  []mutation
}

// walk adds a mutation for each field below a path, and for the removal of objects.
func (g *generator) walk(path []string, schema apiextensions.JSONSchemaProps, value any) {
	fields, _ := value.(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		field, at := schema.Properties[name], append(slices.Clone(path), name)
		if len(field.Properties) == 0 {
			g.add(at, fields[name], candidates(field))
			continue
		}
		g.add(at, fields[name], []any{nil})
		g.walk(at, field, fields[name])
	}
}

// add takes the first candidate that is another value and is admitted.
func (g *generator) add(path []string, current any, candidates []any) {
	m := mutation{path: strings.Join(path, ".")}
	for _, candidate := range candidates {
		apply := g.patchOf(path, candidate)
		if apply != g.patchOf(path, current) && g.admitted(apply) {
			m.apply, m.undo = apply, g.patchOf(path, current)
			break
		}
	}
	g.found = append(g.found, m)
}

func (g *generator) admitted(patch string) bool {
	dry := g.object.DeepCopyObject().(client.Object)
	return g.client.Patch(g.t.Context(), dry, merge(patch), client.DryRunAll) == nil
}

func (g *generator) patchOf(path []string, value any) string {
	for _, name := range slices.Backward(path) {
		value = map[string]any{name: value}
	}
	return inJSON(g.t, map[string]any{"spec": value})
}

// candidates are values that a schema may admit, beside what is there.
func candidates(schema apiextensions.JSONSchemaProps) []any {
	var all []any
	switch {
	case len(schema.Enum) > 0:
		for _, value := range schema.Enum {
			var word string
			_ = json.Unmarshal(value.Raw, &word)
			all = append(all, word)
		}
	case schema.Type == "boolean":
		all = append(all, true, false)
	case schema.Type == "integer":
		all = append(all, 2, 3)
	case schema.Type == "string":
		for _, word := range words {
			all = append(all, word)
		}
	case schema.Type == "array":
		for _, item := range candidates(*schema.Items.Schema) {
			all = append(all, []any{item})
		}
	case schema.AdditionalProperties != nil:
		for _, word := range words {
			all = append(all, map[string]any{word: word})
		}
	case schema.Type == "object":
		item := map[string]any{}
		for _, name := range schema.Required {
			item[name] = candidates(schema.Properties[name])[0]
		}
		all = append(all, item)
	}
	return all
}
