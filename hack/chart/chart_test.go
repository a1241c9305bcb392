package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadValues(t *testing.T) {
	values, err := readValues([]byte(`
# -- How many,
# at most.
count: 1
image:
  # Not for people.
  # -- Which one.
  tag: ""
# -- All of it.
resources:
  limits: {memory: 1Gi}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := "| value | default | meaning |\n| --- | --- | --- |\n" +
		"| `count` | `1` | How many, at most. |\n" +
		"| `image.tag` | `\"\"` | Which one. |\n" +
		"| `resources` | `{\"limits\":{\"memory\":\"1Gi\"}}` | All of it. |\n"
	if diff := cmp.Diff(want, table(values)); diff != "" {
		t.Errorf("the table, -want +got:\n%s", diff)
	}
}

func TestUndescribedValue(t *testing.T) {
	for _, text := range []string{"image:\n  tag: \"\"\n", "# It is.\nlabels: {}\n"} {
		if values, err := readValues([]byte(text)); err == nil || !strings.Contains(err.Error(), "has no comment") {
			t.Errorf("%q gives %v and %v, want it refused: nobody could know what it is", text, values, err)
		}
	}
}

// TestCopyConfig shows that what config has no more does not stay in the chart.
func TestCopyConfig(t *testing.T) {
	config, files := t.TempDir(), filepath.Join(t.TempDir(), "files")
	write(t, filepath.Join(config, "policy", "gate.yaml"), "kind: Gate\n")
	write(t, filepath.Join(config, "policy", "kustomization.yaml"), "kind: Kustomization\n")
	write(t, filepath.Join(files, "policy", "old.yaml"), "kind: Old\n")
	if err := copyConfig(config, files); err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, name := range []string{"gate.yaml", "kustomization.yaml", "old.yaml"} {
		if text, err := os.ReadFile(filepath.Join(files, "policy", name)); err == nil {
			found[name] = string(text)
		}
	}
	if diff := cmp.Diff(map[string]string{"gate.yaml": "kind: Gate\n"}, found); diff != "" {
		t.Errorf("what the chart has, -want +got:\n%s", diff)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
