//go:build clients

package chart

import (
	"errors"
	"io"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// A key is what tells objects of a manifest apart.
type key struct{ kind, namespace, name string }

type objects map[key]*unstructured.Unstructured

// parse reads a manifest; two objects of one key would overwrite each other.
func parse(t *testing.T, manifest string) objects {
	t.Helper()
	found := objects{}
	decoder := yaml.NewYAMLOrJSONDecoder(strings.NewReader(manifest), 4096)
	for {
		object := &unstructured.Unstructured{}
		err := decoder.Decode(&object.Object)
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, manifest)
		}
		if len(object.Object) == 0 {
			continue
		}
		k := key{object.GetKind(), object.GetNamespace(), object.GetName()}
		if found[k] != nil {
			t.Errorf("%v is there twice", k)
		}
		found[k] = object
	}
}

// only returns the objects of some kinds.
func (o objects) only(kinds ...string) objects {
	chosen := objects{}
	for k, object := range o {
		for _, kind := range kinds {
			if k.kind == kind {
				chosen[k] = object
			}
		}
	}
	return chosen
}
