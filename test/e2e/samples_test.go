package e2e

import (
	"path/filepath"
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
