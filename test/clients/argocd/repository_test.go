//go:build clients

package argocd

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/bed/process"
)

// A repository is one of Git, on disk, with a clone that people work in.
type repository struct {
	bare, clone string
}

func newRepository(t *testing.T) repository {
	t.Helper()
	folder := t.TempDir()
	r := repository{bare: filepath.Join(folder, "gitops.git"), clone: filepath.Join(folder, "clone")}
	git(t, folder, "init", "--quiet", "--bare", "--initial-branch=main", r.bare)
	git(t, folder, "clone", "--quiet", r.bare, r.clone)
	return r
}

// url is how Argo CD is told of it.
func (r repository) url() string { return "file://" + r.bare }

// put commits a number in a folder, as a manifest of people: without what a server
// fills in.
func (r repository) put(t *testing.T, folder string, number *v1alpha1.PhoneNumber) {
	t.Helper()
	manifest := map[string]any{
		"apiVersion": v1alpha1.GroupVersion.String(), "kind": v1alpha1.KindPhoneNumber,
		"metadata": map[string]any{"name": number.Name, "annotations": number.Annotations},
		"spec":     number.Spec,
	}
	text, err := yaml.Marshal(manifest)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(r.clone, folder, number.Name+".yaml")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	r.push(t, "Put "+number.Name)
}

// remove takes a number out of Git.
func (r repository) remove(t *testing.T, folder, name string) {
	t.Helper()
	git(t, r.clone, "rm", "--quiet", filepath.Join(folder, name+".yaml"))
	// Argo CD looks into a folder, which Git has only with something in it.
	keep := filepath.Join(r.clone, folder, "README.md")
	if err := os.MkdirAll(filepath.Dir(keep), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(keep, []byte("The numbers.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.push(t, "Remove "+name)
}

func (r repository) push(t *testing.T, message string) {
	t.Helper()
	git(t, r.clone, "add", "--all")
	git(t, r.clone, "commit", "--quiet", "--message", message)
	git(t, r.clone, "push", "--quiet", "origin", "HEAD:main")
}

func git(t *testing.T, folder string, arguments ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "git", arguments...)
	command.Dir = folder
	command.Env = process.Environment("HOME="+folder, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=test", "GIT_AUTHOR_EMAIL=test@example.com", "GIT_COMMITTER_NAME=test", "GIT_COMMITTER_EMAIL=test@example.com")
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("git %s: %v: %s", strings.Join(arguments, " "), err, output)
	}
}
