// Package kube runs a real Kubernetes control plane for tests: etcd,
// kube-apiserver and kube-controller-manager on loopback, and kubectl. It runs
// no nodes and no pods, and knows nothing of Callplane but the CRD files it is
// given.
package kube

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"k8s.io/client-go/rest"
)

// Options are what a control plane can be started with; all have defaults.
type Options struct {
	// CRDs are files or folders applied before the controller manager starts.
	// The garbage collector looks for new kinds only every 30 s, so kinds added
	// later are not collected, nor deleted in the foreground, at first.
	CRDs []string
	// WithoutControllers leaves kube-controller-manager out: nothing empties a
	// namespace that is being deleted, and nothing collects garbage.
	WithoutControllers bool
	// APIServerArgs come after the built-in arguments of kube-apiserver.
	APIServerArgs []string
}

// A ControlPlane runs until Stop. Several can run at once. Its methods may be
// called concurrently.
type ControlPlane struct {
	options Options
	dir     string
	keys    *credentials
	// files numbers the kubeconfigs, so that each has a path of its own.
	files atomic.Int64

	// mu is held while a part starts or stops.
	mu                       sync.Mutex
	etcd, apiServer, manager *part
	etcdURL, url             string
	// stopped is set for good by Stop: nothing may be started again.
	stopped bool
}

// Start starts a control plane and returns when it serves and its controllers
// have done their first work. ctx bounds the start only.
func Start(ctx context.Context, options Options) (*ControlPlane, error) {
	dir, err := os.MkdirTemp("", "callplane-kube-")
	if err != nil {
		return nil, fmt.Errorf("making a folder for the control plane: %w", err)
	}
	c := &ControlPlane{options: options, dir: dir}
	if err := c.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("starting a control plane: %w", err), c.Stop())
	}
	return c, nil
}

func (c *ControlPlane) start(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	steps := []func(context.Context) error{
		c.prepare, c.startEtcd, c.startAPIServer, c.writeKubeconfigs, c.installCRDs,
	}
	if !c.options.WithoutControllers {
		steps = append(steps, c.startManager)
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Stop ends the programs in reverse order of their start and removes all state.
// It may be called again.
func (c *ControlPlane) Stop() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped = true
	return errors.Join(c.manager.stop(), c.apiServer.stop(), c.etcd.stop(), os.RemoveAll(c.dir))
}

// Config is a new client configuration for the administrator, without
// throttling on the client's side.
func (c *ControlPlane) Config() *rest.Config {
	return &rest.Config{
		Host:            c.url,
		BearerToken:     c.keys.adminToken,
		TLSClientConfig: rest.TLSClientConfig{CAData: c.keys.ca.pem},
		QPS:             -1,
	}
}

// Kubeconfig is the path of the administrator's kubeconfig.
func (c *ControlPlane) Kubeconfig() string { return c.path("admin.kubeconfig") }

// Logs is the end of what each program printed, to be shown when a test fails.
func (c *ControlPlane) Logs() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.etcd.log() + c.apiServer.log() + c.manager.log()
}

func (c *ControlPlane) path(name string) string { return filepath.Join(c.dir, name) }
