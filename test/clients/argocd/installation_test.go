//go:build clients

package argocd

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"

	"github.com/callplane/callplane/test/bed/assets"
	"github.com/callplane/callplane/test/bed/process"
	"github.com/callplane/callplane/test/clients/stage"
	"github.com/callplane/callplane/test/world"
)

// space is the namespace of Argo CD.
const space = "argocd"

// An installation is a real Argo CD on the stage: its manifests in the cluster, and its
// parts as processes with the tokens of their ServiceAccounts.
type installation struct {
	w       *world.World
	program string
	folder  string
	redis   string
	// server is where the API of Argo CD is.
	server string
}

// manifests is the folder with Argo CD's own, in the module that it is built from.
func manifests(t *testing.T) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/argoproj/argo-cd/v3")
	command.Dir = stage.InRepository(t, "test/clients/modules/argocd")
	output, err := command.Output()
	if err != nil {
		t.Fatalf("looking for Argo CD's module: %v", err)
	}
	return filepath.Join(strings.TrimSpace(string(output)), "manifests")
}

// crds are there before the garbage collector starts: Argo CD deletes in the foreground.
func crds(t *testing.T, manifests string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(manifests, "crds", "*-crd.yaml"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d CRDs of Argo CD, error %v", len(paths), err)
	}
	return paths
}

// install installs Argo CD and its configuration for Callplane as people do, and starts
// its parts.
func install(t *testing.T) *installation {
	t.Helper()
	manifests := manifests(t)
	program, err := assets.Client("argocd")
	if err != nil {
		t.Fatal(err)
	}
	w := stage.New(t, crds(t, manifests)...)
	a := &installation{w: w, program: program, folder: t.TempDir()}
	stage.Kubectl(t, w.Plane, "create", "namespace", space)
	stage.Kubectl(t, w.Plane, "apply", "--server-side", "--force-conflicts", "-n", space, "-f", filepath.Join(manifests, "install.yaml"))
	stage.Kubectl(t, w.Plane, "patch", "configmap", "argocd-cm", "-n", space, "--patch-file", stage.InRepository(t, "config/argocd/argocd-cm.yaml"))
	redis, err := miniredis.Run()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(redis.Close)
	a.redis = redis.Addr()
	err = process.OnFreePorts(5, func(ports []int) error { return a.start(t, ports) })
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// start starts the parts. A metrics server of one of them listens on every address,
// which is why the tests run in a network of their own.
func (a *installation) start(t *testing.T, ports []int) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), stage.Patience)
	defer cancel()
	port := func(i int) string { return fmt.Sprint(ports[i]) }
	repositories := "127.0.0.1:" + port(0)
	a.server = "127.0.0.1:" + port(3)
	parts := []struct {
		name, account string
		arguments     []string
		ready         func(context.Context) error
	}{
		{"argocd-repo-server", "argocd-repo-server", []string{
			"--address=127.0.0.1", "--port=" + port(0), "--metrics-address=127.0.0.1", "--metrics-port=" + port(1),
			"--disable-tls", "--revision-cache-expiration=5s",
		}, answersTCP(repositories)},
		{"argocd-application-controller", "argocd-application-controller", []string{
			"--namespace=" + space, "--repo-server=" + repositories, "--repo-server-plaintext", "--metrics-port=" + port(2),
			"--app-resync=10", "--app-resync-jitter=0", "--persist-resource-health",
		}, world.Answers("http://127.0.0.1:" + port(2) + "/healthz")},
		{"argocd-server", "argocd-server", []string{
			"--namespace=" + space, "--repo-server=" + repositories, "--repo-server-plaintext", "--address=127.0.0.1", "--port=" + port(3),
			"--metrics-address=127.0.0.1", "--metrics-port=" + port(4), "--insecure", "--disable-auth",
		}, world.Answers("http://" + a.server + "/healthz")},
	}
	for _, part := range parts {
		kubeconfig, err := a.w.Plane.ServiceAccountKubeconfig(ctx, space, part.account)
		if err != nil {
			return err
		}
		run, err := process.Start(process.Spec{
			Name: part.name, Path: a.program, Dir: a.folder,
			Args: append(part.arguments, "--redis="+a.redis, "--loglevel=info", "--logformat=text"),
			Env:  a.environment(t, "ARGOCD_BINARY_NAME="+part.name, "KUBECONFIG="+kubeconfig, "ARGOCD_FAKE_IN_CLUSTER=true"),
		})
		if err != nil {
			return err
		}
		t.Cleanup(func() {
			if t.Failed() {
				t.Logf("the end of the log of %s:\n%s", part.name, tail(run.Log()))
			}
			if err := run.Stop(); err != nil {
				t.Error(err)
			}
		})
		if err := run.Await(ctx, part.ready); err != nil {
			return err
		}
	}
	return nil
}

// environment keeps all that Argo CD writes in the test's folder.
func (a *installation) environment(t *testing.T, extra ...string) []string {
	t.Helper()
	within := func(name string) string {
		path := filepath.Join(a.folder, name)
		if err := os.MkdirAll(path, 0o700); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return append(process.Environment(
		"HOME="+within("home"), "ARGOCD_GPG_ENABLED=false",
		"ARGOCD_TLS_DATA_PATH="+within("tls"), "ARGOCD_SSH_DATA_PATH="+within("ssh"),
		"ARGOCD_GNUPGHOME="+within("gpg/keys"), "ARGOCD_GPG_DATA_PATH="+within("gpg/source"), "ARGOCD_PLUGINSOCKFILEPATH="+within("plugin"),
		"ARGOCD_ASK_PASS_SOCK="+filepath.Join(a.folder, "ask-pass"),
		"ARGOCD_RECONCILIATION_TIMEOUT=10s", "ARGOCD_RECONCILIATION_JITTER=0s",
	), append(extra, "TMPDIR="+within("scratch"))...)
}

// argocd runs Argo CD's command line, and returns all that it says.
func (a *installation) argocd(t *testing.T, arguments ...string) (output string, err error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), a.program, append(arguments, "--server="+a.server, "--plaintext", "--auth-token=none")...)
	command.Env = a.environment(t)
	command.Dir = a.folder
	text, err := command.CombinedOutput()
	return string(text), err
}

func (a *installation) mustArgocd(t *testing.T, arguments ...string) string {
	t.Helper()
	output, err := a.argocd(t, arguments...)
	if err != nil {
		t.Fatalf("argocd %s: %v: %s", strings.Join(arguments, " "), err, output)
	}
	return output
}

func answersTCP(address string) func(context.Context) error {
	return func(ctx context.Context) error {
		connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err != nil {
			return err
		}
		return connection.Close()
	}
}

func tail(log string) string {
	const most = 6000
	return log[max(0, len(log)-most):]
}
