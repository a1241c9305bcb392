//go:build clients

package prometheus

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/test/bed/assets"
	"github.com/callplane/callplane/test/bed/kube"
	"github.com/callplane/callplane/test/bed/process"
	"github.com/callplane/callplane/test/world"
)

// TestLive has a real Prometheus scrape a manager to which everything happens that is
// measured, and asks it all that alerts and dashboard ask.
func TestLive(t *testing.T) {
	w, manager := newWorld(t)
	s := startServer(t, manager, reader(t, w.Plane))
	live(t, w)
	eventually(t, "Prometheus to have seen what happened last", func(ctx context.Context) string {
		number, err := s.series(ctx, `callplane_corrupted_objects offset 5s and on () callplane_objects{kind="TwilioAccount",reason="AuthenticationFailed"}`)
		if err != nil || number == 0 {
			return fmt.Sprintf("%d series, error %v", number, err)
		}
		return ""
	})
	t.Run("Dashboard", func(t *testing.T) { dashboard(t, s) })
	t.Run("Alerts", func(t *testing.T) { alerts(t, s) })
	t.Run("Metrics", func(t *testing.T) { conventions(t, w.Plane, manager) })
	t.Run("Runbooks", func(t *testing.T) { runbooks(t, w) })
}

// unseen panels show nothing here: nobody waits for a turn while there are so few numbers.
var unseen = map[string]bool{"Longest wait": true, "How long they waited": true}

var variables = strings.NewReplacer("$__rate_interval", "30s", "$__range", "1m", "$job", ".*", "$namespace", ".*")

// dashboard wants that every panel shows something.
func dashboard(t *testing.T, s server) {
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	text, err := os.ReadFile(inRepository(t, "config/grafana/callplane.json"))
	must(t, err)
	must(t, json.Unmarshal(text, &board))
	asked := 0
	for _, panel := range board.Panels {
		for _, target := range panel.Targets {
			asked++
			number, err := s.series(t.Context(), variables.Replace(target.Expr))
			if err != nil || (number == 0) != unseen[panel.Title] {
				t.Errorf("the panel %q has %d series, error %v: %s", panel.Title, number, err, target.Expr)
			}
		}
	}
	if asked < 30 {
		t.Errorf("asked for %d expressions only", asked)
	}
}

var (
	// threshold is what an alert's expression, or a part of it, is compared with.
	threshold = regexp.MustCompile(`\s+(?:>|==) [0-9.]+`)
	// silent alerts have no series of what they compare: the manager is there, and nobody waits.
	silent = map[string]bool{"CallplaneManagerAbsent": true, "CallplaneBudgetWaitLong": true}
)

// alerts wants that every rule can be judged, that what is compared with a threshold is
// there, and that those are on their way for which there is a reason.
func alerts(t *testing.T, s server) {
	rules, err := s.rules(t.Context())
	must(t, err)
	pending := map[string]bool{}
	for _, rule := range rules {
		if rule.Health != "ok" {
			t.Errorf("%s is %s: %s", rule.Name, rule.Health, rule.LastError)
		}
		if rule.State != "inactive" {
			pending[rule.Name] = true
		}
		number, err := s.series(t.Context(), threshold.ReplaceAllString(rule.Query, ""))
		if err != nil || (number == 0) != silent[rule.Name] {
			t.Errorf("%s has %d series to judge, error %v: %s", rule.Name, number, err, rule.Query)
		}
	}
	want := map[string]bool{"CallplaneCorrupted": true, "CallplaneCredentialsRefused": true}
	if diff := cmp.Diff(want, pending); diff != "" {
		t.Errorf("alerts on their way, -want +got:\n%s", diff)
	}
}

var (
	sample = regexp.MustCompile(`(?m)^(callplane_[a-z_]+)(?:\{(.*)\})? `)
	label  = regexp.MustCompile(`(\w+)="`)
	row    = regexp.MustCompile("(?m)^\\| `(callplane_[a-z_]+)` \\| (\\w+) \\|([^|]*)\\|")
	name   = regexp.MustCompile("`(\\w+)`")
)

// conventions has promtool look at what a manager serves, and compares the labels with
// those in docs/reference/metrics.md.
func conventions(t *testing.T, plane *kube.ControlPlane, manager *world.Manager) {
	served := scraped(t, plane, manager)
	output, _ := promtool(t, served, "check", "metrics")
	for line := range strings.Lines(output) {
		// What is not ours is not ours to name.
		if strings.HasPrefix(line, "callplane_") || strings.Contains(line, "error while linting") {
			t.Error("promtool check metrics: ", line)
		}
	}
	page, err := os.ReadFile(inRepository(t, "docs/reference/metrics.md"))
	must(t, err)
	documented := map[string]map[string]bool{}
	for _, match := range row.FindAllStringSubmatch(string(page), -1) {
		documented[match[1]] = names(name, match[3])
	}
	for _, match := range sample.FindAllStringSubmatch(served, -1) {
		metric := match[1]
		if documented[metric] == nil {
			metric = regexp.MustCompile(`_(bucket|sum|count)$`).ReplaceAllString(metric, "")
		}
		got := names(label, match[2])
		delete(got, "le")
		if diff := cmp.Diff(documented[metric], got); diff != "" {
			t.Errorf("labels of %s, -documented +served:\n%s", match[1], diff)
		}
	}
}

func names(pattern *regexp.Regexp, text string) map[string]bool {
	found := map[string]bool{}
	for _, match := range pattern.FindAllStringSubmatch(text, -1) {
		found[match[1]] = true
	}
	return found
}

var commands = regexp.MustCompile("(?s)```sh\n(.*?)```")

// runbooks runs the commands of the runbooks that look for objects, and wants that they
// find those that are meant.
func runbooks(t *testing.T, w *world.World) {
	found := map[string]string{}
	pages, err := filepath.Glob(inRepository(t, "docs/runbooks/*.md"))
	must(t, err)
	for _, page := range pages {
		text, err := os.ReadFile(page)
		must(t, err)
		name := strings.TrimSuffix(filepath.Base(page), ".md")
		for _, block := range commands.FindAllStringSubmatch(string(text), -1) {
			for line := range strings.Lines(block[1]) {
				// The operator that knows ServiceMonitors is not here.
				if strings.HasPrefix(line, "kubectl get ") && !strings.Contains(line, "servicemonitors") {
					found[name] += answer(t, w, line)
				}
			}
		}
	}
	for page, object := range map[string]string{
		"CallplaneCorrupted": "corrupted", "CallplaneDeletionSlow": "held", "CallplaneNotReady": "elsewhere",
		"CallplaneCredentialsRefused": world.AccountName, "CallplaneNoLeader": "callplane-manager",
	} {
		if !strings.Contains(found[page], object) {
			t.Errorf("the commands of %s do not find %s:\n%s", page, object, found[page])
		}
	}
}

// answer is what a line of shell prints that begins with kubectl.
func answer(t *testing.T, w *world.World, line string) string {
	t.Helper()
	tool, err := assets.Kubernetes("kubectl")
	must(t, err)
	command := exec.CommandContext(t.Context(), "bash", "-c", line)
	command.Env = append(process.Environment("HOME="+t.TempDir(), "KUBECONFIG="+w.Plane.Kubeconfig()), "PATH="+filepath.Dir(tool)+":"+os.Getenv("PATH"))
	var problems strings.Builder
	command.Stderr = &problems
	// A grep that finds nothing fails, and that is an answer.
	output, _ := command.Output()
	if said := problems.String(); said != "" && !strings.HasPrefix(said, "No resources found") {
		t.Errorf("%s%s", line, said)
	}
	return string(output)
}
