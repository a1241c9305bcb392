//go:build clients

// Package prometheus tries the metrics, the alerts and the dashboard with the real
// Prometheus and promtool, on what the built manager really serves.
package prometheus

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/callplane/callplane/test/bed/assets"
	"github.com/callplane/callplane/test/bed/process"
)

// patience bounds everything that is awaited in a test.
const patience = 90 * time.Second

func TestMain(m *testing.M) {
	log.SetLogger(logr.Discard())
	os.Exit(m.Run())
}

func inRepository(t *testing.T, path string) string {
	t.Helper()
	root, err := assets.Root()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(root, path)
}

// promtool runs it in config/prometheus and returns all that it says.
func promtool(t *testing.T, input string, arguments ...string) (output string, err error) {
	t.Helper()
	path, err := assets.Client("promtool")
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), path, arguments...)
	command.Dir, command.Env = inRepository(t, "config/prometheus"), process.Environment("HOME="+t.TempDir())
	command.Stdin = strings.NewReader(input)
	var all bytes.Buffer
	command.Stdout, command.Stderr = &all, &all
	err = command.Run()
	return all.String(), err
}

// TestRules lets promtool check the rules, and fire the alerts as the cases say.
func TestRules(t *testing.T) {
	if output, err := promtool(t, "", "check", "rules", "--lint=all", "--lint-fatal", "rules.yaml"); err != nil {
		t.Errorf("promtool check rules: %v\n%s", err, output)
	}
	files, err := filepath.Glob(inRepository(t, "config/prometheus/tests/*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files of cases, %v", len(files), err)
	}
	if output, err := promtool(t, "", append([]string{"test", "rules"}, files...)...); err != nil {
		t.Errorf("promtool test rules: %v\n%s", err, output)
	}
}

// eventually polls until missing returns "", or fails with what it said last.
func eventually(t *testing.T, what string, missing func(context.Context) string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for last := ""; ; {
		now := missing(ctx)
		if now == "" {
			return
		}
		if ctx.Err() == nil {
			last = now
		}
		select {
		case <-ctx.Done():
			t.Fatalf("waited %s for %s: %s", patience, what, last)
		case <-tick.C:
		}
	}
}
