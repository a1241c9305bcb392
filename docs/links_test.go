package docs_test

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark/ast"
)

// home is where the files of this repository are for whoever has no clone.
const home = "https://github.com/callplane/callplane/blob/main/"

// TestLinks sees that every link from one file of the repository to another, or to a
// heading, leads somewhere. Other sites are not asked.
func TestLinks(t *testing.T) {
	all := documents(t)
	count := 0
	for _, from := range all {
		follow := func(destination []byte) {
			target, within := inRepository(from.path, string(destination))
			if !within {
				return
			}
			count++
			if err := resolve(all, target); err != nil {
				t.Errorf("%s: the link to %s: %v", from.path, destination, err)
			}
		}
		each(from, func(link *ast.Link) { follow(link.Destination) })
		each(from, func(image *ast.Image) { follow(image.Destination) })
		each(from, func(link *ast.AutoLink) { follow(link.URL(from.source)) })
	}
	if count == 0 {
		t.Error("no link was found: this test does not see them any more")
	}
}

// inRepository is where a link leads to, below the repository's root.
func inRepository(from, destination string) (*url.URL, bool) {
	if rest, found := strings.CutPrefix(destination, home); found {
		from, destination = ".", rest
	}
	target, err := url.Parse(destination)
	if err != nil || target.Scheme != "" || target.Host != "" {
		return nil, false
	}
	if target.Path == "" {
		target.Path = from
	} else {
		target.Path = path.Join(path.Dir(from), target.Path)
	}
	return target, true
}

func resolve(all map[string]document, target *url.URL) error {
	if _, err := os.Stat(filepath.Join("..", filepath.FromSlash(target.Path))); err != nil {
		return errors.New("there is no such file")
	}
	if target.Fragment == "" {
		return nil
	}
	document, found := all[target.Path]
	if !found {
		return fmt.Errorf("%s has no headings", target.Path)
	}
	if !slices.Contains(document.anchors(), target.Fragment) {
		return fmt.Errorf("%s has no heading for #%s", target.Path, target.Fragment)
	}
	return nil
}

func TestResolve(t *testing.T) {
	all := map[string]document{
		"docs/links_test.go": {},
		"README.md":          parsed("README.md", "# One `two`: three, 4\n\n## Again\n\n## Again\n\n<a id=\"own\"></a>\n"),
	}
	cases := map[string]struct {
		reason, from, link string
		within, leads      bool
	}{
		"File":      {"a path is relative to the file that it is in", "docs/x.md", "links_test.go", true, true},
		"NoFile":    {"what is missing is found out", "docs/x.md", "no_such.md", true, false},
		"Heading":   {"markup and punctuation are not in an anchor", "docs/x.md", "../README.md#one-two-three-4", true, true},
		"NoHeading": {"an anchor must be there", "docs/x.md", "../README.md#two", true, false},
		"Second":    {"headings that are alike are counted", "README.md", "#again-1", true, true},
		"Third":     {"there are but two", "README.md", "#again-2", true, false},
		"Own":       {"an anchor may be written as HTML", "README.md", "#own", true, true},
		"Absolute":  {"the address of a file on GitHub is a file here", "docs/x.md", home + "README.md#again", true, true},
		"Elsewhere": {"other sites are not asked", "docs/x.md", "https://www.twilio.com/x#y", false, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			target, within := inRepository(tc.from, tc.link)
			if within != tc.within {
				t.Fatalf("%s: within the repository is %t, want %t", tc.reason, within, tc.within)
			}
			if within && (resolve(all, target) == nil) != tc.leads {
				t.Errorf("%s: leading somewhere is not %t", tc.reason, tc.leads)
			}
		})
	}
}
