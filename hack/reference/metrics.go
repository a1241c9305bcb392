package main

import (
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A metric is one that the code asks Prometheus for.
type metric struct {
	name, kind, help string
	labels           []string
}

// ofBuild is made by client_golang, by its own name.
var ofBuild = metric{
	"callplane_build_info", "gauge", "Always 1; which build runs. branch is empty.",
	[]string{"version", "revision", "branch", "goversion", "goos", "goarch", "tags"},
}

func writeMetrics(root string) error {
	found := []metric{ofBuild}
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parse(path)
		if err != nil {
			return err
		}
		metrics, err := metricsOf(file)
		found = append(found, metrics...)
		return err
	})
	if err != nil {
		return err
	}
	return writePage("metrics.md", metricsPage(found))
}

// constructor is a function of client_golang that makes metrics, by their kind.
var constructor = regexp.MustCompile(`^New(Counter|Gauge|Histogram)(Vec|Func)?$`)

// metricsOf are the metrics that a file makes, in whatever way.
func metricsOf(file *ast.File) ([]metric, error) {
	var found []metric
	var failures []error
	ast.Inspect(file, func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if !ok {
			return true
		}
		m, ok := metricOf(call)
		if ok {
			found = append(found, m)
		}
		if ok && (m.name == "" || m.help == "") {
			failures = append(failures, fmt.Errorf("%s: a metric %q whose name or help is no literal", file.Name, m.name))
		}
		return true
	})
	return found, errors.Join(failures...)
}

// metricOf is the metric that a call makes. What is gathered is described by NewDesc, and
// is a gauge.
func metricOf(call *ast.CallExpr) (m metric, ok bool) {
	function, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return metric{}, false
	}
	if function.Sel.Name == "NewDesc" {
		return metric{text(call.Args[0]), "gauge", text(call.Args[1]), texts(call.Args[2])}, true
	}
	match := constructor.FindStringSubmatch(function.Sel.Name)
	if match == nil {
		return metric{}, false
	}
	options := fields(call.Args[0])
	m = metric{text(options["Name"]), strings.ToLower(match[1]), text(options["Help"]), texts(options["ConstLabels"])}
	if match[2] == "Vec" {
		m.labels = append(m.labels, texts(call.Args[1])...)
	}
	return m, true
}

// fields are the values of a struct by their names.
func fields(expression ast.Expr) map[string]ast.Expr {
	values := map[string]ast.Expr{}
	if composite, ok := expression.(*ast.CompositeLit); ok {
		for _, element := range composite.Elts {
			if pair, ok := element.(*ast.KeyValueExpr); ok {
				values[pair.Key.(*ast.Ident).Name] = pair.Value
			}
		}
	}
	return values
}

// texts are the strings of a list, or the keys of a map.
func texts(expression ast.Expr) []string {
	composite, ok := expression.(*ast.CompositeLit)
	if !ok {
		return nil
	}
	var all []string
	for _, element := range composite.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			element = pair.Key
		}
		all = append(all, text(element))
	}
	return all
}

// text is that of a literal; empty for what is none.
func text(expression ast.Expr) string {
	if basic, ok := expression.(*ast.BasicLit); ok && basic.Kind == token.STRING {
		if value, err := strconv.Unquote(basic.Value); err == nil {
			return value
		}
	}
	return ""
}

const metricsIntroduction = `# Metrics of the manager

What each means; [metrics.md](../metrics.md) says how they are scraped and what they are used
for. Durations are in seconds, and so are points in time, since 1970: ` + "`time() - x`" + ` is how long
ago.

| metric | kind | labels | meaning |
| --- | --- | --- | --- |
`

func metricsPage(metrics []metric) string {
	var page strings.Builder
	page.WriteString(metricsIntroduction)
	slices.SortFunc(metrics, func(a, b metric) int { return cmp.Compare(a.name, b.name) })
	for _, m := range metrics {
		labels := ""
		if len(m.labels) > 0 {
			labels = "`" + strings.Join(m.labels, "`, `") + "`"
		}
		fmt.Fprintf(&page, "| `%s` | %s | %s | %s |\n", m.name, m.kind, labels, cell(sentences(m.help)))
	}
	return page.String()
}
