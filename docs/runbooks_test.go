package docs_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// An alert is one of the rules for Prometheus.
type alert struct {
	Alert       string
	Expr        string
	Labels      map[string]string
	Annotations map[string]string
}

const runbookURL = "https://github.com/callplane/callplane/blob/main/docs/runbooks/"

func inPrometheus(path string) string { return filepath.Join("..", "config", "prometheus", path) }

// alerts are those of the rule file, by name.
func alerts(t *testing.T) map[string]alert {
	t.Helper()
	var file struct {
		Groups []struct{ Rules []alert }
	}
	readYAML(t, inPrometheus("rules.yaml"), &file)
	found := map[string]alert{}
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			found[rule.Alert] = rule
		}
	}
	return found
}

func readYAML(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = yaml.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// TestAlerts sees that every alert says what it must, and that the PrometheusRule has the
// same ones.
func TestAlerts(t *testing.T) {
	for name, alert := range alerts(t) {
		if !slices.Contains([]string{"critical", "warning", "info"}, alert.Labels["severity"]) {
			t.Errorf("%s has the severity %q", name, alert.Labels["severity"])
		}
		for _, annotation := range []string{"summary", "description"} {
			if text := alert.Annotations[annotation]; !strings.HasSuffix(text, ".") {
				t.Errorf("the %s of %s is %q, want sentences", annotation, name, text)
			}
		}
		if got, want := alert.Annotations["runbook_url"], runbookURL+name+".md"; got != want {
			t.Errorf("the runbook of %s is at %q, want %q", name, got, want)
		}
	}
	var rules, object struct {
		Groups any
		Spec   struct{ Groups any }
	}
	readYAML(t, inPrometheus("rules.yaml"), &rules)
	readYAML(t, inPrometheus("rule.yaml"), &object)
	if diff := cmp.Diff(rules.Groups, object.Spec.Groups); diff != "" {
		t.Errorf("make observability has not been run: -rules.yaml +rule.yaml:\n%s", diff)
	}
}

var runbookRow = regexp.MustCompile(`(?m)^\| \[(\w+)\]\((\w+)\.md\) \| (\w+) \|`)

// TestRunbooks sees that every alert has a page, and a row in their index with its
// severity, and that there are no others.
func TestRunbooks(t *testing.T) {
	want, pages, rows := map[string]string{}, map[string]string{}, map[string]string{}
	for name, alert := range alerts(t) {
		want[name] = alert.Labels["severity"]
	}
	for _, path := range glob(t, "runbooks/*.md") {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(path), ".md")
		if name == "README" {
			for _, row := range runbookRow.FindAllStringSubmatch(string(text), -1) {
				rows[row[1]] = row[3]
			}
			continue
		}
		pages[name] = want[name]
		for _, part := range []string{"# " + name + "\n", "\n## Why, ", "\n## When it ends\n"} {
			if !strings.Contains(string(text), part) {
				t.Errorf("%s lacks %q", path, strings.TrimSpace(part))
			}
		}
	}
	if diff := cmp.Diff(want, pages); diff != "" {
		t.Errorf("-alerts +pages:\n%s", diff)
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("-alerts +rows of README.md:\n%s", diff)
	}
}

// TestAlertsAreTested sees that promtool is given a case of every alert in which it fires,
// and one in which it does not.
func TestAlertsAreTested(t *testing.T) {
	fires, silent := map[string]bool{}, map[string]bool{}
	for _, path := range glob(t, inPrometheus("tests/*.yaml")) {
		var file struct {
			Tests []struct {
				Cases []struct {
					Alertname string
					Alerts    []any `json:"exp_alerts"`
				} `json:"alert_rule_test"`
			}
		}
		readYAML(t, path, &file)
		for _, test := range file.Tests {
			for _, c := range test.Cases {
				if len(c.Alerts) > 0 {
					fires[c.Alertname] = true
				} else {
					silent[c.Alertname] = true
				}
			}
		}
	}
	want := slices.Sorted(maps.Keys(alerts(t)))
	for which, got := range map[string]map[string]bool{"it fires": fires, "it does not": silent} {
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(got))); diff != "" {
			t.Errorf("with a case in which %s, -want +got:\n%s", which, diff)
		}
	}
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err == nil && len(paths) == 0 {
		err = fmt.Errorf("nothing is called %s", pattern)
	}
	if err != nil {
		t.Fatal(err)
	}
	return paths
}
