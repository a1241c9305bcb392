package world

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"

	"github.com/callplane/callplane/internal/failpoint"
	"github.com/callplane/callplane/test/bed/assets"
	"github.com/callplane/callplane/test/bed/kube"
	"github.com/callplane/callplane/test/bed/process"
)

// ManagerPath names the variable that overrides the path of the manager.
const ManagerPath = "CALLPLANE_MANAGER"

// InsecureMetrics is the flag that serves metrics to everybody, without TLS.
const InsecureMetrics = "--metrics-secure=false"

// A Manager is the built manager, running as its ServiceAccount.
type Manager struct {
	*process.Process
	// Metrics is where it serves its metrics.
	Metrics string
}

// StartManager starts the manager and returns when it is ready. The times that
// it waits are short, so that tests need not be long; flags come last and win.
func (w *World) StartManager(ctx context.Context, flags ...string) (*Manager, error) {
	path, err := w.program()
	if err != nil {
		return nil, err
	}
	kubeconfig, err := w.Plane.ServiceAccountKubeconfig(ctx, ManagerNamespace, "callplane-manager")
	if err == nil && w.proxy != nil {
		kubeconfig, err = w.proxy.Kubeconfig(kubeconfig)
	}
	if err != nil {
		return nil, err
	}
	var manager *Manager
	err = process.OnFreePorts(2, func(ports []int) error {
		probes, metrics := loopback(ports[0]), loopback(ports[1])
		arguments := append(w.flags(probes, metrics), flags...)
		run, err := process.Start(process.Spec{
			Name: "callplane-manager", Path: path, Args: arguments,
			Env: process.Environment("KUBECONFIG="+kubeconfig, failpoint.Variable+"="+w.options.Failpoints),
			// All of it: a test looks for secrets in it.
			LogSize: 64 << 20, Copy: w.options.ManagerLog,
		})
		if err != nil {
			return err
		}
		manager = &Manager{Process: run, Metrics: metricsScheme(flags) + "://" + metrics + "/metrics"}
		w.managers = append(w.managers, manager)
		return run.Await(ctx, Answers("http://"+probes+"/readyz"))
	})
	return manager, err
}

// Through has the managers that are started from now on reach the API server
// through a proxy, or without one again.
func (w *World) Through(proxy *kube.Proxy) { w.proxy = proxy }

func (w *World) flags(probes, metrics string) []string {
	return []string{
		"--namespace=" + ManagerNamespace,
		"--health-probe-bind-address=" + probes,
		"--metrics-bind-address=" + metrics,
		"--leader-elect=false",
		"--twilio-url=" + w.server.URL,
		"--livekit-allowed-hosts=" + w.Proxy.URL(),
		"--create-grace=3s",
		"--corrupted-after=5s",
	}
}

func metricsScheme(flags []string) string {
	if slices.Contains(flags, InsecureMetrics) {
		return "http"
	}
	return "https"
}

func loopback(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

// program is the built manager, or the one that dies where a test says.
func (w *World) program() (string, error) {
	if w.options.Failpoints != "" {
		return built("callplane-manager-failpoints", "build-failpoints")
	}
	return ManagerProgram()
}

// ManagerProgram is the path of the built manager.
func ManagerProgram() (string, error) {
	if path := os.Getenv(ManagerPath); path != "" {
		return path, nil
	}
	return built("callplane-manager", "build")
}

func built(name, target string) (string, error) {
	root, err := assets.Root()
	if err != nil {
		return "", err
	}
	path := filepath.Join(root, "bin", name)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("the manager is missing: `make %s` builds it: %w", target, err)
	}
	return path, nil
}

// Answers is a probe that wants status 200 from url.
func Answers(url string) func(context.Context) error {
	return func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		defer func() { _ = response.Body.Close() }()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("%s answered %s", url, response.Status)
		}
		return nil
	}
}
