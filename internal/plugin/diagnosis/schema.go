package diagnosis

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// Compare lists the fields of a Go type of the API that a schema lacks, and those that it
// has besides, as paths. What is in metadata is Kubernetes' own.
func Compare(object any, schema *apiextensionsv1.JSONSchemaProps) (missing, extra []string) {
	known, served := map[string]bool{}, map[string]bool{}
	goFields(reflect.TypeOf(object), "", known)
	schemaFields(schema, "", served)
	for _, path := range slices.Sorted(maps.Keys(known)) {
		if !served[path] {
			missing = append(missing, path)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(served)) {
		if !known[path] {
			extra = append(extra, path)
		}
	}
	return missing, extra
}

// local is the package whose structs are part of the API.
const local = "github.com/callplane/callplane/api/"

func goFields(kind reflect.Type, path string, into map[string]bool) {
	for kind.Kind() == reflect.Pointer || kind.Kind() == reflect.Slice {
		kind = kind.Elem()
	}
	if kind.Kind() != reflect.Struct || !strings.HasPrefix(kind.PkgPath(), local) {
		return
	}
	for field := range kind.Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case strings.Contains(options, "inline"):
			goFields(field.Type, path, into)
		case name != "" && name != "-":
			into[path+"."+name] = true
			goFields(field.Type, path+"."+name, into)
		}
	}
}

// foreign are fields whose own fields are of Kubernetes' types.
var foreign = []string{".metadata", ".status.conditions", ".spec.selector"}

func schemaFields(schema *apiextensionsv1.JSONSchemaProps, path string, into map[string]bool) {
	if schema == nil || slices.Contains(foreign, path) {
		return
	}
	if schema.Items != nil {
		schemaFields(schema.Items.Schema, path, into)
	}
	for name := range schema.Properties {
		if path == "" && (name == "apiVersion" || name == "kind") {
			continue
		}
		child := schema.Properties[name]
		into[path+"."+name] = true
		schemaFields(&child, path+"."+name, into)
	}
}
