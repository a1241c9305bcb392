package openapi

import (
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
)

// template is one path of a document. Twilio ends its variables in ".json", so a template is matched as a whole, not by segment.
type template struct {
	document *openapi3.T
	path     string
	pattern  *regexp.Regexp
	names    []string
	item     *openapi3.PathItem
}

var variable = regexp.MustCompile(`\{[^}]+\}`)

// templates returns the paths of a document, those with fewer variables first: a literal segment beats a variable.
func templates(document *openapi3.T) []template {
	all := []template{}
	for path, item := range document.Paths.Map() {
		all = append(all, newTemplate(document, path, item))
	}
	slices.SortFunc(all, func(a, b template) int {
		return cmp.Or(cmp.Compare(len(a.names), len(b.names)), cmp.Compare(a.path, b.path))
	})
	return all
}

func newTemplate(document *openapi3.T, path string, item *openapi3.PathItem) template {
	t := template{document: document, path: path, item: item}
	for _, name := range variable.FindAllString(path, -1) {
		t.names = append(t.names, strings.Trim(name, "{}"))
	}
	literals := variable.Split(path, -1)
	for i := range literals {
		literals[i] = regexp.QuoteMeta(literals[i])
	}
	t.pattern = regexp.MustCompile("^" + strings.Join(literals, "([^/]+)") + "$")
	return t
}

// find returns the documented operation of a request.
func (d *Documents) find(request *http.Request) (*routers.Route, map[string]string, error) {
	for _, t := range d.templates {
		values := t.pattern.FindStringSubmatch(request.URL.Path)
		if values == nil {
			continue
		}
		operation := t.item.GetOperation(request.Method)
		if operation == nil {
			return nil, nil, errUnknown
		}
		params := map[string]string{}
		for i, name := range t.names {
			params[name] = values[i+1]
		}
		route := &routers.Route{Spec: t.document, Path: t.path, PathItem: t.item, Method: request.Method, Operation: operation}
		return route, params, nil
	}
	return nil, nil, errUnknown
}
