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

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

// A document is a Markdown file of the repository.
type document struct {
	// path is relative to the repository's root.
	path   string
	source []byte
	tree   ast.Node
}

// documents are all Markdown files of the repository, by their path.
func documents(t *testing.T) map[string]document {
	t.Helper()
	found := map[string]document{}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && slices.Contains([]string{".git", "bin", "dist"}, entry.Name()) {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".md") {
			return nil
		}
		source, err := os.ReadFile(path)
		path = strings.TrimPrefix(filepath.ToSlash(path), "../")
		found[path] = parsed(path, string(source))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func parsed(path, source string) document {
	parser := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser()
	return document{path, []byte(source), parser.Parse(text.NewReader([]byte(source)))}
}

// each visits every node of one type.
func each[T ast.Node](d document, visit func(T)) {
	_ = ast.Walk(d.tree, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if wanted, ok := node.(T); ok && entering {
			visit(wanted)
		}
		return ast.WalkContinue, nil
	})
}

var (
	inAnchor  = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
	ownAnchor = regexp.MustCompile(`<a (?:id|name)="([^"]+)"`)
)

// anchors are what a link may point to: GitHub makes one of each heading, in lower case,
// with dashes for spaces and without punctuation, and counts those that are alike.
func (d document) anchors() []string {
	var all []string
	times := map[string]int{}
	each(d, func(heading *ast.Heading) {
		anchor := strings.ReplaceAll(inAnchor.ReplaceAllString(strings.ToLower(d.words(heading)), ""), " ", "-")
		times[anchor]++
		if times[anchor] > 1 {
			anchor = fmt.Sprintf("%s-%d", anchor, times[anchor]-1)
		}
		all = append(all, anchor)
	})
	for _, match := range ownAnchor.FindAllSubmatch(d.source, -1) {
		all = append(all, string(match[1]))
	}
	return all
}

// words are the text of a node without its markup.
func (d document) words(node ast.Node) string {
	var words strings.Builder
	for child := node.FirstChild(); child != nil; child = child.NextSibling() {
		switch child := child.(type) {
		case *ast.Text:
			words.Write(child.Segment.Value(d.source))
		case *ast.String:
			words.Write(child.Value)
		default:
			words.WriteString(d.words(child))
		}
	}
	return words.String()
}
