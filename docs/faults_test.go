// Package docs_test sees that what the documents say of the code is so.
package docs_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	namedTest = regexp.MustCompile("`([a-z0-9]+)\\.(Test[A-Za-z0-9]+)`")
	testFunc  = regexp.MustCompile(`(?m)^func (Test[A-Za-z0-9]+)\(t \*testing\.T\)`)
)

// TestNamedTests sees that every test that a document names exists.
func TestNamedTests(t *testing.T) {
	exist := tests(t)
	for path, document := range documents(t) {
		for _, name := range namedTest.FindAllStringSubmatch(string(document.source), -1) {
			if !slices.Contains(exist[name[2]], name[1]) {
				t.Errorf("%s: there is no %s in a folder %s", path, name[2], name[1])
			}
		}
	}
}

// TestFaults sees that every case has its rows in faults.md.
func TestFaults(t *testing.T) {
	text, err := os.ReadFile("faults.md")
	if err != nil {
		t.Fatal(err)
	}
	for number := 1; number <= 25; number++ {
		if !strings.Contains(string(text), fmt.Sprintf("\n| %d | ", number)) {
			t.Errorf("case %d has no row", number)
		}
	}
}

// tests are the folders in which there is a test of each name.
func tests(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	eachSource(t, "..", func(path, code string) {
		if !strings.HasSuffix(path, "_test.go") {
			return
		}
		for _, match := range testFunc.FindAllStringSubmatch(code, -1) {
			found[match[1]] = append(found[match[1]], filepath.Base(filepath.Dir(path)))
		}
	})
	return found
}

// eachSource reads every Go file below a folder.
func eachSource(t *testing.T, folder string, see func(path, code string)) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") {
			return err
		}
		code, err := os.ReadFile(path)
		see(path, string(code))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
