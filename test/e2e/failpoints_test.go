package e2e

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/callplane/callplane/internal/failpoint"
	"github.com/callplane/callplane/test/world"
)

// TestProductionCannotDieOnPurpose shows that failpoints are in the build for
// tests and nowhere else.
func TestProductionCannotDieOnPurpose(t *testing.T) {
	for name, want := range map[string]bool{"callplane-manager": false, "callplane-manager-failpoints": true} {
		binary, err := os.ReadFile(inRepository(t, "bin/"+name))
		if err != nil {
			t.Fatal(err)
		}
		if got := bytes.Contains(binary, []byte(failpoint.Variable)); got != want {
			t.Errorf("bin/%s contains %s: %v, want %v", name, failpoint.Variable, got, want)
		}
	}
}

// failpoints are the folder through which a manager is told where to die.
type failpoints string

// arm has effects counted anew, and the manager die at one if text names it.
func (f failpoints) arm(t *testing.T, text string) {
	t.Helper()
	f.remove(t, failpoint.Reached)
	// Renamed into place, since the manager may be reading.
	next := filepath.Join(string(f), "next")
	if err := errors.Join(os.WriteFile(next, []byte(text), 0o600), os.Rename(next, filepath.Join(string(f), failpoint.Armed))); err != nil {
		t.Fatal(err)
	}
}

func (f failpoints) disarm(t *testing.T) {
	t.Helper()
	f.remove(t, failpoint.Armed)
}

func (f failpoints) remove(t *testing.T, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(string(f), name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
}

// reached are the effects since it was armed, in their order.
func (f failpoints) reached(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(string(f), failpoint.Reached))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return slices.DeleteFunc(strings.Split(string(text), "\n"), func(line string) bool { return line == "" })
}

// awaitDeath waits until the manager has died at the armed effect.
func (f failpoints) awaitDeath(t *testing.T, manager *world.Manager, armed string) {
	t.Helper()
	eventually(t, "the manager to die "+armed, func(context.Context) string {
		if manager.Running() {
			return "it lives"
		}
		return ""
	})
	if !manager.Killed() || !slices.Contains(f.reached(t), armed) {
		t.Fatalf("the manager ended, but not by SIGKILL %s; it reached\n%s", armed, strings.Join(f.reached(t), "\n"))
	}
}

// awaitIdle waits until each of the controllers has made a visit and none is
// making one: what the manager does from then on has its cause after this.
func awaitIdle(t *testing.T, manager *world.Manager, controllers ...string) {
	t.Helper()
	eventually(t, "the manager to be idle", func(ctx context.Context) string {
		status, text, err := getMetrics(ctx, manager, "")
		if err != nil || status != http.StatusOK {
			return "its metrics cannot be read"
		}
		if busy := sum(text, "controller_runtime_active_workers{") + sum(text, "workqueue_depth{"); busy > 0 {
			return "it is busy"
		}
		for _, name := range controllers {
			if sum(text, `controller_runtime_reconcile_total{controller="`+name+`"`) == 0 {
				return "it has not visited any " + name
			}
		}
		return ""
	})
}

// sum adds up the values of the metrics that begin with a text.
func sum(metrics, prefix string) float64 {
	total := 0.0
	for line := range strings.Lines(metrics) {
		if !strings.HasPrefix(line, prefix) {
			continue
		}
		fields := strings.Fields(line)
		value, err := strconv.ParseFloat(fields[len(fields)-1], 64)
		if err == nil {
			total += value
		}
	}
	return total
}
