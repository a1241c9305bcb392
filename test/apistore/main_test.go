package apistore_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/bed/assets"
	"github.com/callplane/callplane/test/bed/kube"
)

// server is a client of the real API server.
var server client.Client

var scheme = runtime.NewScheme()

func TestMain(m *testing.M) {
	log.SetLogger(logr.Discard())
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(code)
}

func run(m *testing.M) (int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	plane, err := startPlane(ctx)
	if err != nil {
		return 1, err
	}
	defer func() { _ = plane.Stop() }()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			return 1, err
		}
	}
	if server, err = client.New(plane.Config(), client.Options{Scheme: scheme}); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

// startPlane starts an API server that nobody else uses: a controller would
// empty the namespaces that are deleted.
func startPlane(ctx context.Context) (*kube.ControlPlane, error) {
	root, err := assets.Root()
	if err != nil {
		return nil, err
	}
	return kube.Start(ctx, kube.Options{
		CRDs:               []string{filepath.Join(root, "config", "crd", "bases")},
		WithoutControllers: true,
		// A list would have to wait until the cache knows of all writes.
		APIServerArgs: []string{"--watch-cache=false"},
	})
}
