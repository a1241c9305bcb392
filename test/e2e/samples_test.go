package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestSamples shows that the API server takes what is offered to be copied.
func TestSamples(t *testing.T) {
	namespace := namespaceFor(t)
	files, err := filepath.Glob(inRepository(t, "config/samples/v1alpha1_*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("error %v, %d samples", err, len(files))
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			if _, stderr, err := plane.Kubectl(t.Context(), "apply", "--dry-run=server", "--validate=strict", "-n", namespace, "-f", file); err != nil {
				t.Error(err, stderr)
			}
		})
	}
	if _, stderr, err := plane.Kubectl(t.Context(), "apply", "--dry-run=server", "-n", namespace, "-k", inRepository(t, "config/samples")); err != nil {
		t.Error(err, stderr)
	}
}

var yamlBlock = regexp.MustCompile("(?s)\n```yaml\n(.*?\n)```\n")

// TestExamples shows the same of the documents. What begins with spec is a part of an
// object, and is not tried.
func TestExamples(t *testing.T) {
	namespace := namespaceFor(t)
	var pages []string
	for _, pattern := range []string{"README.md", "docs/*.md", "docs/*/*.md"} {
		found, err := filepath.Glob(inRepository(t, pattern))
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, found...)
	}
	tried := 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range yamlBlock.FindAllStringSubmatch(string(text), -1) {
			if !strings.HasPrefix(match[1], "apiVersion:") {
				continue
			}
			tried++
			file := filepath.Join(t.TempDir(), "example.yaml")
			if err := os.WriteFile(file, []byte(match[1]), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, stderr, err := plane.Kubectl(t.Context(), "apply", "--dry-run=server", "--validate=strict", "-n", namespace, "-f", file); err != nil {
				t.Errorf("%s: %v %s\n%s", page, err, stderr, match[1])
			}
		}
	}
	if tried == 0 {
		t.Error("no document has an example: this test does not see them any more")
	}
}
