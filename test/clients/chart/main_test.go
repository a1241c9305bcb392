//go:build clients

// Package chart tries the Helm chart with the real Helm, on a real control plane. No
// kubelet runs there: what a pod would run, a test starts as a process.
package chart

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/callplane/callplane/test/bed/assets"
	"github.com/callplane/callplane/test/bed/kube"
	"github.com/callplane/callplane/test/bed/process"
	"github.com/callplane/callplane/test/world"
)

const (
	release   = "callplane"
	namespace = "callplane-system"
	// patience bounds everything that is awaited in a test.
	patience = 90 * time.Second
)

func TestMain(m *testing.M) {
	log.SetLogger(logr.Discard())
	os.Exit(m.Run())
}

// A cluster is a control plane of a test's own, and Helm for it.
type cluster struct {
	*kube.ControlPlane
	client.Client
}

func newCluster(t *testing.T) cluster {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	plane, err := kube.Start(ctx, kube.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := plane.Stop(); err != nil {
			t.Error(err)
		}
	})
	admin, err := client.New(plane.Config(), client.Options{Scheme: world.Scheme()})
	if err != nil {
		t.Fatal(err)
	}
	return cluster{ControlPlane: plane, Client: admin}
}

// helm runs Helm in the release's namespace, and returns all that it says.
func (c cluster) helm(t *testing.T, arguments ...string) (output string, err error) {
	t.Helper()
	return c.helmContext(t.Context(), t, arguments...)
}

func (c cluster) helmContext(ctx context.Context, t *testing.T, arguments ...string) (output string, err error) {
	t.Helper()
	return run(ctx, t, "helm", "", append([]string{"--kubeconfig=" + c.Kubeconfig(), "--namespace=" + namespace}, arguments...)...)
}

// mustHelm is helm that has to succeed.
func (c cluster) mustHelm(t *testing.T, arguments ...string) string {
	t.Helper()
	output, err := c.helm(t, arguments...)
	if err != nil {
		t.Fatalf("helm %s: %v\n%s", strings.Join(arguments, " "), err, output)
	}
	return output
}

// render is what Helm makes of the chart without a cluster.
func render(t *testing.T, arguments ...string) string {
	t.Helper()
	output, err := run(t.Context(), t, "helm", "", append([]string{"template", release, chartFolder(t), "--namespace=" + namespace}, arguments...)...)
	if err != nil {
		t.Fatalf("helm template %s: %v\n%s", strings.Join(arguments, " "), err, output)
	}
	return output
}

// run runs a client with a home of its own.
func run(ctx context.Context, t *testing.T, name, input string, arguments ...string) (output string, err error) {
	t.Helper()
	path, err := assets.Client(name)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(ctx, path, arguments...)
	command.Env = process.Environment("HOME=" + t.TempDir())
	command.Dir, command.Stdin = inRepository(t, "."), strings.NewReader(input)
	var all bytes.Buffer
	command.Stdout, command.Stderr = &all, &all
	err = command.Run()
	return all.String(), err
}

func chartFolder(t *testing.T) string {
	t.Helper()
	return inRepository(t, "charts/callplane")
}

func inRepository(t *testing.T, path string) string {
	t.Helper()
	root, err := assets.Root()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(root, path)
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

// exitCode is how a program ended; -1 if it did not start, or was killed.
func exitCode(err error) int {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	if err != nil {
		return -1
	}
	return 0
}
