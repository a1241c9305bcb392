// Package plugin runs the built kubectl plugin, as a process of its own, against a real
// kube-apiserver, the built manager, a livekit-server and a simulated Twilio. All tests
// share one world: each has numbers of its own.
package plugin

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/bed/assets"
	"github.com/callplane/callplane/test/bed/kube"
	"github.com/callplane/callplane/test/world"
)

// patience bounds everything that is awaited in a test.
const patience = 90 * time.Second

var (
	plane *kube.ControlPlane
	w     *world.World
	// program is the built plugin.
	program string
	// home has the kubeconfig that the plugin finds by itself.
	home string
)

func TestMain(m *testing.M) {
	log.SetLogger(logr.Discard())
	os.Exit(run(m))
}

func run(m *testing.M) int {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	code := 1
	err := start(ctx)
	if err == nil {
		code = m.Run()
	}
	err = errors.Join(err, stop())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	return code
}

func start(ctx context.Context) (err error) {
	root, err := assets.Root()
	if err != nil {
		return err
	}
	program = filepath.Join(root, "bin", "kubectl-phonenumber")
	if _, err := os.Stat(program); err != nil {
		return fmt.Errorf("the plugin is missing: `make plugin` builds it: %w", err)
	}
	if plane, err = kube.Start(ctx, kube.Options{CRDs: []string{filepath.Join(root, "config", "crd", "bases")}}); err != nil {
		return err
	}
	if _, _, err := plane.Kubectl(ctx, "apply", "--server-side", "-k", filepath.Join(root, "config", "default")); err != nil {
		return err
	}
	if w, err = world.New(ctx, plane, world.Options{Namespace: "telephony", Logf: func(string, ...any) {}}); err != nil {
		return err
	}
	if err := w.Populate(ctx); err != nil {
		return err
	}
	if err := pretendDeployed(ctx); err != nil {
		return err
	}
	if home, err = os.MkdirTemp("", "callplane-plugin-"); err != nil {
		return err
	}
	if err := plane.WriteKubeconfig(filepath.Join(home, "kubeconfig"), w.Namespace); err != nil {
		return err
	}
	if _, err = w.StartManager(ctx, "--leader-elect=true"); err != nil {
		return err
	}
	return awaitPolicies(ctx)
}

// pretendDeployed says of the manager's Deployment what a cluster with nodes would.
func pretendDeployed(ctx context.Context) error {
	var deployment appsv1.Deployment
	if err := w.Client.Get(ctx, client.ObjectKey{Namespace: world.ManagerNamespace, Name: "callplane-manager"}, &deployment); err != nil {
		return err
	}
	deployment.Status = appsv1.DeploymentStatus{Replicas: 1, ReadyReplicas: 1, AvailableReplicas: 1, UpdatedReplicas: 1}
	return w.Client.Status().Update(ctx, &deployment)
}

// awaitPolicies waits until the API server enforces them: it looks for new ones once a
// second.
func awaitPolicies(ctx context.Context) error {
	number := w.PhoneNumber("probe", func(n *v1alpha1.PhoneNumber) {
		n.Annotations = map[string]string{v1alpha1.AnnotationForceDelete: "true"}
	})
	for {
		err := w.Client.Create(ctx, number.DeepCopy(), client.DryRunAll)
		if err != nil && strings.Contains(err.Error(), "force-gate") {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for the policies: %w", ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var failures []error
	if w != nil {
		failures = append(failures, w.Close(ctx))
	}
	if plane != nil {
		failures = append(failures, plane.Stop())
	}
	if home != "" {
		failures = append(failures, os.RemoveAll(home))
	}
	return errors.Join(failures...)
}
