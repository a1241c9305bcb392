package docs_test

import (
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
	eachSource(t, filepath.Join("..", "internal"), func(path, code string) {
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		for _, match := range registered.FindAllStringSubmatch(code, -1) {
			exist[match[1]] = true
		}
	})
	var listed []string
	for _, match := range documented.FindAllStringSubmatch(string(page), -1) {
		listed = append(listed, match[1])
	}
	slices.Sort(listed)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(exist)), listed); diff != "" {
		t.Errorf("-in the code +in metrics.md:\n%s", diff)
	}
}
