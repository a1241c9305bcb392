// Package e2e shows what the built manager does with real parts: a Kubernetes
// control plane, a livekit-server, and a simulated Twilio. Each test has a world
// of its own; they run one after the other, since every manager works on all
// numbers of the cluster.
package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/callplane/callplane/test/bed/assets"
	"github.com/callplane/callplane/test/bed/kube"
	"github.com/callplane/callplane/test/twiliosim"
	"github.com/callplane/callplane/test/world"
)

// plane is the control plane that all tests share.
var plane *kube.ControlPlane

func TestMain(m *testing.M) {
	log.SetLogger(logr.Discard())
	os.Exit(run(m))
}

func run(m *testing.M) int {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	root, err := assets.Root()
	if err != nil {
		return report(err)
	}
	plane, err = kube.Start(ctx, kube.Options{CRDs: []string{filepath.Join(root, "config", "crd", "bases")}})
	if err != nil {
		return report(err)
	}
	defer func() { _ = plane.Stop() }()
	// The manager's namespace, ServiceAccount and roles, as a person installs them.
	if _, stderr, err := plane.Kubectl(ctx, "apply", "--server-side", "-k", filepath.Join(root, "config", "default")); err != nil {
		return report(fmt.Errorf("installing config/default: %w: %s", err, stderr))
	}
	return m.Run()
}

func report(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// patience bounds everything that is awaited in a test.
const patience = 45 * time.Second

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// emptyWorld is a world without objects and without a manager.
func emptyWorld(t *testing.T, options ...twiliosim.Option) *world.World {
	t.Helper()
	w, err := world.New(testContext(t), plane, t.Logf, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := w.Close(ctx); err != nil {
			t.Errorf("closing the world: %v", err)
		}
	})
	return w
}

// readyWorld is a world in which a number can come up.
func readyWorld(t *testing.T, flags ...string) (*world.World, *world.Manager) {
	t.Helper()
	w := emptyWorld(t)
	if err := w.Populate(testContext(t)); err != nil {
		t.Fatal(err)
	}
	return w, startManager(t, w, flags...)
}

func startManager(t *testing.T, w *world.World, flags ...string) *world.Manager {
	t.Helper()
	manager, err := w.StartManager(testContext(t), flags...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the end of the manager's log:\n%s", manager.Log())
		}
	})
	return manager
}
