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

	"github.com/callplane/callplane/internal/external"
)

var (
	section   = regexp.MustCompile(`(?m)^##+ (.*)\n`)
	firstCell = regexp.MustCompile(`(?m)^\| ([^|]*) \|`)
	word      = regexp.MustCompile("`([A-Z][A-Za-z]+)`")
)

// A chapter is what the tables of one section of conditions.md have rows for: some groups
// of constants as a whole, and single ones that another section explains, or shares.
type chapter struct {
	// groups are named by their first constant.
	groups []string
	others []string
}

var chapters = map[string]chapter{
	"PhoneNumber":                   {groups: []string{"Ready"}},
	"Ready":                         {groups: []string{"Provisioning"}, others: []string{"InvalidConfiguration"}},
	"Corrupted":                     {groups: []string{"NotCorrupted"}},
	"Deleting":                      {groups: []string{"Unlinking"}},
	"Events that are no condition":  {others: []string{"Deleted", "ForceDeleted", "ForceDeleteRefused", "ForceDeleteWaits", "LeftAlone", "TookOver"}},
	"Error classes":                 {groups: []string{"CredentialsMissing"}},
	"SIPTrunk":                      {others: []string{"Active", "Blocked", "CredentialsMissing", "QuotaExceeded", "ReferenceNotFound", "TearingDown"}},
	"TwilioAccount, LiveKitProject": {groups: []string{"Verified"}, others: []string{"AccountMismatch", "AuthenticationFailed", "InvalidConfiguration"}},
	"VoiceAgent":                    {groups: []string{"Accepted"}, others: []string{"Deleting"}},
	"PhoneNumberDeletion":           {groups: []string{"Complete", "InProgress"}, others: []string{"Reconciling", "Stalled"}},
	"OrphanRecord":                  {groups: []string{"Retained"}, others: []string{"DeleteExternalRefused", "OrphansGone"}},
}

// TestConditions sees that the tables of each section of conditions.md have a row for each
// condition, reason, error class and event that belongs there, and for nothing else, and
// that each of the API is in one.
func TestConditions(t *testing.T) {
	page, err := os.ReadFile("conditions.md")
	if err != nil {
		t.Fatal(err)
	}
	groups, documented := constants(t, filepath.Join("..", "api", "v1alpha1", "conditions.go")), inSections(string(page))
	anywhere := map[string]bool{}
	for title, chapter := range chapters {
		want := set(chapter.others)
		for _, first := range chapter.groups {
			if groups[first] == nil {
				t.Errorf("no group of constants begins with %s", first)
			}
			maps.Copy(want, set(groups[first]))
		}
		maps.Copy(anywhere, want)
		if diff := cmp.Diff(want, documented[title]); diff != "" {
			t.Errorf("in the section %s, -in the code +in conditions.md:\n%s", title, diff)
		}
		delete(documented, title)
	}
	if len(documented) > 0 {
		t.Errorf("nobody knows what belongs into these sections: %v", documented)
	}
	if diff := cmp.Diff(set(slices.Concat(slices.Collect(maps.Values(groups))...)), anywhere); diff != "" {
		t.Errorf("-in the code +in a section:\n%s", diff)
	}
}

// TestPrecedence sees that the error classes are in the order in which they speak for each
// other, as the pages say.
func TestPrecedence(t *testing.T) {
	classes := constants(t, filepath.Join("..", "api", "v1alpha1", "conditions.go"))["CredentialsMissing"]
	for i := range len(classes) - 1 {
		first, second := external.Class(classes[i]), external.Class(classes[i+1])
		if got := external.Foremost([]external.Class{second, first}); got != first {
			t.Errorf("%s speaks for %s and %s, and the list has %s first", got, first, second, first)
		}
	}
	if len(classes) < 2 {
		t.Errorf("got %q, want the error classes", classes)
	}
}

func set(words []string) map[string]bool {
	all := map[string]bool{}
	for _, word := range words {
		all[word] = true
	}
	return all
}

// inSections are the words that begin the rows of tables, by the heading above.
func inSections(page string) map[string]map[string]bool {
	found := map[string]map[string]bool{}
	headings := section.FindAllStringSubmatchIndex(page, -1)
	for i, at := range headings {
		end := len(page)
		if i+1 < len(headings) {
			end = headings[i+1][0]
		}
		words := map[string]bool{}
		for _, row := range firstCell.FindAllStringSubmatch(page[at[1]:end], -1) {
			for _, match := range word.FindAllStringSubmatch(row[1], -1) {
				words[match[1]] = true
			}
		}
		if len(words) > 0 {
			found[page[at[2]:at[3]]] = words
		}
	}
	return found
}

// constants are the values of all constants of a file, declaration by declaration, by the
// first value of each.
func constants(t *testing.T, path string) map[string][]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	groups := map[string][]string{}
	for _, declaration := range file.Decls {
		var values []string
		ast.Inspect(declaration, func(node ast.Node) bool {
			if literal, ok := node.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				value, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatal(err)
				}
				values = append(values, value)
			}
			return true
		})
		if len(values) > 0 {
			groups[values[0]] = values
		}
	}
	return groups
}
