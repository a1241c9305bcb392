//go:build clients

package argocd

import (
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
	kinds, err := argocdlua.Kinds()
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range kinds {
		for _, tc := range kind.Health {
			t.Run("health/"+kind.Name+"/"+filepath.Base(tc.Input), func(t *testing.T) {
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
	may := map[string]map[string]bool{
		"role:numbers-operator": {"retry": true, "pause": true, "resume": true, "force-delete": false},
		"role:numbers-forcer":   {"retry": false, "force-delete": true},
		"role:readonly":         {"retry": false, "force-delete": false},
	}
	for role, actions := range may {
		for action, want := range actions {
			for _, kind := range []string{"PhoneNumber", "SIPTrunk"} {
				output, err := run(t, "admin", "settings", "rbac", "can", role, "action/callplane.io/"+kind+"/"+action, "applications", "default/numbers",
					"--policy-file="+stage.InRepository(t, "config/argocd/argocd-rbac-cm.yaml"))
				if got := err == nil && strings.Contains(output, "Yes"); got != want {
					t.Errorf("%s may %s a %s: %t, want %t (%v): %s", role, action, kind, got, want, err, output)
				}
			}
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
	command.Env, command.Dir = a.environment(t), a.folder
	text, err := command.CombinedOutput()
	return string(text), err
}

func field(output, name string) string {
	for line := range strings.Lines(output) {
		if value, found := strings.CutPrefix(line, name+":"); found {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func keyOf(object client.Object) client.ObjectKey { return client.ObjectKeyFromObject(object) }
