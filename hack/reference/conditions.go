package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"
)

const conditionsIntroduction = `# Conditions, reasons and events

What the words mean, in the order of the code. Which of them an object can have with which
status, and what to do then, is in [conditions.md](../conditions.md).
`

func writeConditions(path string) error {
	file, err := parse(path)
	if err != nil {
		return err
	}
	page, err := conditionsPage(file)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return writePage("conditions.md", page)
}

// conditionsPage has a section for each declaration of constants: the first sentence of its
// comment is the heading.
func conditionsPage(file *ast.File) (string, error) {
	var page strings.Builder
	page.WriteString(conditionsIntroduction)
	for _, declaration := range file.Decls {
		group, ok := declaration.(*ast.GenDecl)
		if !ok || group.Tok != token.CONST {
			continue
		}
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
