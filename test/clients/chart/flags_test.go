//go:build clients

package chart

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/callplane/callplane/test/bed/process"
	"github.com/callplane/callplane/test/world"
)

// flags are those that the chart passes where nothing is set, and their values.
var flags = map[string]string{
	"livekit-allowed-hosts":      "manager.livekitAllowedHosts",
	"workers":                    "manager.workers",
	"max-concurrent-teardowns":   "manager.maxConcurrentTeardowns",
	"resync-period":              "manager.resyncPeriod",
	"credentials-recheck-period": "manager.credentialsRecheckPeriod",
	"sweep-interval":             "manager.sweepInterval",
	"corrupted-after":            "manager.corruptedAfter",
	"create-grace":               "manager.createGrace",
	"zap-log-level":              "manager.logLevel",
	"zap-encoder":                "manager.logEncoder",
}

// documented are defaults that the manager explains in words.
var documented = map[string]string{
	"zap-encoder":   "json",
	"zap-log-level": "info",
}

// TestDefaultsOfFlags shows that the values of the chart are the manager's own defaults:
// who installs without values gets what config/default gives.
func TestDefaultsOfFlags(t *testing.T) {
	help := helpOfManager(t)
	values := readValues(t)
	for flag, path := range flags {
		want, ok := documented[flag]
		if !ok {
			found := regexp.MustCompile(`(?s)  -` + flag + ` [^\n]*\n[^\n]*\(default ([^)]*)\)\n`).FindStringSubmatch(help)
			if found == nil {
				t.Errorf("--%s has no default in\n%s", flag, help)
				continue
			}
			want = found[1]
		}
		if got := plain(lookUp(t, values, path)); got != plainText(want) {
			t.Errorf("%s is %s, the default of --%s %s", path, got, flag, want)
		}
	}
}

// TestEveryFlag shows that the chart can set every flag of the manager: by a value, or
// by extraArgs.
func TestEveryFlag(t *testing.T) {
	taken := schemaText(t)
	for _, found := range regexp.MustCompile(`(?m)^  -([a-z-]+)`).FindAllStringSubmatch(helpOfManager(t), -1) {
		flag := found[1]
		_, err := run(t.Context(), t, "helm", "", "template", release, chartFolder(t), "--set=extraArgs={--"+flag+"=x}")
		refused := err != nil
		if byChart := strings.Contains(taken, "|"+flag+"|") || strings.Contains(taken, "("+flag+"|") || strings.Contains(taken, "|"+flag+")"); refused != byChart {
			t.Errorf("--%s in extraArgs: refused %v, set by the chart %v", flag, refused, byChart)
		}
	}
}

func helpOfManager(t *testing.T) string {
	t.Helper()
	_, stderr, code := manager(t, "", "--help")
	if code != 0 {
		t.Fatalf("--help ends with %d: %s", code, stderr)
	}
	return stderr
}

// manager runs the built binary to its end.
func manager(t *testing.T, kubeconfig string, arguments ...string) (stdout, stderr string, code int) {
	t.Helper()
	path, err := world.ManagerProgram()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), path, arguments...)
	command.Env = process.Environment("HOME="+t.TempDir(), "KUBECONFIG="+kubeconfig)
	var out, problems bytes.Buffer
	command.Stdout, command.Stderr = &out, &problems
	code = exitCode(command.Run())
	return out.String(), problems.String(), code
}

func output(t *testing.T, path string, arguments ...string) (string, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), path, arguments...)
	command.Env = process.Environment("HOME=" + t.TempDir())
	stdout, err := command.Output()
	return string(stdout), err
}

func cutFlag(text string) (name, value string) {
	name, value, _ = strings.Cut(strings.TrimPrefix(text, "--"), "=")
	return name, value
}

func readValues(t *testing.T) map[string]any {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(chartFolder(t), "values.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var values map[string]any
	if err := yaml.Unmarshal(text, &values); err != nil {
		t.Fatal(err)
	}
	return values
}

func lookUp(t *testing.T, values map[string]any, path string) any {
	t.Helper()
	var found any = values
	for name := range strings.SplitSeq(path, ".") {
		within, ok := found.(map[string]any)
		if !ok || within[name] == nil {
			t.Fatalf("values.yaml has no %s", path)
		}
		found = within[name]
	}
	return found
}

// plain is a value as a flag has it.
func plain(value any) string {
	if list, ok := value.([]any); ok {
		var parts []string
		for _, part := range list {
			parts = append(parts, fmt.Sprint(part))
		}
		return strings.Join(parts, ",")
	}
	return plainText(fmt.Sprint(value))
}

// plainText writes durations alike: 10h and 10h0m0s.
func plainText(text string) string {
	if duration, err := time.ParseDuration(text); err == nil {
		return duration.String()
	}
	return text
}
