//go:build clients

package chart

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/callplane/callplane/api/v1alpha1"
)

var appsDeployment = schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "Deployment"}

// TestLifecycle goes through what becomes of a release, with an account and a number
// that must survive all of it.
func TestLifecycle(t *testing.T) {
	c := newCluster(t)
	restrictedNamespace(t, c.ControlPlane, namespace)
	notes := c.mustHelm(t, "install", release, chartFolder(t), "--set=image.repository=registry.example/callplane-manager")
	c.wantImage(t, "registry.example/callplane-manager:dev")
	if want := "looks after all namespaces."; !strings.Contains(notes, want) {
		t.Errorf("the notes lack %q:\n%s", want, notes)
	}
	c.awaitGuards(t)
	account, number := bareAccount(), bareNumber()
	for _, create := range []func() error{
		func() error { return c.Create(t.Context(), account) },
		func() error { return c.Create(t.Context(), number) },
	} {
		if err := create(); err != nil {
			t.Fatal(err)
		}
	}

	c.upgradeCRD(t)
	c.wantImage(t, "registry.example/callplane-manager:new")
	c.mustHelm(t, "rollback", release, "1")
	c.wantImage(t, "registry.example/callplane-manager:dev")
	eventually(t, "the CRD to be as before", func(ctx context.Context) string {
		return c.greeting(ctx, "")
	})

	c.wantRefused(t, c.uninstall(t), "PhoneNumber default/line. Delete them first")
	// No manager runs here that would have put a finalizer on it.
	if err := c.Delete(t.Context(), number); err != nil {
		t.Fatal(err)
	}
	c.wantUninstalled(t, c.uninstall(t))

	c.wantKept(t, account)
	c.mustHelm(t, "install", release, chartFolder(t))
	c.wantKept(t, account)
}

// TestUninstallWithoutKeeping shows that the CRD guard lets Helm delete the CRDs where
// the values say that they go.
func TestUninstallWithoutKeeping(t *testing.T) {
	c := newCluster(t)
	restrictedNamespace(t, c.ControlPlane, namespace)
	c.mustHelm(t, "install", release, chartFolder(t))
	c.awaitGuards(t)
	c.mustHelm(t, "upgrade", release, chartFolder(t), "--set=crd.keep=false")
	c.wantUninstalled(t, c.uninstall(t))
	// The API server deletes a CRD after its objects, for which Helm does not wait.
	eventually(t, "nothing to be left in the cluster", func(context.Context) string {
		left := kubectl(t, c.ControlPlane, "get", "crd,validatingadmissionpolicy,validatingadmissionpolicybinding,clusterrole,clusterrolebinding", "-o", "name")
		for line := range strings.Lines(left) {
			if strings.Contains(line, "callplane") {
				return line
			}
		}
		return ""
	})
}

// upgradeCRD upgrades, as docs/install.md says, to a chart in which a kind has one field
// more, and waits until the API server keeps it.
func (c cluster) upgradeCRD(t *testing.T) {
	t.Helper()
	if said := c.greeting(t.Context(), ""); said != "" {
		t.Fatal(said)
	}
	changed := filepath.Join(t.TempDir(), "callplane")
	if err := os.CopyFS(changed, os.DirFS(chartFolder(t))); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(changed, "files", "crd", "bases", "callplane.io_voiceagents.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const known = "              agentName:\n"
	if strings.Count(string(text), known) != 1 {
		t.Fatalf("%s has no single %q", path, known)
	}
	edited := strings.Replace(string(text), known, "              greeting:\n                type: string\n"+known, 1)
	if err := os.WriteFile(path, []byte(edited), 0o600); err != nil {
		t.Fatal(err)
	}
	c.mustHelm(t, "upgrade", release, changed, "--reset-then-reuse-values", "--set=image.tag=new")
	eventually(t, "the new field to be kept", func(ctx context.Context) string { return c.greeting(ctx, "Good morning") })
}

// greeting says what is wrong if the API server keeps something else of a new field.
func (c cluster) greeting(ctx context.Context, want string) string {
	const agent = `{"apiVersion": "callplane.io/v1alpha1", "kind": "VoiceAgent", "metadata": {"name": "support", "namespace": "default"},
		"spec": {"agentName": "support", "greeting": "Good morning"}}`
	stdout, _, err := c.KubectlInput(ctx, agent, "create", "--validate=ignore", "--dry-run=server", "-o", "jsonpath={.spec.greeting}", "-f", "-")
	if err != nil {
		return err.Error()
	}
	if stdout != want {
		return "the API server keeps " + stdout
	}
	return ""
}

// wantImage wants that the manager's image is one.
func (c cluster) wantImage(t *testing.T, want string) {
	t.Helper()
	if got := kubectl(t, c.ControlPlane, "get", "deployment", "callplane-manager", "-n", namespace, "-o", "jsonpath={.spec.template.spec.containers[*].image}"); got != want {
		t.Errorf("the image is %s, want %s", got, want)
	}
}

// wantKept wants that an object is there, and its CRD guarded.
func (c cluster) wantKept(t *testing.T, account *v1alpha1.TwilioAccount) {
	t.Helper()
	uid := account.UID
	if err := c.Get(t.Context(), nameIn(account.Namespace, account.Name), account); err != nil || account.UID != uid {
		t.Errorf("the account: error %v, UID %s, want that of before", err, account.UID)
	}
	_, stderr, err := c.Kubectl(t.Context(), "delete", "crd", "twilioaccounts.callplane.io", "--dry-run=server")
	if err == nil || !strings.Contains(stderr, "callplane-crd-guard") {
		t.Errorf("the CRD may be deleted: error %v, %s", err, stderr)
	}
}

// awaitGuards waits until the API server enforces the policies: it looks for new ones
// now and then.
func (c cluster) awaitGuards(t *testing.T) {
	t.Helper()
	eventually(t, "the CRD guard", func(ctx context.Context) string {
		_, stderr, err := c.Kubectl(ctx, "delete", "crd", "twilioaccounts.callplane.io", "--dry-run=server")
		if err == nil || !strings.Contains(stderr, "callplane-crd-guard") {
			return "it does not judge: " + stderr
		}
		return ""
	})
}

func bareAccount() *v1alpha1.TwilioAccount {
	return &v1alpha1.TwilioAccount{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "main"},
		Spec:       v1alpha1.TwilioAccountSpec{AccountSID: "AC00000000000000000000000000000000", CredentialsSecretRef: v1alpha1.SecretReference{Name: "twilio"}},
	}
}

func bareNumber() *v1alpha1.PhoneNumber {
	return &v1alpha1.PhoneNumber{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "line"},
		Spec: v1alpha1.PhoneNumberSpec{
			Number: "+14155550100", CarrierRef: v1alpha1.CarrierReference{Name: "main"}, PlatformRef: v1alpha1.PlatformReference{Name: "main"},
			Inbound: &v1alpha1.Inbound{},
		},
	}
}
