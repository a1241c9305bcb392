//go:build clients

package argocd

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/test/argocdlua"
	"github.com/callplane/callplane/test/bed/assets"
	"github.com/callplane/callplane/test/clients/stage"
)

// TestOverrides has the real Argo CD evaluate every case of the test data with the
// ConfigMap that people apply.
func TestOverrides(t *testing.T) {
	t.Parallel()
	kinds, err := argocdlua.Kinds(stage.InRepository(t, "."))
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range kinds {
		for _, tc := range kind.Health {
			t.Run("health/"+kind.Name+"/"+filepath.Base(tc.Input), func(t *testing.T) {
				t.Parallel()
				want := tc.Want
				if want.DeletionMessage != "" {
					// What Argo CD before 3.6 says of all that is being deleted.
					want = argocdlua.Health{Status: "Progressing", Message: "Pending deletion"}
				}
				output, err := override(t, "health", tc.Input)
				if err != nil || field(output, "STATUS") != want.Status || field(output, "MESSAGE") != want.Message {
					t.Errorf("%v, want %+v:\n%s", err, want, output)
				}
			})
		}
		for _, tc := range kind.Discovery {
			t.Run("discovery/"+kind.Name+"/"+filepath.Base(tc.Input), func(t *testing.T) {
				t.Parallel()
				output, err := override(t, "list-actions", tc.Input)
				for _, action := range tc.Want {
					row := regexp.MustCompile(`(?m)^` + action.Name + `\s+` + map[bool]string{true: "true", false: "false"}[action.Disabled] + `\s*$`)
					if !row.MatchString(output) {
						t.Errorf("%v, want %+v:\n%s", err, action, output)
					}
				}
			})
		}
		for _, tc := range kind.Actions {
			t.Run("action/"+kind.Name+"/"+tc.Action+"/"+filepath.Base(tc.Input), func(t *testing.T) {
				t.Parallel()
				output, err := override(t, "run-action", tc.Input, tc.Action)
				if tc.Refusal != "" {
					if exitCode(err) != refused || !strings.Contains(output, tc.Refusal) {
						t.Errorf("%v, want exit code %d and %q:\n%s", err, refused, tc.Refusal, output)
					}
					return
				}
				if err != nil || !strings.Contains(output, "callplane.io/") {
					t.Errorf("%v, want a difference in an annotation:\n%s", err, output)
				}
			})
		}
	}
}

// TestRBAC has the real Argo CD judge by the roles that config/argocd proposes.
func TestRBAC(t *testing.T) {
	for _, tc := range []struct {
		role, kind, action string
		may                bool
	}{
		{"role:numbers-operator", "PhoneNumber", "retry", true},
		{"role:numbers-operator", "SIPTrunk", "pause", true},
		{"role:numbers-operator", "PhoneNumber", "force-delete", false},
		{"role:numbers-forcer", "PhoneNumber", "force-delete", true},
		{"role:numbers-forcer", "SIPTrunk", "force-delete", true},
		{"role:numbers-forcer", "PhoneNumber", "retry", false},
		{"role:readonly", "PhoneNumber", "retry", false},
	} {
		output, err := run(t, "admin", "settings", "rbac", "can", tc.role, "action/callplane.io/"+tc.kind+"/"+tc.action, "applications", "default/numbers",
			"--policy-file="+stage.InRepository(t, "config/argocd/argocd-rbac-cm.yaml"))
		if answer := map[bool]string{true: "Yes", false: "No"}[tc.may]; lastLine(output) != answer {
			t.Errorf("may %s %s a %s: want %s (%v):\n%s", tc.role, tc.action, tc.kind, answer, err, output)
		}
	}
}

func override(t *testing.T, command, input string, arguments ...string) (output string, err error) {
	t.Helper()
	return run(t, append(append([]string{"admin", "settings", "resource-overrides", command, input}, arguments...),
		"--argocd-cm-path="+stage.InRepository(t, "config/argocd/argocd-cm.yaml"))...)
}

// run runs a command of Argo CD that needs no server.
func run(t *testing.T, arguments ...string) (output string, err error) {
	t.Helper()
	program, err := assets.Client("argocd")
	if err != nil {
		t.Fatal(err)
	}
	a := &installation{program: program, folder: t.TempDir()}
	command := exec.CommandContext(t.Context(), program, arguments...)
	command.Env, command.Dir = a.environment(t, "KUBECONFIG="+nobodysKubeconfig(t, a.folder)), a.folder
	text, err := command.CombinedOutput()
	return string(text), err
}

// nobodysKubeconfig is of a cluster that does not exist: some commands want to be told of
// one, and do not ask it.
func nobodysKubeconfig(t *testing.T, folder string) string {
	t.Helper()
	path := filepath.Join(folder, "kubeconfig")
	const config = `{"apiVersion": "v1", "kind": "Config", "current-context": "nobody", "contexts": [{"name": "nobody", "context": {"cluster": "nobody", "user": "nobody"}}],
		"users": [{"name": "nobody", "user": {"token": "none"}}], "clusters": [{"name": "nobody", "cluster": {"server": "https://127.0.0.1:1"}}]}`
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func field(output, name string) string {
	for line := range strings.Lines(output) {
		if value, found := strings.CutPrefix(line, name+":"); found {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func lastLine(output string) string {
	lines := strings.Split(strings.TrimSpace(output), "\n")
	return lines[len(lines)-1]
}

func keyOf(object client.Object) client.ObjectKey { return client.ObjectKeyFromObject(object) }
