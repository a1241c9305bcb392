package docs_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	registered = regexp.MustCompile(`(?:Name:\s+|NewDesc\()"(callplane_[a-z_]+)"`)
	documented = regexp.MustCompile("(?m)^\\| `(callplane_[a-z_]+)` ")
)

// TestMetrics sees that metrics.md lists the metrics of the manager, all and no others.
func TestMetrics(t *testing.T) {
	page, err := os.ReadFile("metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	exist := map[string]bool{}
	err = filepath.WalkDir(filepath.Join("..", "internal"), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		code, err := os.ReadFile(path)
		for _, match := range registered.FindAllStringSubmatch(string(code), -1) {
			exist[match[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, match := range documented.FindAllStringSubmatch(string(page), -1) {
		listed = append(listed, match[1])
	}
	slices.Sort(listed)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(exist)), listed); diff != "" {
		t.Errorf("-in the code +in metrics.md:\n%s", diff)
	}
}
