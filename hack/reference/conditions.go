package main

import (
	"fmt"
	"go/ast"
	"strings"
)

const conditionsIntroduction = `# Conditions, reasons and events

What the words mean, in the order of the code. Which of them an object can have with which
status, and what to do then, is in [conditions.md](../conditions.md).
`

// conditionsPage has a section for each declaration of constants: the first sentence of its
// comment is the heading.
func conditionsPage(file *ast.File) (string, error) {
	var page strings.Builder
	page.WriteString(conditionsIntroduction)
	for _, group := range constantGroups(file) {
		names, err := constantsOf(group)
		if err != nil {
			return "", err
		}
		title, introduction, _ := strings.Cut(sentences(group.Doc.Text()), ".")
		fmt.Fprintf(&page, "\n## %s\n", title)
		if introduction != "" {
			fmt.Fprintf(&page, "\n%s\n", strings.TrimSpace(introduction))
		}
		page.WriteString("\n| name | meaning |\n| --- | --- |\n")
		for _, n := range names {
			if n.meaning == "" {
				return "", fmt.Errorf("%s has no comment: what does it mean?", n.identifier)
			}
			fmt.Fprintf(&page, "| `%s` | %s |\n", n.value, cell(withoutIdentifier(n)))
		}
	}
	return page.String(), nil
}
