package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	firstCell = regexp.MustCompile(`(?m)^\| ([^|]*) \|`)
	word      = regexp.MustCompile("`([A-Z][A-Za-z]+)`")
)

// TestConditions sees that the tables of conditions.md have a row for each condition, each
// reason, each error class and each event of the API, and for nothing else.
func TestConditions(t *testing.T) {
	page, err := os.ReadFile("conditions.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]bool{}
	for _, row := range firstCell.FindAllStringSubmatch(string(page), -1) {
		for _, match := range word.FindAllStringSubmatch(row[1], -1) {
			documented[match[1]] = true
		}
	}
	exist := slices.Sorted(maps.Keys(constants(t, filepath.Join("..", "api", "v1alpha1", "conditions.go"))))
	if diff := cmp.Diff(exist, slices.Sorted(maps.Keys(documented))); diff != "" {
		t.Errorf("-in the code +in conditions.md:\n%s", diff)
	}
}

// constants are the values of all constants of a file.
func constants(t *testing.T, path string) map[string]bool {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]bool{}
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || len(spec.Values) == 0 {
			return true
		}
		if literal, ok := spec.Values[0].(*ast.BasicLit); ok && literal.Kind == token.STRING {
			value, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			values[value] = true
		}
		return true
	})
	return values
}
