// Package e2e shows what the built manager does with real parts: a Kubernetes
// control plane, a livekit-server, and a simulated Twilio. Each test has a world
// of its own; they run one after the other, since every manager works on all
// numbers of the cluster.
package e2e

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/callplane/callplane/test/bed/assets"
	"github.com/callplane/callplane/test/bed/kube"
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
	var err error
	if plane, err = startPlane(ctx); err != nil {
		return report(err)
	}
	defer func() { _ = plane.Stop() }()
	if err := awaitPolicies(ctx); err != nil {
		return report(err)
	}
	return m.Run()
}

// startPlane starts a control plane with the manager's namespace, ServiceAccount,
// roles and policies, as a person installs them.
func startPlane(ctx context.Context) (*kube.ControlPlane, error) {
	root, err := assets.Root()
	if err != nil {
		return nil, err
	}
	started, err := kube.Start(ctx, kube.Options{CRDs: []string{filepath.Join(root, "config", "crd", "bases")}})
	if err != nil {
		return nil, err
	}
	if _, stderr, err := started.Kubectl(ctx, "apply", "--server-side", "-k", filepath.Join(root, "config", "default")); err != nil {
		return nil, errors.Join(fmt.Errorf("installing config/default: %w: %s", err, stderr), started.Stop())
	}
	return started, nil
}

func report(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// patience bounds everything that is awaited in a test.
const patience = 90 * time.Second

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// emptyWorld is a world without objects and without a manager.
func emptyWorld(t *testing.T) *world.World {
	t.Helper()
	return newWorld(t, world.Options{Logf: t.Logf})
}

func newWorld(t *testing.T, options world.Options) *world.World {
	t.Helper()
	return newWorldOn(t, plane, options)
}

func newWorldOn(t *testing.T, plane *kube.ControlPlane, options world.Options) *world.World {
	t.Helper()
	w, err := world.New(testContext(t), plane, options)
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

// faultRate is how many of Twilio's answers are spoiled unless a test counts or
// times them.
const faultRate = 0.02

// readyWorld is a world in which a number can come up, and in which Twilio fails
// now and then, as it does.
func readyWorld(t *testing.T, flags ...string) (*world.World, *world.Manager) {
	t.Helper()
	w, manager := calmWorld(t, flags...)
	w.Twilio.RandomFaults(faultSeed(t), faultRate)
	return w, manager
}

// seedVariable repeats the faults of an earlier run.
const seedVariable = "CALLPLANE_FAULT_SEED"

func faultSeed(t *testing.T) uint64 {
	t.Helper()
	text := os.Getenv(seedVariable)
	if text == "" {
		return rand.Uint64()
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", seedVariable, err)
	}
	return seed
}

// calmWorld is a world in which a number can come up and nothing fails by itself.
func calmWorld(t *testing.T, flags ...string) (*world.World, *world.Manager) {
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
	showLogOfFailure(t, manager)
	return manager
}

func showLogOfFailure(t *testing.T, manager *world.Manager) {
	t.Helper()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the end of the manager's log:\n%s", manager.Log())
		}
	})
}
