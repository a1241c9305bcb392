package docs_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// An expression is asked of Prometheus, and shown with a legend.
type expression struct{ where, text, legend string }

// expressions are those of alerts, of the dashboard and of the runbooks.
func expressions(t *testing.T) []expression {
	t.Helper()
	var all []expression
	for name, alert := range alerts(t) {
		all = append(all, expression{name, alert.Expr, ""})
	}
	all = append(all, ofDashboard(t)...)
	for _, path := range glob(t, "runbooks/*.md") {
		page, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range queries.FindAllStringSubmatch(string(page), -1) {
			for text := range strings.Lines(block[1]) {
				all = append(all, expression{path, text, ""})
			}
		}
	}
	return all
}

var queries = regexp.MustCompile("(?s)```promql\n(.*?)```")

func ofDashboard(t *testing.T) []expression {
	t.Helper()
	var board struct {
		Panels []struct {
			Title, Type string
			Targets     []struct{ Expr, LegendFormat string }
		}
	}
	text, err := os.ReadFile(filepath.Join("..", "config", "grafana", "callplane.json"))
	if err == nil {
		err = json.Unmarshal(text, &board)
	}
	if err != nil {
		t.Fatal(err)
	}
	var all []expression
	for _, panel := range board.Panels {
		if panel.Type != "row" && len(panel.Targets) == 0 {
			t.Errorf("the panel %q shows nothing", panel.Title)
		}
		for _, target := range panel.Targets {
			all = append(all, expression{"the panel " + panel.Title, target.Expr, target.LegendFormat})
		}
	}
	return all
}

var (
	metricRow = regexp.MustCompile("(?m)^\\| `(callplane_[a-z_]+)` \\| (\\w+) \\|([^|]*)\\|")
	quoted    = regexp.MustCompile("`([^`]+)`")
	selector  = regexp.MustCompile(`\b([a-z_]+)(?:\{([^}]*)\})?`)
	matcher   = regexp.MustCompile(`([a-z_]+)[=!]~?"([^"]*)"`)
	grouping  = regexp.MustCompile(`\b(?:by|without|on) \(([^)]*)\)`)
	shown     = regexp.MustCompile(`\{\{(\w+)\}\}`)
	suffix    = regexp.MustCompile(`_(bucket|sum|count)$`)
	// ofTarget are labels that Prometheus puts on what it scrapes.
	ofTarget = []string{"job", "namespace", "pod", "instance"}
)

// labelsOf are the labels of each metric, as reference/metrics.md has them; buckets have one more.
func labelsOf(t *testing.T) map[string][]string {
	t.Helper()
	page, err := os.ReadFile("reference/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	labels := map[string][]string{}
	for _, row := range metricRow.FindAllStringSubmatch(string(page), -1) {
		labels[row[1]] = slices.Clone(ofTarget)
		for _, label := range quoted.FindAllStringSubmatch(row[3], -1) {
			labels[row[1]] = append(labels[row[1]], label[1])
		}
		if row[2] == "histogram" {
			labels[row[1]] = append(labels[row[1]], "le")
		}
	}
	return labels
}

// values are what a label of ours may be: what the pages have in code.
func values(t *testing.T) map[string]bool {
	t.Helper()
	known := map[string]bool{"VoiceAgent": true}
	for _, name := range []string{"conditions.md", "metrics.md", "orphans.md"} {
		page, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range regexp.MustCompile(`\w+`).FindAllString(strings.Join(quoted.FindAllString(string(page), -1), " "), -1) {
			known[word] = true
		}
		for _, kind := range regexp.MustCompile(`(?m)^## (.*)$`).FindAllStringSubmatch(string(page), -1) {
			for word := range strings.SplitSeq(kind[1], ", ") {
				known[word] = true
			}
		}
	}
	return known
}

// TestExpressions sees that what is asked of our metrics can be answered: they exist, and
// have the labels and the values that are asked for.
func TestExpressions(t *testing.T) {
	labels, known := labelsOf(t), values(t)
	asked := map[string]bool{}
	for _, e := range expressions(t) {
		var of []string
		foreign := false
		for _, match := range selector.FindAllStringSubmatch(e.text, -1) {
			name := suffix.ReplaceAllString(match[1], "")
			ours := strings.HasPrefix(name, "callplane_")
			if ours && labels[name] == nil {
				t.Errorf("%s asks for %s, which does not exist", e.where, match[1])
			}
			foreign = foreign || !ours && match[2] != ""
			if !ours {
				continue
			}
			asked[name] = true
			of = append(of, labels[name]...)
			for _, m := range matcher.FindAllStringSubmatch(match[2], -1) {
				wantValues(t, e, name, labels[name], known, m[1], m[2])
			}
		}
		if foreign {
			continue
		}
		for _, label := range grouped(e) {
			if !slices.Contains(of, label) {
				t.Errorf("%s groups by, or shows, %s, which none of its metrics has: %s", e.where, label, e.text)
			}
		}
	}
	for name := range labels {
		if !asked[name] {
			t.Errorf("nobody asks for %s", name)
		}
	}
}

func wantValues(t *testing.T, e expression, metric string, labels []string, known map[string]bool, label, pattern string) {
	t.Helper()
	if !slices.Contains(labels, label) {
		t.Errorf("%s asks for the label %s of %s, which has %q", e.where, label, metric, labels)
	}
	if slices.Contains(ofTarget, label) || label == "code" {
		return
	}
	for value := range strings.SplitSeq(pattern, "|") {
		if !known[value] {
			t.Errorf("%s asks for the %s %q of %s, which no page knows", e.where, label, value, metric)
		}
	}
}

// grouped are the labels that an expression puts series together by, or that are shown.
func grouped(e expression) []string {
	var labels []string
	for _, match := range grouping.FindAllStringSubmatch(e.text, -1) {
		labels = append(labels, strings.Split(match[1], ", ")...)
	}
	for _, match := range shown.FindAllStringSubmatch(e.legend, -1) {
		labels = append(labels, match[1])
	}
	return labels
}
