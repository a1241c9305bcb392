package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
)

// sections are the beginnings of constants, and what the page calls them.
var sections = []struct{ prefix, title, introduction string }{
	{"Annotation", "Annotations", "People set these, most of them with `kubectl annotate`; who may is in [permissions.md](../permissions.md)."},
	{"Label", "Labels", "Callplane sets these."},
	{"Finalizer", "Finalizers", "Callplane sets these and takes them off. Do not remove them. On objects of Callplane an admission policy refuses that to all who may not update the `finalizers` subresource of the kind, which no role for people allows but that of cluster administrators. A Secret is not among these objects: whoever may edit it can take `callplane.io/in-use` off."},
}

// A name is a constant with what its comment says.
type name struct{ identifier, value, meaning string }

// writeConstants writes a page about the constants of a file.
func writeConstants(path, name string, page func(*ast.File) (string, error)) error {
	file, err := parse(path)
	if err != nil {
		return err
	}
	text, err := page(file)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return writePage(name, text)
}

func parse(path string) (*ast.File, error) {
	return parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
}

// constantGroups are the declarations of constants of a file.
func constantGroups(file *ast.File) []*ast.GenDecl {
	var groups []*ast.GenDecl
	for _, declaration := range file.Decls {
		if group, ok := declaration.(*ast.GenDecl); ok && group.Tok == token.CONST {
			groups = append(groups, group)
		}
	}
	return groups
}

// constants are all of a file.
func constants(file *ast.File) ([]name, error) {
	var found []name
	for _, group := range constantGroups(file) {
		names, err := constantsOf(group)
		if err != nil {
			return nil, err
		}
		found = append(found, names...)
	}
	return found, nil
}

// constantsOf are those of one declaration, each of which has a string as value.
func constantsOf(group *ast.GenDecl) ([]name, error) {
	var found []name
	for _, spec := range group.Specs {
		value := spec.(*ast.ValueSpec)
		text, err := literal(value)
		if err != nil {
			return nil, err
		}
		found = append(found, name{value.Names[0].Name, text, comment(group, value)})
	}
	return found, nil
}

func literal(value *ast.ValueSpec) (string, error) {
	if len(value.Values) == 1 {
		if basic, ok := value.Values[0].(*ast.BasicLit); ok && basic.Kind == token.STRING {
			return strconv.Unquote(basic.Value)
		}
	}
	return "", fmt.Errorf("%s is no string", value.Names[0].Name)
}

// comment is that of the constant; of one that stands alone it is at the declaration.
func comment(group *ast.GenDecl, value *ast.ValueSpec) string {
	if value.Doc == nil && !group.Lparen.IsValid() {
		return group.Doc.Text()
	}
	return value.Doc.Text()
}

func namesPage(file *ast.File) (string, error) {
	names, err := constants(file)
	if err != nil {
		return "", err
	}
	var page strings.Builder
	page.WriteString("# Annotations, labels and finalizers\n")
	for _, section := range sections {
		fmt.Fprintf(&page, "\n## %s\n\n%s\n\n| name | meaning |\n| --- | --- |\n", section.title, section.introduction)
		for _, n := range names {
			if strings.HasPrefix(n.identifier, section.prefix) {
				fmt.Fprintf(&page, "| `%s` | %s |\n", n.value, cell(withoutIdentifier(n)))
			}
		}
	}
	return page.String(), nil
}

// withoutIdentifier has a comment begin with what the name does, not with what Go calls it.
func withoutIdentifier(n name) string {
	text := strings.TrimPrefix(strings.TrimPrefix(sentences(n.meaning), n.identifier), ",")
	text = strings.TrimSpace(text)
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
